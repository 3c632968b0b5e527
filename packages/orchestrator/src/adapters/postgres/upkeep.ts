/** What the sweep and the metrics ask of the tables. */
import { randomUUID } from 'node:crypto';
import { MAX_WORKER_DEATHS } from '../../domain/limits.ts';
import type { Orphan, SweepReport } from '../../ports/store.ts';
import { JOBS } from '../pg-boss/job-rows.ts';
import { workerLost } from './claims.ts';
import { LOST_WORKER } from './commands.ts';
import type { Database, SqlTransaction } from './database.ts';
import { writeTerminal, writeTerminals } from './end-tasks.ts';
import { enqueueJobs, type NewJob } from './jobs.ts';
import { LIVE_NODES } from './node-connection.ts';
import type { TaskRow } from './rows.ts';

const BATCH = 500;

/** Three heartbeats of a node were missed. */
const SILENT_SECONDS = 9;

/**
 * Attempts whose node holds no liveness lock, or has one and did not touch the job for `SILENT_SECONDS`: it hangs, or its
 * connection does, half-open. By idx_tasks_status. Right after the database was away all of them look so.
 */
export async function findOrphans(database: Database): Promise<Orphan[]> {
  const { rows } = await database.query<{
    id: string;
    node_id: number;
    job_id: string;
    job_delivery: number;
    assigned_arm: string;
    is_gone: boolean;
  }>(
    `WITH running AS (
       SELECT t.id, t.node_id, t.job_id, t.job_delivery, t.assigned_arm, j.heartbeat_on,
              t.node_id NOT IN (${LIVE_NODES}) AS is_gone
         FROM switchyard.tasks AS t
         JOIN ${JOBS} AS j ON j.name = 'arm.' || t.assigned_arm AND j.id = t.job_id AND j.retry_count = t.job_delivery
        WHERE t.status = 'processing' AND t.node_id IS NOT NULL AND j.state = 'active'
     )
     SELECT id, node_id, job_id, job_delivery, assigned_arm, is_gone FROM running
      WHERE is_gone OR heartbeat_on < now() - interval '${SILENT_SECONDS} seconds'
      LIMIT ${BATCH}`,
  );
  return rows.map((row) => ({
    node: row.node_id,
    isGone: row.is_gone,
    job: { id: row.job_id, arm: row.assigned_arm, taskId: row.id, delivery: row.job_delivery },
  }));
}

/** Jobs that were handed out and begun by nobody: their claim broke off. Whoever reconciles gives their tasks new ones. */
async function dropUnclaimed(transaction: SqlTransaction): Promise<void> {
  await transaction.query(
    `DELETE FROM ${JOBS} AS j
      WHERE j.name LIKE 'arm.%' AND j.state = 'active' AND j.heartbeat_on < now() - interval '15 seconds'
        AND NOT EXISTS (
          SELECT FROM switchyard.tasks AS t
           WHERE t.id = (j.data ->> 'task_id')::uuid AND t.status = 'processing' AND t.job_id = j.id
             AND t.job_delivery = j.retry_count
        )`,
  );
}

/** A cancel that its worker died over would wait until another takes the task up, which may be never. */
async function endCancelled(transaction: SqlTransaction): Promise<void> {
  const { rows } = await transaction.query<Pick<TaskRow, 'id' | 'attempt'>>(
    `SELECT t.id, t.attempt FROM switchyard.tasks AS t
      WHERE t.cancel_requested_at IS NOT NULL AND ${LOST_WORKER} LIMIT ${BATCH} FOR UPDATE OF t SKIP LOCKED`,
  );
  await writeTerminals(
    transaction,
    rows.map(({ id: taskId, attempt }) => ({ taskId, attempt, status: 'cancelled' })),
  );
}

/**
 * Open tasks that no live job stands for: the queue's own upkeep may have dropped it. Each gets a new one; a task in
 * processing counts one worker death more, and fails when there were too many.
 */
export async function reconcile(database: Database): Promise<SweepReport> {
  return database.transaction(async (transaction) => {
    await dropUnclaimed(transaction);
    await endCancelled(transaction);
    const { rows } = await transaction.query<
      Pick<
        TaskRow,
        'id' | 'status' | 'attempt' | 'assigned_arm' | 'priority' | 'start_after' | 'created_at' | 'worker_deaths'
      >
    >(
      `SELECT id, status, attempt, assigned_arm, priority, start_after, created_at, worker_deaths
         FROM switchyard.tasks AS t
        WHERE status IN ('pending', 'processing') AND NOT awaits_children
          AND updated_at < now() - interval '15 seconds'
          AND NOT EXISTS (
            SELECT 1 FROM ${JOBS} AS j
             WHERE j.name = 'arm.' || t.assigned_arm AND j.id = t.job_id AND j.state < 'completed'
          )
        LIMIT ${BATCH} FOR UPDATE OF t SKIP LOCKED`,
    );
    let failed = 0;
    const jobs: NewJob[] = [];
    for (const row of rows) {
      if (row.status === 'processing' && row.worker_deaths + 1 >= MAX_WORKER_DEATHS) {
        const error = workerLost(row.worker_deaths + 1);
        await writeTerminal(transaction, { taskId: row.id, attempt: row.attempt, status: 'failed', error });
        failed += 1;
        continue;
      }
      jobs.push({
        id: randomUUID(),
        taskId: row.id,
        arm: row.assigned_arm,
        priority: row.priority,
        startAfter: row.start_after,
        since: row.start_after ?? row.created_at,
      });
    }
    if (jobs.length > 0) {
      await transaction.query(
        `UPDATE switchyard.tasks AS t SET job_id = j.id, job_delivery = NULL, node_id = NULL, updated_at = now()
           FROM unnest($1::uuid[], $2::uuid[]) AS j (task_id, id) WHERE t.id = j.task_id`,
        [jobs.map((job) => job.taskId), jobs.map((job) => job.id)],
      );
      await enqueueJobs(transaction, jobs);
    }
    return { requeued: jobs.length, failed };
  });
}

export async function readBacklog(
  database: Database,
): Promise<{ arm: string; depth: number; oldestAgeSeconds: number }[]> {
  const { rows } = await database.query<{ arm: string; depth: string; age: string }>(
    `SELECT assigned_arm AS arm, count(*) AS depth,
            COALESCE(extract(epoch FROM now() - min(GREATEST(created_at, start_after))), 0) AS age
       FROM switchyard.tasks WHERE status = 'pending' GROUP BY assigned_arm`,
  );
  return rows.map((row) => ({
    arm: row.arm,
    depth: Number(row.depth),
    oldestAgeSeconds: Math.max(0, Number(row.age)),
  }));
}
