/**
 * The store port: tasks, their events and results.
 *
 * Every method is one transaction, with the jobs that stand for the tasks. Whatever belongs to an attempt is written only while that attempt is the current one;
 * `false` says that it no longer is and that nothing was written. Every change of a task adds its event in the same
 * transaction; event numbers are gapless per task.
 */
import type { JsonValue, TaskEvent, TaskQuery, TaskStatus } from '../contract/index.ts';
import type { NextStep } from '../domain/attempt-outcome.ts';
import type { Task, TaskOverview, TaskSpec } from '../domain/task.ts';
import type { CallUse } from './meter.ts';
import type { QueuedJob } from './queue.ts';
import type { RedactionStore, SealedRedactions } from './redactions.ts';
import type { FieldFinding } from './screen.ts';
import type { NewTranscript } from './transcripts.ts';
import type { StoppedTasks } from './trees.ts';

export interface IdempotencyClaim {
  readonly key: string;
  /** A digest of the request; another request under the same key is a conflict. */
  readonly digest: string;
  /** Digests that the same request may have been stored under before: with another key, under another policy. */
  readonly accepts?: readonly string[];
}

export interface NewTask {
  readonly spec: TaskSpec;
  readonly idempotency: IdempotencyClaim | null;
  readonly screen: ScreenRecord;
  /** What its placeholders stand for; absent: nothing was taken out. */
  readonly redactions?: SealedRedactions;
}

/** What the audit log keeps of a screening: types and positions, never values. */
export interface ScreenRecord {
  readonly taskId: string | null;
  readonly arm: string;
  readonly status: 'Success' | 'Blocked';
  readonly findings: readonly FieldFinding[];
  readonly requestId: string;
}

export type Inserted =
  | { readonly kind: 'created'; readonly taskId: string; readonly keyExpiresAt?: Date }
  /** The key was used before for the same request: the task that it made then. */
  | { readonly kind: 'replayed'; readonly taskId: string; readonly keyExpiresAt?: Date }
  /** The key was used before for another request. */
  | { readonly kind: 'key-reused' }
  /** A request with the key is being written right now, by another process. */
  | { readonly kind: 'key-in-flight' }
  | { readonly kind: 'unknown-parent' };

/** Who works on an attempt. */
export interface NodeIdentity {
  /** Unique among the running nodes, positive 31-bit; what its liveness lock is named after. */
  readonly id: number;
  readonly pid: number;
}

/** A job that was handed out, and what became of its task. */
export type Claim =
  | { readonly kind: 'claimed'; readonly job: QueuedJob; readonly task: Task; readonly attempt: number }
  /** Nothing to do: the task has ended, was cancelled before it began, or the job went to another. */
  | { readonly kind: 'nothing'; readonly job: QueuedJob; readonly ended: 'failed' | 'cancelled' | null };

/** The attempt that writes; a job that is no longer held makes the write fail too. */
export interface AttemptRef {
  readonly taskId: string;
  readonly attempt: number;
  readonly job: QueuedJob;
}

/** What follows an attempt, as it is written. The delay of a retry begins then, by the clock that all nodes share. */
export type AttemptWrite = Exclude<NextStep, { readonly kind: 'abandon' }>;

/** What is written with an outcome, or not at all. */
export interface WrittenBeside {
  readonly transcript?: NewTranscript;
  /** Counted for a task that is completed and stands in no tree. */
  readonly use?: CallUse;
}

/** What became of an outcome. */
export interface Finished {
  /** False: the attempt is no longer the current one. */
  readonly written: boolean;
  /** The job that comes after it; null: none waits, or none was asked for. */
  readonly next: Claim | null;
}

export type CancelAnswer =
  /** It had not begun and is cancelled now. */
  | { readonly kind: 'cancelled'; readonly parentTaskId: string | null }
  /** It is being worked on: asked to stop. `below`: what the cancel reached of its subtasks. */
  | { readonly kind: 'requested'; readonly below?: StoppedTasks }
  | { readonly kind: 'ended'; readonly status: TaskStatus }
  | { readonly kind: 'unknown' };

export type RetryAnswer =
  /** `arms` have jobs now. */
  | { readonly kind: 'queued'; readonly arms: readonly string[] }
  | { readonly kind: 'not-failed'; readonly status: TaskStatus }
  | { readonly kind: 'unknown' };

/** Failed tasks; what is not given does not narrow. */
export interface FailedFilter {
  readonly arm?: string | undefined;
  /** Of the error that they failed with. */
  readonly code?: string | undefined;
  /** When they failed: from here … */
  readonly since?: Date | undefined;
  /** … and before this. */
  readonly before?: Date | undefined;
  readonly taskIds?: readonly string[] | undefined;
}

/** The tasks that were queued again. */
export type RetriedSome = readonly { readonly id: string; readonly arm: string }[];

/** An attempt whose worker does not seem to live. */
export interface Orphan {
  readonly node: number;
  /** Its node holds no liveness lock; else it holds one, and the job's heartbeats are missing. */
  readonly isGone: boolean;
  readonly job: QueuedJob;
}

export interface SweepReport {
  /** Tasks that went back to the queue because their job was gone. */
  readonly requeued: number;
  /** Tasks that were failed because too many workers died on them. */
  readonly failed: number;
}

/** What a node says of one of its arms. */
export interface ArmStanding {
  readonly arm: string;
  /** Attempts that it runs at once. */
  readonly slots: number;
  /** Null when it can work. */
  readonly problem: string | null;
}

/** An arm over all live nodes that work for it. */
export interface ArmAtWork {
  readonly arm: string;
  readonly nodes: number;
  readonly slots: number;
  readonly problems: readonly string[];
}

export interface Store extends RedactionStore {
  /** All of them in one transaction; each with its first event and its job. Answers in the order given. */
  insert(tasks: readonly NewTask[]): Promise<Inserted[]>;
  /** As `insert`, but when any of them is refused none is stored. */
  insertTogether(tasks: readonly NewTask[]): Promise<Inserted[]>;
  recordScreen(records: readonly ScreenRecord[]): Promise<void>;
  get(taskId: string): Promise<Task | null>;
  /** @throws CursorInvalid */
  list(query: TaskQuery): Promise<{ tasks: TaskOverview[]; nextCursor: string | null }>;
  /** Events with a number above `after`, in order, at most `limit`. */
  events(taskId: string, after: number, limit: number): Promise<TaskEvent[]>;

  /** Hands out at most `count` runnable jobs of the arm, highest priority first, and begins an attempt at the task of each. */
  claim(arm: string, count: number, node: NodeIdentity): Promise<Claim[]>;
  /** When the arm's limits let more begin, milliseconds from now, as this node's last claim found; null: none held it back. */
  claimAgainMs(arm: string): number | null;
  /** Outcomes that are written at the same time share a transaction; each is answered for itself. */
  finish(attempt: AttemptRef, write: AttemptWrite, spentMs: number, beside?: WrittenBeside): Promise<boolean>;
  /**
   * As `finish`, and in the same transaction the next attempt of the same arm begins, as by `claim`: the slot is handed on. None
   * begins where the arm has limits: those take `claim`.
   */
  finishAndClaim(
    attempt: AttemptRef,
    write: AttemptWrite,
    spentMs: number,
    beside: WrittenBeside,
    node: NodeIdentity,
  ): Promise<Finished>;
  progress(attempt: AttemptRef, progress: JsonValue): Promise<boolean>;

  requestCancel(taskId: string): Promise<CancelAnswer>;
  retry(taskId: string): Promise<RetryAnswer>;
  /** At most `limit` of them, in one transaction. */
  retrySome(filter: FailedFilter, limit: number): Promise<RetriedSome>;
  /** How many failed with which code. */
  countFailed(filter: FailedFilter): Promise<{ readonly [code: string]: number }>;

  /** Of these running tasks, the ones for which a cancel was asked. */
  cancelRequested(taskIds: readonly string[]): Promise<string[]>;
  orphans(): Promise<Orphan[]>;
  /** Repairs what the queue and the tables disagree about. */
  reconcile(): Promise<SweepReport>;
  /** Tasks waiting, and the age of the oldest in seconds, by arm. */
  backlog(): Promise<{ arm: string; depth: number; oldestAgeSeconds: number }[]>;
  /** What this node works for, until it says otherwise, withdraws or dies. */
  announce(node: NodeIdentity, arms: readonly ArmStanding[]): Promise<void>;
  withdraw(node: NodeIdentity): Promise<void>;
  armsAtWork(): Promise<ArmAtWork[]>;
  /** Rejects when the database does not answer. */
  ping(signal: AbortSignal): Promise<void>;
}
