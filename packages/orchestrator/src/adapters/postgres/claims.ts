/** Handing out jobs and beginning attempts at their tasks: one statement for a whole batch. */
import type { TaskError } from '../../contract/index.ts';
import { MAX_WORKER_DEATHS } from '../../domain/limits.ts';
import type { QueuedJob } from '../../ports/queue.ts';
import type { Claim, NodeIdentity } from '../../ports/store.ts';
import { holdNextJobs, isHeldBy, JOBS, queueName } from '../pg-boss/job-rows.ts';
import type { Database, Prepared, SqlTransaction } from './database.ts';
import { writeTerminal } from './end-tasks.ts';
import { type TaskRow, taskOf } from './rows.ts';

/**
 * CTEs that hand out the next jobs of a queue and begin an attempt at the task of each. A task found in processing has lost its
 * worker: that counts as a death, and the next attempt begins. `before` is the task as the statement found it; where another
 * changed it meanwhile, nothing is claimed and `settleUnclaimed` looks again.
 *
 * @param queue, limit, node, pid SQL expressions
 */
export function beginning(queue: string, limit: string, node: string, pid: string): string {
  return `
  ${holdNextJobs(queue, limit)}, claimed AS (
    UPDATE switchyard.tasks AS t
       SET status = 'processing', attempt = t.attempt + 1, progress = NULL, updated_at = now(),
           worker_deaths = t.worker_deaths + (before.status = 'processing')::int,
           last_event = t.last_event + 1 + (before.status = 'processing')::int,
           node_id = ${node}, attempt_started_at = now(), job_id = held.job_id, job_delivery = held.delivery
      FROM held JOIN switchyard.tasks AS before ON before.id = held.task_id
     WHERE t.id = held.task_id AND t.job_id = held.job_id AND t.cancel_requested_at IS NULL
       AND t.status = before.status AND t.attempt = before.attempt
       AND (t.status::text = 'pending' OR (t.status::text = 'processing' AND t.worker_deaths + 1 < ${MAX_WORKER_DEATHS}))
    RETURNING held.priority AS job_priority, held.queued_at, held.job_id AS held_job_id, held.task_id, held.delivery,
              before.status = 'processing' AS recovered, t.*
  ), event AS (
    INSERT INTO switchyard.task_events (task_id, number, type, data)
    SELECT id, last_event - 1, 'task-recovered', jsonb_build_object('lost_attempt', attempt - 1) FROM claimed WHERE recovered
    UNION ALL
    SELECT id, last_event, 'task-started', jsonb_build_object('attempt', attempt, 'node', ${node}::int, 'pid', ${pid}::int)
      FROM claimed
  )`;
}

/** Each job that was handed out: with its task, or without where the task was not simply there to be claimed. */
export const CLAIMED_ROWS = `
  SELECT * FROM claimed
  UNION ALL
  SELECT held.priority, held.queued_at, held.job_id, held.task_id, held.delivery, false, (NULL::switchyard.tasks).*
    FROM held WHERE held.job_id NOT IN (SELECT held_job_id FROM claimed)`;

/** The columns of `CLAIMED_ROWS` without any. */
export const NO_CLAIM = `NULL::int AS job_priority, NULL::float8 AS queued_at, NULL::uuid AS held_job_id, NULL::uuid AS task_id,
         NULL::int AS delivery, NULL::boolean AS recovered, (NULL::switchyard.tasks).*`;

const CLAIM: Prepared = { name: 'claim', text: `WITH ${beginning('$1', '$2', '$3', '$4')} ${CLAIMED_ROWS}` };

interface HeldJob {
  readonly job_priority: number;
  readonly queued_at: number;
  readonly held_job_id: string;
  readonly task_id: string;
  readonly delivery: number;
}

/** Null in all columns where the task was not simply there to be claimed. */
export type ClaimedRow = HeldJob & (TaskRow | { readonly id: null });

export async function claimJobs(database: Database, arm: string, count: number, node: NodeIdentity): Promise<Claim[]> {
  return settleClaims(database, arm, await beginAttempts(database, arm, count, node));
}

/** Hands out jobs and begins attempts; what was handed out without one is for `settleClaims`, once this is committed. */
export async function beginAttempts(
  on: Pick<Database, 'query'>,
  arm: string,
  count: number,
  node: NodeIdentity,
): Promise<ClaimedRow[]> {
  const { rows } = await on.query<ClaimedRow>(CLAIM, [queueName(arm), count, node.id, node.pid]);
  return rows;
}

export async function settleClaims(database: Database, arm: string, rows: ClaimedRow[]): Promise<Claim[]> {
  const claims: Claim[] = [];
  for (const row of rows.sort(inQueueOrder)) {
    const job: QueuedJob = { id: row.held_job_id, arm, taskId: row.task_id, delivery: row.delivery };
    if (row.id !== null) claims.push({ kind: 'claimed', job, task: taskOf(row), attempt: row.attempt });
    else claims.push({ kind: 'nothing', job, ended: await settleUnclaimed(database, job) });
  }
  return claims;
}

function inQueueOrder(a: HeldJob, b: HeldJob): number {
  return b.job_priority - a.job_priority || a.queued_at - b.queued_at;
}

type Standing = Pick<TaskRow, 'status' | 'worker_deaths' | 'cancel_requested_at' | 'attempt' | 'job_id'>;

/**
 * A held job whose task was not there to be claimed: a cancel came first, it has ended, its worker died once too often, or
 * another job stands for it. Where that cannot be written now, or the task changed in this very moment, the job comes
 * back by its missed heartbeats; the claims beside it stand, so nothing is thrown.
 */
async function settleUnclaimed(database: Database, job: QueuedJob): Promise<'failed' | 'cancelled' | null> {
  try {
    return await database.transaction((transaction) => settleHeld(transaction, job));
  } catch {
    return null;
  }
}

async function settleHeld(transaction: SqlTransaction, job: QueuedJob): Promise<'failed' | 'cancelled' | null> {
  const held = await transaction.query(
    `SELECT FROM (VALUES ($1::text, $2::uuid, $3::int)) AS mine (queue, job_id, delivery), ${JOBS} AS j
      WHERE ${isHeldBy('mine')} FOR UPDATE OF j`,
    [queueName(job.arm), job.id, job.delivery],
  );
  if (held.rowCount === 0) return null;
  const { rows } = await transaction.query<Standing>(
    'SELECT status, worker_deaths, cancel_requested_at, attempt, job_id FROM switchyard.tasks WHERE id = $1 FOR UPDATE',
    [job.taskId],
  );
  const task = rows[0];
  const isOpen = task?.status === 'pending' || task?.status === 'processing';
  if (task === undefined || !isOpen || task.job_id !== job.id) {
    await removeJob(transaction, job);
    return null;
  }
  if (task.cancel_requested_at !== null) {
    await writeTerminal(transaction, { taskId: job.taskId, attempt: task.attempt, status: 'cancelled' });
    await removeJob(transaction, job);
    return 'cancelled';
  }
  if (task.worker_deaths + 1 < MAX_WORKER_DEATHS) return null;
  const deaths = task.worker_deaths + 1;
  await transaction.query('UPDATE switchyard.tasks SET worker_deaths = $2 WHERE id = $1', [job.taskId, deaths]);
  const { taskId } = job;
  await writeTerminal(transaction, { taskId, attempt: task.attempt, status: 'failed', error: workerLost(deaths) });
  await removeJob(transaction, job);
  return 'failed';
}

async function removeJob(transaction: SqlTransaction, job: QueuedJob): Promise<void> {
  await transaction.query(`DELETE FROM ${JOBS} WHERE name = $1 AND id = $2`, [queueName(job.arm), job.id]);
}

export function workerLost(deaths: number): TaskError {
  return {
    code: 'worker_lost',
    message: `${deaths} workers died while working on it, so it is taken for poison and not handed out again; \`switchyard retry\` tries anew`,
  };
}
