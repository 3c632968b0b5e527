/** A task as its submitter reads it: what was taken out of it is back in its result, and nowhere else. */
import type { RedactionView } from '../contract/index.ts';
import { mayHoldPlaceholders, putBack } from '../domain/redaction.ts';
import type { Task } from '../domain/task.ts';
import type { Logger } from '../ports/logger.ts';
import type { RedactionKeys, RedactionStore } from '../ports/redactions.ts';
import type { Store } from '../ports/store.ts';

export interface ReadTask {
  readonly task: Task;
  /** Absent when nothing in the result stands for what was taken out. */
  readonly redaction?: RedactionView;
}

export interface ReadTaskDependencies {
  readonly store: Pick<Store, 'get'> & RedactionStore;
  /** None: no key is known here. */
  readonly keys: RedactionKeys | null;
  readonly logger: Logger;
}

export function createReadTask({ store, keys, logger }: ReadTaskDependencies) {
  return async (taskId: string): Promise<ReadTask | null> => {
    const task = await store.get(taskId);
    if (task === null || task.result === null || !mayHoldPlaceholders(task.result)) return task && { task };
    const sealed = await store.redactions(task.id);
    if (sealed === null) return { task };
    const opened = keys?.unseal(task.id, sealed) ?? {
      kind: 'locked',
      reason: `they were sealed under the key ${sealed.keyId}, and this server has none`,
    };
    if (opened.kind === 'open') {
      return { task: { ...task, result: putBack(task.result, opened.redactions) }, redaction: { restored: true } };
    }
    logger.warn({ task: task.id, reason: opened.reason }, 'the placeholders in a result could not be replaced');
    const detail = `the values behind the placeholders cannot be put back: ${opened.reason}`;
    return { task, redaction: { restored: false, detail } };
  };
}
