/**
 * The client of the handoff protocol, for any server that speaks it.
 *
 * Owns: the protocol's paths, its retry rules, what its answers mean. Leaves to core's HttpClient: the making of requests,
 * the counting of attempts, the circuit breaker.
 *
 * 1. `retryAttempts` counts all attempts. A timeout, a network error, a 429 and any 5xx are tried again after 2^attempt
 *    seconds (1, 2, …) and up to 25 % on top, never sooner than a Retry-After; every other 4xx fails at once.
 * 2. The attempts of one call carry one Idempotency-Key: a server that has done it already answers as it did then.
 * 3. A failing submission is a result. ExecutionFailed is a fault of the other side; ExecutionWaitExpired is our patience.
 */
import { randomUUID } from 'node:crypto';
import {
  ClientConfigInvalid,
  type Clock,
  HttpClient,
  type HttpClientCounters,
  type HttpClientDependencies,
  monotonicClock,
  type RequestOptions,
  sleep,
} from '@switchyard/core';
import { type GreenlightAtomResult, readExecution, readExecutionId, readResult } from './answers.ts';
import { ExecutionFailed, ExecutionWaitExpired } from './errors.ts';

const TIMEOUT_MS = 30_000;
const RETRY_ATTEMPTS = 3;
const MOST_ATTEMPTS = 100;
const FIRST_WAIT_MS = 1_000;
/** Longer Retry-After hints fail at once, with the hint. */
const LONGEST_WAIT_MS = 60_000;
const POLL_INTERVAL_SEC = 2;
const MAX_WAIT_SEC = 300;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** An atom to run, as the protocol writes it. */
export interface GreenlightAtomRequest {
  readonly atom_id: string;
  /** As `code_submission`. */
  readonly atom_type: string;
  readonly front: string;
  readonly back: string;
  readonly content_json: { readonly [key: string]: unknown };
  /** As `{learner_id, mastery_level, recent_errors: ["off_by_one"]}`. */
  readonly session_context?: { readonly [key: string]: unknown } | undefined;
}

export interface GreenlightClientOptions {
  /** Milliseconds for each attempt. Default 30,000. */
  readonly timeoutMs?: number | undefined;
  /** Attempts in all, 1 to 100. Default 3. */
  readonly retryAttempts?: number | undefined;
  /** Sent as `Authorization: Bearer`. */
  readonly apiToken?: string | undefined;
}

export interface GreenlightCallOptions {
  /** Ends the call with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** One of the caller's own, to make the same call again later. Default: a new one for each call. */
  readonly idempotencyKey?: string | undefined;
}

export interface PollOptions {
  /** Seconds between two polls. Default 2. */
  readonly pollIntervalSec?: number | undefined;
  /** Seconds to wait in all. Default 300. */
  readonly maxWaitSec?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export type GreenlightClientDependencies = HttpClientDependencies & {
  /** Default `crypto.randomUUID`. */
  readonly newKey?: (() => string) | undefined;
};

export class GreenlightClient {
  readonly #http: HttpClient;
  readonly #clock: Clock;
  readonly #sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly #newKey: () => string;

  /**
   * @param baseUrl where the server is; a path prefix is kept, `/greenlight` comes behind it
   * @throws {ClientConfigInvalid}
   */
  constructor(baseUrl: string, options: GreenlightClientOptions = {}, dependencies: GreenlightClientDependencies = {}) {
    const { timeoutMs = TIMEOUT_MS, retryAttempts = RETRY_ATTEMPTS, apiToken } = options;
    if (!Number.isInteger(retryAttempts) || retryAttempts < 1 || retryAttempts > MOST_ATTEMPTS) {
      const was = `retryAttempts is ${retryAttempts}`;
      throw new ClientConfigInvalid([`${was}, but must be a whole number from 1 to ${MOST_ATTEMPTS}`]);
    }
    this.#http = new HttpClient(
      {
        apiUrl: baseUrl,
        apiToken,
        requestTimeout: timeoutMs,
        maxRetries: retryAttempts - 1,
        initialRetryDelay: FIRST_WAIT_MS,
        retryMultiplier: 2,
        maxRetryDelay: LONGEST_WAIT_MS,
        retryStrategy: 'extra-quarter',
        totalTimeout: timeForAll(timeoutMs, retryAttempts),
      },
      dependencies,
    );
    this.#clock = dependencies.clock ?? monotonicClock;
    this.#sleep = dependencies.sleep ?? sleep;
    this.#newKey = dependencies.newKey ?? randomUUID;
  }

  /**
   * Has the atom run and graded, and waits for it.
   *
   * @throws {HttpClientError} with the server's own message
   */
  executeAtom(request: GreenlightAtomRequest, options: GreenlightCallOptions = {}): Promise<GreenlightAtomResult> {
    return this.#post('greenlight/run-atom', request, options, readResult);
  }

  /**
   * Hands the atom in to be run later.
   *
   * @returns the execution's id, to poll with
   * @throws {HttpClientError} with the server's own message
   */
  queueAtom(request: GreenlightAtomRequest, options: GreenlightCallOptions = {}): Promise<string> {
    return this.#post('greenlight/queue-atom', request, options, readExecutionId);
  }

  /**
   * The result of an execution; null while it is pending or running.
   *
   * @throws {ExecutionFailed} when the server could not run it
   * @throws {HttpClientError} with status 404 for an id that the server does not know
   */
  async pollExecution(
    executionId: string,
    { signal }: Pick<GreenlightCallOptions, 'signal'> = {},
  ): Promise<GreenlightAtomResult | null> {
    const path = `greenlight/execution/${encodeURIComponent(executionId)}`;
    const execution = await this.#http.request(path, { signal, parse: readExecution });
    if (execution.status === 'failed')
      throw new ExecutionFailed(executionId, execution.error_message ?? 'no reason given');
    const { result } = execution;
    if (execution.status !== 'complete' || !result) return null;
    return { ...result, atom_id: execution.atom_id ?? result.atom_id };
  }

  /**
   * Polls until the execution is complete.
   *
   * @throws {ExecutionWaitExpired} when it is not within `maxWaitSec`
   * @throws what `pollExecution` throws, and the signal's reason
   */
  async pollUntilComplete(executionId: string, options: PollOptions = {}): Promise<GreenlightAtomResult> {
    const { pollIntervalSec = POLL_INTERVAL_SEC, maxWaitSec = MAX_WAIT_SEC, signal } = options;
    const waits = [
      ['pollIntervalSec', pollIntervalSec],
      ['maxWaitSec', maxWaitSec],
    ] as const;
    for (const [name, value] of waits) {
      if (value >= 0 && value * 1000 <= LONGEST_TIMER_MS) continue;
      throw new ClientConfigInvalid([`${name} is ${value}, but must be seconds from 0 to ${LONGEST_TIMER_MS / 1000}`]);
    }
    const start = this.#clock.now();
    for (;;) {
      const result = await this.pollExecution(executionId, { signal });
      if (result !== null) return result;
      const leftMs = start + maxWaitSec * 1000 - this.#clock.now();
      if (leftMs <= 0) throw new ExecutionWaitExpired(executionId, (this.#clock.now() - start) / 1000);
      await this.#sleep(Math.min(pollIntervalSec * 1000, leftMs), signal);
    }
  }

  /** What it has counted since it was made: requests, latency, errors, retries, the state of its breaker. */
  counters(): HttpClientCounters {
    return this.#http.counters();
  }

  /** Ends every connection and what is under way. */
  async close(): Promise<void> {
    await this.#http.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #post<T>(
    path: string,
    body: GreenlightAtomRequest,
    { signal, idempotencyKey = this.#newKey() }: GreenlightCallOptions,
    parse: NonNullable<RequestOptions<T>['parse']>,
  ): Promise<T> {
    return this.#http.request(path, { method: 'POST', body, signal, idempotencyKey, parse });
  }
}

/** Room for every attempt and the longest waits between them, so that no attempt is lost to a limit of the whole. */
function timeForAll(timeoutMs: number, attempts: number): number {
  return Math.min(Math.ceil((timeoutMs + 2 * LONGEST_WAIT_MS) * attempts) || 1, LONGEST_TIMER_MS);
}
