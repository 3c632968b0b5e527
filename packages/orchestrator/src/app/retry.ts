/** Asking for a failed task once more, with its failures counted anew. */
import type { Signals } from '../ports/signals.ts';
import type { Store } from '../ports/store.ts';
import { TaskNotFailed, TaskUnknown } from './errors.ts';
import type { TreeKeeper } from './tree-keeper.ts';

export type Retry = (taskId: string) => Promise<void>;

/**
 * @throws TaskUnknown
 * @throws TaskNotFailed
 */
export function createRetry(store: Pick<Store, 'retry'>, signals: Signals, trees: Pick<TreeKeeper, 'look'>): Retry {
  return async (taskId) => {
    const answer = await store.retry(taskId);
    if (answer.kind === 'unknown') throw new TaskUnknown(taskId);
    if (answer.kind === 'not-failed') throw new TaskNotFailed(taskId, answer.status);
    signals.publish([...answer.arms.map((key) => ({ topic: 'jobs', key }) as const), { topic: 'task', key: taskId }]);
    // What completed stays: perhaps there is nothing left to wait for.
    trees.look(taskId);
  };
}
