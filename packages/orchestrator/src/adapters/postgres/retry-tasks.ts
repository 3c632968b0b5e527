/** Failed tasks to the queue again, one or many: by idx_tasks_status, a bounded batch a statement. */
import type { FailedFilter, RetriedSome, RetryAnswer } from '../../ports/store.ts';
import { insertJobsFrom } from '../pg-boss/job-rows.ts';
import type { Database } from './database.ts';
import { isTaskId } from './read-tasks.ts';
import type { TaskRow } from './rows.ts';

/** The failed tasks of a filter: $1 arm, $2 code of the error, $3 and $4 when it failed, $5 ids; null does not narrow. */
const FAILED = `
  FROM switchyard.tasks AS t LEFT JOIN switchyard.task_results AS r ON r.task_id = t.id
 WHERE t.status = 'failed' AND ($1::text IS NULL OR t.assigned_arm = $1)
   AND ($2::text IS NULL OR r.error ->> 'code' = $2)
   AND ($3::timestamptz IS NULL OR t.ended_at >= $3) AND ($4::timestamptz IS NULL OR t.ended_at < $4)
   AND ($5::uuid[] IS NULL OR t.id = ANY($5))`;

/**
 * Those that someone else is at right now are left for the next call. A parent begins again where it broke: below it what failed
 * or was cancelled is tried anew, what completed stays. What went from arm to arm begins with the first of them.
 */
const RETRY = `
  WITH RECURSIVE picked AS MATERIALIZED (
    SELECT t.id ${FAILED} ORDER BY t.created_at DESC, t.id DESC LIMIT $6 FOR UPDATE OF t SKIP LOCKED
  ), broken AS (
    SELECT id FROM picked
    UNION
    SELECT child.id FROM broken JOIN switchyard.tasks AS child ON child.parent_task_id = broken.id
     WHERE child.tree_index IS NOT NULL AND child.status IN ('failed', 'cancelled')
  ), below AS (
    SELECT broken.id AS parent, child.id FROM broken JOIN switchyard.tasks AS child ON child.parent_task_id = broken.id
     WHERE child.tree_index IS NOT NULL
    UNION ALL
    SELECT below.parent, child.id FROM below JOIN switchyard.tasks AS child ON child.parent_task_id = below.id
     WHERE child.tree_index IS NOT NULL
  ), stays AS (
    -- What was worked on what stays is no part of a budget that begins anew.
    SELECT below.parent, sum(t.processing_time_ms) / 1000 AS seconds
      FROM below JOIN switchyard.tasks AS t ON t.id = below.id
     WHERE t.tree IS NULL AND t.id NOT IN (SELECT id FROM broken)
     GROUP BY below.parent
  ), forgotten AS (
    DELETE FROM switchyard.task_results AS r USING broken WHERE r.task_id = broken.id
  ), unused AS (
    -- The budget begins anew with the task.
    DELETE FROM switchyard.budget_use AS u USING broken WHERE u.task_id = broken.id
  ), again AS (
    UPDATE switchyard.tasks AS t
       SET status = CASE WHEN t.tree IS NULL THEN 'pending' ELSE 'processing' END::switchyard.task_status,
           awaits_children = t.tree IS NOT NULL,
           tree = (t.tree - 'exceeded') || jsonb_build_object('worked_before', COALESCE(stays.seconds, 0)), failures = 0, worker_deaths = 0,
           assigned_arm = COALESCE(t.arms_tried[1], t.assigned_arm), arms_tried = '{}', processing_time_ms = NULL, progress = NULL, start_after = NULL,
           ended_at = NULL, cancel_requested_at = NULL, job_id = CASE WHEN t.tree IS NULL THEN gen_random_uuid() END, job_delivery = NULL, node_id = NULL,
           updated_at = now(), last_event = t.last_event + 1
      FROM broken LEFT JOIN stays ON stays.parent = broken.id
     WHERE t.id = broken.id
    RETURNING t.id, t.last_event, t.attempt, t.job_id, t.assigned_arm, t.priority
  ), event AS (
    INSERT INTO switchyard.task_events (task_id, number, type, data)
    SELECT id, last_event, 'task-retried', jsonb_build_object('attempt', attempt, 'asked', true) FROM again
  ), job AS (${insertJobsFrom(`(
    SELECT job_id, id AS task_id, assigned_arm AS arm, priority, NULL::timestamptz AS start_after, NULL::timestamptz AS since
      FROM again WHERE job_id IS NOT NULL)`)}
  )
  SELECT id, assigned_arm AS arm FROM again`;

export async function retryFailed(database: Database, taskId: string): Promise<RetryAnswer> {
  if (!isTaskId(taskId)) return { kind: 'unknown' };
  const retried = await retrySome(database, { taskIds: [taskId] }, 1);
  if (retried.length > 0) return { kind: 'queued', arms: [...new Set(retried.map(({ arm }) => arm))] };
  const { rows } = await database.query<Pick<TaskRow, 'status'>>('SELECT status FROM switchyard.tasks WHERE id = $1', [
    taskId,
  ]);
  const [task] = rows;
  return task === undefined ? { kind: 'unknown' } : { kind: 'not-failed', status: task.status };
}

/** Ids that are none are no tasks of ours: they match nothing. */
export async function retrySome(database: Database, filter: FailedFilter, limit: number): Promise<RetriedSome> {
  const { rows } = await database.query<RetriedSome[number]>(RETRY, [...valuesOf(filter), limit]);
  return rows;
}

export async function countFailed(database: Database, filter: FailedFilter): Promise<{ [code: string]: number }> {
  const { rows } = await database.query<{ code: string; count: string }>(
    `SELECT COALESCE(r.error ->> 'code', 'unknown') AS code, count(*) AS count ${FAILED} GROUP BY 1 ORDER BY 2 DESC, 1`,
    valuesOf(filter),
  );
  return Object.fromEntries(rows.map(({ code, count }) => [code, Number(count)]));
}

function valuesOf({ arm, code, since, before, taskIds }: FailedFilter): unknown[] {
  return [arm ?? null, code ?? null, since ?? null, before ?? null, taskIds?.filter(isTaskId) ?? null];
}
