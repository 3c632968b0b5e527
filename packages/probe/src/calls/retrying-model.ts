/**
 * The one layer that repeats calls of a model.
 *
 * 1. A call is made at most `maxAttempts` times, and none starts later than `maxTotalMs` after the first did.
 * 2. Only a failure that says so itself is repeated: quota, billing, keys and bad requests never are.
 * 3. What the provider says of when to come back is obeyed: no call of the same lane starts earlier. Where that is later than
 *    this layer waits, it gives up at once, without a call, and passes the time on.
 * 4. Every call passes the lane of its provider and key, and tells it how it ended.
 * 5. Once it has given up because its attempts are spent, the failure is not retryable any more: attempts do not multiply.
 */
import { type Clock, calculateRetryDelay, monotonicClock, sleep } from '@switchyard/core';
import { CallsPaused, ModelCallTimedOut, ModelError } from '../model/errors.ts';
import type { Model, ModelAnswer, ModelRequest } from '../model/port.ts';
import type { GateLane } from './call-gate.ts';
import type { CallEnd } from './lane.ts';

export interface RetryPolicy {
  /** Calls for one answer, the first included. Default 4. */
  readonly maxAttempts?: number;
  /** Milliseconds from the start of the first call to the start of the last. Default 120,000. */
  readonly maxTotalMs?: number;
  /** Milliseconds before the second call where the provider says nothing; doubles from call to call. Default 1,000. */
  readonly initialDelayMs?: number;
  /** Milliseconds that one call may take. Default 180,000. */
  readonly callTimeoutMs?: number;
}

/** A call that failed and is made again. */
export interface Repeat {
  readonly error: ModelError;
  /** Milliseconds until then. */
  readonly delayMs: number;
  /** Which call that will be, from 2, of at most how many. */
  readonly call: number;
  readonly of: number;
}

/** For people. */
export function repeatWords({ error, delayMs, call, of }: Repeat): string {
  return `asked again in ${(delayMs / 1000).toFixed(1)} s after ${error.code}, call ${call} of ${of}`;
}

export interface RetryDependencies {
  /** Told of each call that is made again. */
  readonly onRepeat?: (repeat: Repeat) => void;
  readonly clock?: Clock;
  readonly sleep?: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly random?: () => number;
}

const DEFAULTS = { maxAttempts: 4, maxTotalMs: 120_000, initialDelayMs: 1_000, callTimeoutMs: 180_000 } as const;
const LONGEST_DELAY_MS = 30_000;
/** How much longer than asked for it may wait, as a part of that. */
const HINT_SPREAD = 0.1;
/** Statuses by which a provider says that it has too much to do, beside 429. */
const OVERLOADED = [503, 529];

export function retryingModel(
  model: Model,
  lane: GateLane,
  policy: RetryPolicy = {},
  dependencies: RetryDependencies = {},
): Model {
  const limits = { ...DEFAULTS, ...policy };
  const { clock = monotonicClock, sleep: wait = sleep, random = Math.random } = dependencies;
  return {
    id: model.id,
    provider: model.provider,
    async complete(request, signal) {
      let startedAt: number | undefined;
      for (let attempt = 1; ; attempt += 1) {
        const leftMs = startedAt === undefined ? limits.maxTotalMs : limits.maxTotalMs - (clock.now() - startedAt);
        const { pausedMs } = lane.state();
        if (pausedMs > leftMs) throw new CallsPaused(model.id, pausedMs);
        const leave = await lane.enter(signal);
        startedAt ??= clock.now();
        let end: CallEnd = { kind: 'other' };
        let outcome: ModelAnswer | ModelError;
        try {
          outcome = await attemptOnce(model, request, limits.callTimeoutMs, signal);
          end = endOf(outcome);
        } finally {
          leave(end);
        }
        if (!(outcome instanceof ModelError)) return outcome;
        const delayMs = delayBefore(outcome, attempt, limits.initialDelayMs, random);
        const spentMs = clock.now() - startedAt;
        if (!outcome.retryable) throw outcome;
        if (attempt >= limits.maxAttempts) throw givenUp(outcome, attempt);
        if (spentMs + delayMs > limits.maxTotalMs) throw tooLate(outcome, attempt);
        dependencies.onRepeat?.({ error: outcome, delayMs, call: attempt + 1, of: limits.maxAttempts });
        await wait(delayMs, signal);
      }
    },
  };
}

/** @returns the answer or why there is none @throws the signal's reason when it aborted; what is no ModelError */
async function attemptOnce(
  model: Model,
  request: ModelRequest,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<ModelAnswer | ModelError> {
  const limit = AbortSignal.timeout(timeoutMs);
  try {
    return await model.complete(request, signal === undefined ? limit : AbortSignal.any([signal, limit]));
  } catch (error) {
    if (error instanceof ModelError) return error;
    signal?.throwIfAborted();
    if (limit.aborted) return new ModelCallTimedOut(model.id, timeoutMs);
    throw error;
  }
}

function endOf(outcome: ModelAnswer | ModelError): CallEnd {
  if (!(outcome instanceof ModelError)) return { kind: 'answered', pauseMs: outcome.exhaustedForMs };
  const { code, retryable, statusCode, retryAfterMs } = outcome;
  const limited = retryable && (code === 'RATE_LIMIT' || OVERLOADED.includes(statusCode ?? 0));
  return limited ? { kind: 'limited', pauseMs: retryAfterMs } : { kind: 'other' };
}

/** The provider's word where it gives one, a little more so that not all come back at the same moment. */
function delayBefore(
  { retryAfterMs }: ModelError,
  attempt: number,
  initialRetryDelay: number,
  random: () => number,
): number {
  if (retryAfterMs !== undefined && retryAfterMs > 0) return retryAfterMs * (1 + random() * HINT_SPREAD);
  const config = { initialRetryDelay, maxRetryDelay: LONGEST_DELAY_MS, retryMultiplier: 2 };
  return calculateRetryDelay(attempt - 1, config, random);
}

function givenUp(error: ModelError, attempts: number): ModelError {
  return repeated(error, `given up after ${attempts} calls`, false);
}

/** Whoever can wait that long may come back. */
function tooLate(error: ModelError, attempts: number): ModelError {
  const { retryAfterMs } = error;
  const calls = attempts === 1 ? 'one call' : `${attempts} calls`;
  if (retryAfterMs === undefined) return repeated(error, `given up after ${calls}, which took too long`, false);
  return repeated(error, `given up after ${calls}: it asks to wait ${Math.ceil(retryAfterMs / 1000)} s`, true);
}

function repeated(error: ModelError, why: string, retryable: boolean): ModelError {
  const { code, message, statusCode, retryAfterMs } = error;
  return new ModelError(code, `${message}; ${why}`, {
    retryable,
    cause: error,
    ...(statusCode !== undefined && { statusCode }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}
