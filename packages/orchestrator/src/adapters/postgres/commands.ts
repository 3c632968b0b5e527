/** What people ask of a task: cancel it. */
import type { CancelAnswer } from '../../ports/store.ts';
import { JOBS } from '../pg-boss/job-rows.ts';
import type { Database, SqlTransaction } from './database.ts';
import { writeTerminal } from './end-tasks.ts';
import { isTaskId } from './read-tasks.ts';
import type { TaskRow } from './rows.ts';
import { stopBelow } from './trees.ts';

type Standing = Pick<TaskRow, 'status' | 'attempt' | 'cancel_requested_at' | 'parent_task_id'> & {
  readonly awaits_children: boolean;
};

async function lockTask(transaction: SqlTransaction, taskId: string): Promise<Standing | undefined> {
  const { rows } = await transaction.query<Standing>(
    `SELECT status, attempt, cancel_requested_at, parent_task_id, awaits_children
       FROM switchyard.tasks WHERE id = $1 FOR UPDATE`,
    [taskId],
  );
  return rows[0];
}

export async function requestCancel(database: Database, taskId: string): Promise<CancelAnswer> {
  if (!isTaskId(taskId)) return { kind: 'unknown' };
  return database.transaction(async (transaction): Promise<CancelAnswer> => {
    const task = await lockTask(transaction, taskId);
    if (task === undefined) return { kind: 'unknown' };
    if (task.status === 'pending' || (await hasLostWorker(transaction, taskId))) {
      await noteCancel(transaction, taskId);
      await writeTerminal(transaction, { taskId, attempt: task.attempt, status: 'cancelled' });
      return { kind: 'cancelled', parentTaskId: task.parent_task_id };
    }
    if (task.status !== 'processing') return { kind: 'ended', status: task.status };
    if (task.cancel_requested_at === null) await noteCancel(transaction, taskId);
    if (task.awaits_children) return { kind: 'requested', below: await stopBelow(transaction, taskId) };
    return { kind: 'requested' };
  });
}

/** Its worker died, and its job waits for another: nobody is at work who could be asked to stop. */
export const LOST_WORKER = `t.status = 'processing' AND NOT t.awaits_children AND EXISTS (
  SELECT FROM ${JOBS} AS j WHERE j.name = 'arm.' || t.assigned_arm AND j.id = t.job_id AND j.state < 'active')`;

async function hasLostWorker(transaction: SqlTransaction, taskId: string): Promise<boolean> {
  const { rowCount } = await transaction.query(`SELECT FROM switchyard.tasks AS t WHERE t.id = $1 AND ${LOST_WORKER}`, [
    taskId,
  ]);
  return rowCount === 1;
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
