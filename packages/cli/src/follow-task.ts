import type { TaskEvent, TaskView } from '@switchyard/orchestrator/contract';
import { StillPending } from './errors.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Connection } from './server.ts';
import { taskEvents } from './task-events.ts';

export interface FollowOptions {
  /** Seconds; for ever unless given. */
  readonly timeout?: number | undefined;
  readonly onEvent?: (event: TaskEvent) => void;
  /** When the connection is lost; once, until an event has come again. */
  readonly onReconnect?: (error: unknown) => void;
}

/**
 * Follows a task to its end.
 *
 * @throws StillPending when the time ran out first
 */
export async function followTask(
  { api, signal }: Connection,
  taskId: string,
  { timeout, onEvent, onReconnect }: FollowOptions,
): Promise<TaskView> {
  // It takes whole milliseconds only.
  const limit = timeout === undefined ? undefined : AbortSignal.timeout(Math.ceil(timeout * 1000));
  const either = limit === undefined ? signal : AbortSignal.any([signal, limit]);
  try {
    let isLost = false;
    const onLost = (_: number, error: unknown): void => {
      // That it is still lost is no news.
      if (!isLost) onReconnect?.(error);
      isLost = true;
    };
    for (let after = 0; ; ) {
      for await (const event of taskEvents(api, taskId, { signal: either, after, onReconnect: onLost })) {
        isLost = false;
        after = event.number;
        onEvent?.(event);
      }
      const task = await api.task(taskId, either);
      // Someone may have asked for another try in between.
      if (task.status !== 'pending' && task.status !== 'processing') return task;
    }
  } catch (error) {
    signal.throwIfAborted();
    if (limit?.aborted && timeout !== undefined) throw new StillPending(taskId, timeout);
    throw error;
  }
}

/** Done; or failed, when the task did not complete or was graded below 1. */
export function exitCodeOfTask({ status, arm, result }: TaskView): ExitCode {
  if (status !== 'completed') return EXIT.failed;
  if (arm !== 'greenlight' || typeof result !== 'object' || result === null || Array.isArray(result)) return EXIT.done;
  return result['partial_score'] === 1 ? EXIT.done : EXIT.failed;
}
