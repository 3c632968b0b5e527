/** What people ask of a task: cancel it, try it again. */
import { randomUUID } from 'node:crypto';
import { PRIORITIES } from '../../contract/index.ts';
import type { CancelAnswer, RetryAnswer } from '../../ports/store.ts';
import type { Database, SqlTransaction } from './database.ts';
import { enqueueJobs } from './jobs.ts';
import { writeTerminal } from './outcomes.ts';
import { isTaskId } from './read-tasks.ts';
import type { TaskRow } from './rows.ts';

type Standing = Pick<TaskRow, 'status' | 'attempt' | 'cancel_requested_at' | 'assigned_arm' | 'priority'>;

async function lockTask(transaction: SqlTransaction, taskId: string): Promise<Standing | undefined> {
  const { rows } = await transaction.query<Standing>(
    `SELECT status, attempt, cancel_requested_at, assigned_arm, priority FROM switchyard.tasks WHERE id = $1 FOR UPDATE`,
    [taskId],
  );
  return rows[0];
}

export async function requestCancel(database: Database, taskId: string): Promise<CancelAnswer> {
  if (!isTaskId(taskId)) return { kind: 'unknown' };
  return database.transaction(async (transaction): Promise<CancelAnswer> => {
    const task = await lockTask(transaction, taskId);
    if (task === undefined) return { kind: 'unknown' };
    if (task.status === 'pending') {
      await noteCancel(transaction, taskId);
      await writeTerminal(transaction, { taskId, attempt: task.attempt, status: 'cancelled' });
      return { kind: 'cancelled' };
    }
    if (task.status !== 'processing') return { kind: 'ended', status: task.status };
    if (task.cancel_requested_at === null) await noteCancel(transaction, taskId);
    return { kind: 'requested' };
  });
}

async function noteCancel(transaction: SqlTransaction, taskId: string): Promise<void> {
  await transaction.query(
    `WITH asked AS (
       UPDATE switchyard.tasks
          SET cancel_requested_at = clock_timestamp(), updated_at = now(), last_event = last_event + 1
        WHERE id = $1
        RETURNING id, last_event
     )
     INSERT INTO switchyard.task_events (task_id, number, type) SELECT id, last_event, 'task-cancel-requested' FROM asked`,
    [taskId],
  );
}

export async function retryFailed(database: Database, taskId: string): Promise<RetryAnswer> {
  if (!isTaskId(taskId)) return { kind: 'unknown' };
  return database.transaction(async (transaction): Promise<RetryAnswer> => {
    const task = await lockTask(transaction, taskId);
    if (task === undefined) return { kind: 'unknown' };
    if (task.status !== 'failed') return { kind: 'not-failed', status: task.status };
    const jobId = randomUUID();
    await transaction.query('DELETE FROM switchyard.task_results WHERE task_id = $1', [taskId]);
    await transaction.query(
      `WITH again AS (
         UPDATE switchyard.tasks
            SET status = 'pending', failures = 0, worker_deaths = 0, processing_time_ms = NULL, progress = NULL,
                ended_at = NULL, cancel_requested_at = NULL, job_id = $2, updated_at = now(), last_event = last_event + 1
          WHERE id = $1
          RETURNING id, last_event, attempt
       )
       INSERT INTO switchyard.task_events (task_id, number, type, data)
       SELECT id, last_event, 'task-retried', jsonb_build_object('attempt', attempt, 'asked', true) FROM again`,
      [taskId, jobId],
    );
    await enqueueJobs(transaction, [
      {
        id: jobId,
        taskId,
        arm: task.assigned_arm,
        priority: PRIORITIES.indexOf(task.priority),
        startAfter: null,
      },
    ]);
    return { kind: 'queued', arm: task.assigned_arm };
  });
}
