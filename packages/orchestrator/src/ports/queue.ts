/**
 * The queue port. The tables are the truth; a job only says that a task wants a worker. One queue an arm.
 *
 * The store writes, hands out and ends jobs together with their tasks; what stands here concerns holdings alone. A job is
 * held by whoever claimed it until it is ended, or until its holder misses its heartbeats and it is handed out again. The
 * pair (id, delivery) names one holding: every later call with an older delivery has no effect.
 */
export interface QueuedJob {
  readonly id: string;
  readonly arm: string;
  readonly taskId: string;
  /** Counts the times that this job was handed out before; fences a holder whose job went to another. */
  readonly delivery: number;
}

export interface Queue {
  /** Renews the holding of these jobs; answers the ids that are still held. */
  touch(arm: string, jobs: readonly QueuedJob[]): Promise<ReadonlySet<string>>;
  /** Makes a job whose holder is known to be dead available at once, unless it was handed out again meanwhile. */
  abandon(job: QueuedJob): Promise<boolean>;
}
