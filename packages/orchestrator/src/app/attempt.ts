/**
 * One attempt at a claimed task: work, outcome.
 *
 * Owns: the attempt's AbortSignal with its deadline timer. Leaves to the dispatcher: who is cancelled, which leases are
 * lost, when to shut down. Invariants:
 * 1. The outcome is written once, by the rules of `decideNextStep`, and only while this attempt is the current one.
 * 2. When `run` settles, the arm has settled and no timer or listener of the attempt is left.
 */
import { isTransient, messageOf, SwitchyardError } from '@switchyard/core';
import type { TaskError } from '../contract/index.ts';
import { type AttemptEnd, decideNextStep, type NextStep, type StopCause } from '../domain/attempt-outcome.ts';
import { type BackoffPolicy, DEFAULT_BACKOFF } from '../domain/backoff.ts';
import { nextArmFor } from '../domain/fallback.ts';
import { remainingTimeMs } from '../domain/limits.ts';
import { storable, storableText } from '../domain/storable.ts';
import type { Task } from '../domain/task.ts';
import type { Arm, ArmContract } from '../ports/arm.ts';
import { DatabaseUnavailable } from '../ports/errors.ts';
import type { Logger } from '../ports/logger.ts';
import type { BudgetStore, ExceededBudget, Meter } from '../ports/meter.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { QueuedJob } from '../ports/queue.ts';
import type { Signals } from '../ports/signals.ts';
import type { AttemptRef, AttemptWrite, Claim, Finished, Store, WrittenBeside } from '../ports/store.ts';
import type { NewTranscript } from '../ports/transcripts.ts';
import { createMeter } from './meter.ts';
import { patientWrite } from './patient-write.ts';
import { createProgressReporter } from './progress.ts';
import { AttemptStopped } from './stop-reason.ts';

const ERROR_MESSAGE_LIMIT = 4_000;
const NO_ARMS: ReadonlyMap<string, ArmContract> = new Map();

export interface AttemptDependencies {
  readonly store: Pick<Store, 'finish' | 'progress'>;
  readonly budgets: BudgetStore;
  /** The budget of a task above is used up. */
  readonly onExceeded?: (budget: ExceededBudget) => void;
  readonly signals: Signals;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** All arms that are configured, for what is asked after an arm gave up. Default: none. */
  readonly contracts?: ReadonlyMap<string, ArmContract>;
  /** Told of every task that an attempt has brought to its end. */
  readonly onEnded?: (task: Task) => void;
  readonly backoff?: BackoffPolicy;
  readonly random?: () => number;
  /** Wall clock, for the deadline that an arm is told. */
  readonly now?: () => number;
  /** Monotonic milliseconds, for durations: a wall clock jumps. */
  readonly elapsed?: () => number;
}

export interface Attempt {
  readonly job: QueuedJob;
  /** Fires the arm's signal; only the first cause counts. */
  stop(cause: StopCause): void;
  /**
   * Settles when the attempt is over and its outcome written (or given up), with what was claimed in its place; never rejects.
   */
  readonly done: Promise<Claim | null>;
}

/** Where an attempt runs. */
export interface Slot {
  /** Writes the outcome; may claim what comes after it. Default: `store.finish`, and nothing does. */
  readonly finish?: (
    attempt: AttemptRef,
    write: AttemptWrite,
    spentMs: number,
    beside: WrittenBeside,
  ) => Promise<Finished>;
  /** Ends the waiting for a database that is away; fires when the node's shutdown runs out of time. */
  readonly patience: AbortSignal;
}

/** A claim that begins an attempt. It is on disk before the arm runs. */
export type ClaimedTask = Extract<Claim, { readonly kind: 'claimed' }>;

export function startAttempt(
  claim: ClaimedTask,
  arm: Arm,
  dependencies: AttemptDependencies,
  { patience, finish = finishOnly(dependencies.store) }: Slot,
): Attempt {
  const controller = new AbortController();
  const stop = (cause: StopCause): void => {
    if (!controller.signal.aborted) controller.abort(new AttemptStopped(cause));
  };
  const { job } = claim;
  const after: { next: Claim | null } = { next: null };
  const control: Control = {
    controller,
    stop,
    patience,
    finish: async (attempt, write, spentMs, beside = {}) => {
      const finished = await finish(attempt, write, spentMs, beside);
      after.next = finished.next;
      return finished.written;
    },
  };
  const done = runAttempt(claim, arm, dependencies, control)
    .catch((error: unknown) => {
      // The job is still held or will be handed out again by its heartbeat; nothing is lost.
      dependencies.logger.error({ task: job.taskId, error: messageOf(error) }, 'an attempt ended without an outcome');
    })
    .then(() => after.next);
  return { job, stop, done };
}

function finishOnly(store: Pick<Store, 'finish'>): NonNullable<Slot['finish']> {
  return async (...outcome) => ({ written: await store.finish(...outcome), next: null });
}

interface Control {
  readonly controller: AbortController;
  readonly stop: (cause: StopCause) => void;
  readonly patience: AbortSignal;
  readonly finish: Store['finish'];
}

async function runAttempt(
  { job, task, attempt }: ClaimedTask,
  arm: Arm,
  dependencies: AttemptDependencies,
  control: Control,
): Promise<void> {
  const { signals, metrics, elapsed = () => performance.now() } = dependencies;
  signals.publish([{ topic: 'task', key: job.taskId }]);
  const reference: AttemptRef = { taskId: job.taskId, attempt, job };
  const startedAt = elapsed();
  const { budgets, onExceeded = () => undefined } = dependencies;
  const meter = createMeter(task, attempt, { budgets, onExceeded, patience: control.patience, elapsed });
  const left: { transcript?: NewTranscript } = {};
  const end = await work(task, arm, meter, dependencies, control, reference, left);
  const spentMs = elapsed() - startedAt + meter.extraMs();
  const next = nextStepOf(end, task, arm, control.controller.signal, dependencies);
  metrics.attemptEnded(arm.name, next.kind, spentMs / 1000);
  const use = meter.uncounted();
  const beside: WrittenBeside = { ...left, ...(use !== null && next.kind === 'complete' && { use }) };
  // Of an attempt that comes to nothing, what it used is there before its outcome is.
  if (use !== null && next.kind !== 'complete') await meter.countApart(use);
  const written = await writeOutcome(next, task, reference, { spentMs, beside }, dependencies, control);
  if (!written && beside.use !== undefined) await meter.countApart(beside.use);
}

async function work(
  task: Task,
  arm: Arm,
  meter: Meter,
  dependencies: AttemptDependencies,
  control: Control,
  reference: AttemptRef,
  left: { transcript?: NewTranscript },
): Promise<AttemptEnd> {
  const { now = Date.now } = dependencies;
  const leftMs = remainingTimeMs(task.budget.max_time_seconds, task.processingTimeMs ?? 0);
  const { signal } = control.controller;
  const deadlineTimer = setTimeout(() => control.stop('deadline'), leftMs);
  const reporter = createProgressReporter(reference, dependencies);
  try {
    if (leftMs === 0) control.stop('deadline');
    signal.throwIfAborted();
    const deadline = new Date(now() + leftMs);
    const { attempt } = reference;
    const keep = (transcript: NewTranscript): void => {
      left.transcript = transcript;
    };
    const answer = await arm.run({ task, attempt, deadline, signal, meter, keep, progress: reporter.report });
    return {
      kind: 'returned',
      result: storable(answer.result),
      usage: answer.usage ?? null,
      costUsd: answer.costUsd ?? null,
      ...(answer.overBudget !== undefined && { overBudget: answer.overBudget }),
    };
  } catch (error) {
    return {
      kind: 'threw',
      error: taskErrorOf(error),
      transient: isTransient(error),
      isTaskAtFault: error instanceof SwitchyardError && error.kind === 'invalid',
      retryAfterMs: retryAfterOf(error),
    };
  } finally {
    clearTimeout(deadlineTimer);
    await reporter.close();
  }
}

function nextStepOf(
  end: AttemptEnd,
  task: Task,
  { retry }: Arm,
  signal: AbortSignal,
  dependencies: AttemptDependencies,
): NextStep {
  const { backoff = DEFAULT_BACKOFF, random = Math.random, contracts = NO_ARMS } = dependencies;
  const reason: unknown = signal.reason;
  return decideNextStep(
    {
      end,
      stopCause: reason instanceof AttemptStopped ? reason.stopCause : null,
      failures: task.failures,
      maxAttempts: Math.min(task.maxAttempts, retry?.maxAttempts ?? task.maxAttempts),
      maxTimeSeconds: task.budget.max_time_seconds,
      nextArm: end.kind === 'threw' ? nextArmFor(task, contracts) : null,
    },
    retry?.backoff ?? backoff,
    random,
  );
}

interface OutcomeFacts {
  readonly spentMs: number;
  readonly beside: WrittenBeside;
}

/** @returns whether all of it was written: the outcome that it should be, and what goes beside it */
async function writeOutcome(
  next: NextStep,
  task: Task,
  reference: AttemptRef,
  facts: OutcomeFacts,
  dependencies: AttemptDependencies,
  control: Control,
): Promise<boolean> {
  const { signals, metrics, logger } = dependencies;
  if (next.kind === 'abandon') return false;
  const written = await writeOnce(next, reference, facts, dependencies.logger, control);
  if (written === null) {
    logger.warn({ task: reference.taskId, attempt: reference.attempt }, 'a stale attempt wrote nothing');
    return false;
  }
  if (written.kind === 'complete') metrics.taskReached('completed');
  if (written.kind === 'fail') metrics.taskReached('failed');
  if (written.kind === 'cancel') metrics.taskReached('cancelled');
  signals.publish([{ topic: 'task', key: reference.taskId }]);
  if (written.kind === 'complete' || written.kind === 'fail' || written.kind === 'cancel') dependencies.onEnded?.(task);
  if (written.kind === 'reroute') signals.publish([{ topic: 'jobs', key: written.to }]);
  if (written.kind === 'release') signals.publish([{ topic: 'jobs', key: reference.job.arm }]);
  return written === next;
}

/**
 * Writes the outcome; where the database refuses a result for what it is (too large, say), that the task failed over it:
 * without any outcome its job would be handed out again, as if workers had died on it.
 *
 * @returns what was written; null when the attempt is no longer the current one
 */
async function writeOnce(
  write: AttemptWrite,
  reference: AttemptRef,
  { spentMs, beside }: OutcomeFacts,
  logger: Logger,
  { finish, patience }: Control,
): Promise<AttemptWrite | null> {
  const put = async (outcome: AttemptWrite, with_: WrittenBeside = {}): Promise<AttemptWrite | null> =>
    (await patientWrite(() => finish(reference, outcome, Math.round(spentMs), with_), patience)) ? outcome : null;
  try {
    return await put(write, beside);
  } catch (error) {
    if (write.kind !== 'complete' || error instanceof DatabaseUnavailable) throw error;
    logger.error({ task: reference.taskId, error: messageOf(error) }, 'the result of a task cannot be stored');
    const { message } = taskErrorOf(error);
    return put({ kind: 'fail', error: { code: 'result_refused', message: `its result cannot be stored: ${message}` } });
  }
}

/** What whoever refused said of when to come back, milliseconds; 0 when nothing. */
function retryAfterOf(error: unknown): number {
  const hint: unknown = error instanceof SwitchyardError ? Reflect.get(error, 'retryAfterMs') : undefined;
  return typeof hint === 'number' && hint > 0 ? hint : 0;
}

/** What is told about an error: its code and message, cut; never a stack. */
function taskErrorOf(error: unknown): TaskError {
  const code = error instanceof SwitchyardError ? error.code : 'arm_failed';
  // Cut first: the cut may leave half of a surrogate pair.
  return { code, message: storableText(messageOf(error).slice(0, ERROR_MESSAGE_LIMIT)) };
}
