import type { Queue, QueuedJob } from '../src/ports/queue.ts';

/** A queue driven by hand: a test says which jobs wait and which holdings are lost; what is fetched is remembered. */
export interface HandDrivenQueue extends Pick<Queue, 'fetch' | 'touch' | 'abandon'> {
  readonly waiting: QueuedJob[];
  /** One entry a fetch: how many jobs it asked for. */
  readonly fetches: readonly number[];
  /** Ids of jobs that `touch` says are no longer held. */
  readonly lost: Set<string>;
  /** Job ids of each `touch`. */
  readonly touches: readonly (readonly string[])[];
  readonly abandoned: readonly QueuedJob[];
}

export function createHandDrivenQueue(): HandDrivenQueue {
  const waiting: QueuedJob[] = [];
  const fetches: number[] = [];
  const lost = new Set<string>();
  const touches: string[][] = [];
  const abandoned: QueuedJob[] = [];
  return {
    waiting,
    fetches,
    lost,
    touches,
    abandoned,
    fetch: async (arm, count) => {
      fetches.push(count);
      const mine = waiting.filter((job) => job.arm === arm).slice(0, count);
      for (const job of mine) waiting.splice(waiting.indexOf(job), 1);
      return mine;
    },
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
