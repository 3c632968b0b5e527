/**
 * What follows when an attempt has ended: decided by pure rules, so that every way out of an attempt stands in one place.
 *
 * The order of the rules matters: a lost lease writes nothing, since another worker writes by now; a result that is there
 * wins over everything else (the work was done); then what was asked of the attempt (cancel, deadline, shutdown) wins over
 * the error that it caused.
 */
import type { JsonValue, TaskError, Usage } from '../contract/index.ts';
import { type BackoffPolicy, backoffMs } from './backoff.ts';

/** A hint beyond it is taken for this: by then there is something else to say. */
const LONGEST_HINT_MS = 3_600_000;

/** Why an attempt's signal was fired. */
export type StopCause = 'cancel' | 'deadline' | 'shutdown' | 'lease-lost';

export type AttemptEnd =
  | {
      readonly kind: 'returned';
      readonly result: JsonValue;
      readonly usage: Usage | null;
      readonly costUsd: number | null;
      /** The result is there, and its budget was used up for it: in words. */
      readonly overBudget?: string;
    }
  | {
      readonly kind: 'threw';
      readonly error: TaskError;
      readonly transient: boolean;
      /** The task itself is wrong: another arm would refuse it too. Absent: false. */
      readonly isTaskAtFault?: boolean;
      /** Not before this many milliseconds, says whoever failed; 0 when it says nothing. */
      readonly retryAfterMs: number;
    };

export type NextStep =
  | {
      readonly kind: 'complete';
      readonly result: JsonValue;
      readonly usage: Usage | null;
      readonly costUsd: number | null;
      /** The result is there, and its budget was used up for it: in words. */
      readonly overBudget?: string;
    }
  | { readonly kind: 'fail'; readonly error: TaskError }
  /** This arm has given up; another is asked, with failures counted anew. */
  | { readonly kind: 'reroute'; readonly error: TaskError; readonly to: string }
  | { readonly kind: 'cancel' }
  | { readonly kind: 'retry'; readonly error: TaskError; readonly delayMs: number }
  /** Back to the queue without a failure counted. */
  | { readonly kind: 'release' }
  /** Another worker has it: write nothing. */
  | { readonly kind: 'abandon' };

/** The code of an attempt that was given up because its arm did not stop (app/bound-stops.ts). */
const ARM_UNRESPONSIVE = 'arm_unresponsive';
/** Another arm would spend what the task no longer has. */
const BUDGET_EXCEEDED = 'budget_exceeded';

export interface AttemptFacts {
  readonly end: AttemptEnd;
  readonly stopCause: StopCause | null;
  /** Failures before this attempt. */
  readonly failures: number;
  readonly maxAttempts: number;
  /** The time budget, for the message. */
  readonly maxTimeSeconds: number;
  /** The arm to be asked when this one gives up (domain/fallback.ts); null or absent: none. */
  readonly nextArm?: string | null;
}

export function decideNextStep(facts: AttemptFacts, policy: BackoffPolicy, random: () => number): NextStep {
  const { end, stopCause } = facts;
  if (stopCause === 'lease-lost') return { kind: 'abandon' };
  if (end.kind === 'returned') return { ...end, kind: 'complete' };
  switch (stopCause) {
    case 'cancel':
      // Cancelled means that the work has stopped.
      return isUnresponsive(end) ? { kind: 'fail', error: end.error } : { kind: 'cancel' };
    case 'deadline':
      if (isUnresponsive(end)) return { kind: 'fail', error: end.error };
      return { kind: 'fail', error: deadlineError(facts.maxTimeSeconds) };
    case 'shutdown':
      return { kind: 'release' };
    case null:
      return afterError(end, facts, policy, random);
  }
}

function isUnresponsive({ error }: Extract<AttemptEnd, { kind: 'threw' }>): boolean {
  return error.code === ARM_UNRESPONSIVE;
}

function afterError(
  end: Extract<AttemptEnd, { kind: 'threw' }>,
  facts: AttemptFacts,
  policy: BackoffPolicy,
  random: () => number,
): NextStep {
  const { error, transient, retryAfterMs } = end;
  if (!transient) return giveUp(end, error, facts);
  const failures = facts.failures + 1;
  if (failures >= facts.maxAttempts) {
    const message = `${error.message} (given up after ${failures} failed attempts)`;
    return giveUp(end, { code: error.code, message }, facts);
  }
  const hintMs = Math.min(retryAfterMs, LONGEST_HINT_MS);
  return { kind: 'retry', error, delayMs: Math.max(backoffMs(failures, policy, random), hintMs) };
}

function giveUp(
  { isTaskAtFault = false }: Extract<AttemptEnd, { kind: 'threw' }>,
  error: TaskError,
  { nextArm = null }: AttemptFacts,
): NextStep {
  const isFinal = nextArm === null || isTaskAtFault || error.code === BUDGET_EXCEEDED;
  return isFinal ? { kind: 'fail', error } : { kind: 'reroute', error, to: nextArm };
}

function deadlineError(maxTimeSeconds: number): TaskError {
  return {
    code: 'deadline_exceeded',
    message: `stopped at its time budget of ${maxTimeSeconds} s; a larger budget.max_time_seconds (at most 3600) gives it longer`,
  };
}
