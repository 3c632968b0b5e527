import type { Queue, QueuedJob } from '../src/ports/queue.ts';

/** A queue driven by hand: a test says which holdings are lost. */
export interface HandDrivenQueue extends Queue {
  /** Ids of jobs that `touch` says are no longer held. */
  readonly lost: Set<string>;
  /** Job ids of each `touch`. */
  readonly touches: readonly (readonly string[])[];
  readonly abandoned: readonly QueuedJob[];
}

export function createHandDrivenQueue(): HandDrivenQueue {
  const lost = new Set<string>();
  const touches: string[][] = [];
  const abandoned: QueuedJob[] = [];
  return {
    lost,
    touches,
    abandoned,
    touch: async (_arm, jobs) => {
      touches.push(jobs.map((job) => job.id));
      return new Set(jobs.map((job) => job.id).filter((id) => !lost.has(id)));
    },
    abandon: async (job) => {
      abandoned.push(job);
      return true;
    },
  };
}

/** A job of the arm `test` for this task. */
export function jobFor(taskId: string, different: Partial<QueuedJob> = {}): QueuedJob {
  return { id: `job of ${taskId}`, arm: 'test', taskId, delivery: 0, ...different };
}
