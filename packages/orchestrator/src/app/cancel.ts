/** Cancelling: at once for a task that nobody works on, by asking its node for one that is being worked on. */
import type { Metrics } from '../ports/metrics.ts';
import type { Signals } from '../ports/signals.ts';
import type { Store } from '../ports/store.ts';
import { TaskEnded, TaskUnknown } from './errors.ts';
import { publishStopped, type TreeKeeper } from './tree-keeper.ts';

/** `cancelled`: it is over. `processing`: its arm was told to stop; the task is `cancelled` once it has. */
export type Cancel = (taskId: string) => Promise<'cancelled' | 'processing'>;

/**
 * @throws TaskUnknown
 * @throws TaskEnded when there is nothing left to cancel
 */
export function createCancel(
  store: Pick<Store, 'requestCancel'>,
  signals: Signals,
  metrics: Metrics,
  trees: Pick<TreeKeeper, 'look'>,
): Cancel {
  return async (taskId) => {
    const answer = await store.requestCancel(taskId);
    switch (answer.kind) {
      case 'unknown':
        throw new TaskUnknown(taskId);
      case 'ended':
        throw new TaskEnded(taskId, answer.status);
      case 'cancelled':
        metrics.taskReached('cancelled');
        signals.publish([{ topic: 'task', key: taskId }]);
        if (answer.parentTaskId !== null) trees.look(answer.parentTaskId);
        return 'cancelled';
      case 'requested':
        signals.publish([
          { topic: 'cancel', key: taskId },
          { topic: 'task', key: taskId },
        ]);
        if (answer.below !== undefined) {
          publishStopped(answer.below, signals, metrics);
          for (const parent of [...answer.below.parents, taskId]) trees.look(parent);
        }
        return 'processing';
    }
  };
}
