/**
 * The queue port. The tables are the truth; a job only says that a task wants a worker. One queue an arm.
 *
 * A job is held by whoever fetched it until it is completed, or until its holder misses its heartbeats and it is handed
 * out again. The pair (id, delivery) names one holding: every later call with an older delivery has no effect.
 */
import type { Transaction } from './transaction.ts';

export interface QueuedJob {
  readonly id: string;
  readonly arm: string;
  readonly taskId: string;
  /** Counts the times that this job was handed out before; fences a holder whose job went to another. */
  readonly delivery: number;
}

export interface NewJob {
  readonly id: string;
  readonly taskId: string;
  readonly arm: string;
  /** Higher goes first. */
  readonly priority: number;
  readonly startAfter: Date | null;
}

export interface Queue {
  /** Writes jobs inside the given transaction, all or nothing. */
  enqueue(transaction: Transaction, jobs: readonly NewJob[]): Promise<void>;
  /** At most `count` runnable jobs of the arm, highest priority first. */
  fetch(arm: string, count: number): Promise<QueuedJob[]>;
  /** Renews the holding of these jobs; answers the ids that are still held. */
  touch(arm: string, jobs: readonly QueuedJob[]): Promise<ReadonlySet<string>>;
  /** As `touch` for one job, inside a transaction. */
  hold(transaction: Transaction, job: QueuedJob): Promise<boolean>;
  /** Ends the holding inside the given transaction; false when another has it by now, and nothing was written. */
  complete(transaction: Transaction, job: QueuedJob): Promise<boolean>;
  /** Makes a job whose holder is known to be dead available at once, unless it was handed out again meanwhile. */
  abandon(job: QueuedJob): Promise<boolean>;
}
