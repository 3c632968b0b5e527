/**
 * What the engine writes about attempts. Each function is one transaction; an attempt that is no longer the current one,
 * or whose job went to another, writes nothing.
 */
import { randomUUID } from 'node:crypto';
import { type JsonValue, PRIORITIES, type TaskError } from '../../contract/index.ts';
import { MAX_WORKER_DEATHS } from '../../domain/limits.ts';
import type { NewJob, Queue, QueuedJob } from '../../ports/queue.ts';
import type { AttemptRef, AttemptWrite, Claim, NodeIdentity } from '../../ports/store.ts';
import { type Database, Rollback, type SqlTransaction } from './database.ts';
import { type TaskRow, taskOf } from './rows.ts';

/** A task whose arm reports without end keeps its first events; the newest progress still stands in its row. */
const EVENTS_LIMIT = 5_000;

const CLAIM_PENDING = `
  WITH claimed AS (
    UPDATE switchyard.tasks
       SET status = 'processing', attempt = attempt + 1, progress = NULL, updated_at = now(), last_event = last_event + 1,
           node_id = $2, job_id = $4, job_delivery = $5
     WHERE id = $1 AND status = 'pending' AND cancel_requested_at IS NULL AND job_id = $4
     RETURNING *
  ), event AS (
    INSERT INTO switchyard.task_events (task_id, number, type, data)
    SELECT id, last_event, 'task-started', jsonb_build_object('attempt', attempt, 'node', $2::int, 'pid', $3::int) FROM claimed
  )
  SELECT * FROM claimed`;

const CLAIM_AFTER_DEATH = `
  WITH claimed AS (
    UPDATE switchyard.tasks
       SET attempt = attempt + 1, worker_deaths = worker_deaths + 1, progress = NULL, updated_at = now(),
           last_event = last_event + 2, node_id = $2, job_id = $4, job_delivery = $5
     WHERE id = $1 AND status = 'processing' AND job_id = $4
     RETURNING *
  ), event AS (
    INSERT INTO switchyard.task_events (task_id, number, type, data)
    SELECT id, last_event - 1, 'task-recovered', jsonb_build_object('lost_attempt', attempt - 1) FROM claimed
    UNION ALL
    SELECT id, last_event, 'task-started', jsonb_build_object('attempt', attempt, 'node', $2::int, 'pid', $3::int) FROM claimed
  )
  SELECT * FROM claimed`;

export async function claimTask(database: Database, queue: Queue, job: QueuedJob, node: NodeIdentity): Promise<Claim> {
  return database.transaction(async (transaction): Promise<Claim> => {
    if (!(await queue.hold(transaction, job))) return { kind: 'nothing', ended: null };
    const values = [job.taskId, node.id, node.pid, job.id, job.delivery];
    const pending = await transaction.query<TaskRow>(CLAIM_PENDING, values);
    const row = pending.rows[0];
    if (row !== undefined) return { kind: 'claimed', task: taskOf(row), attempt: row.attempt };
    return claimUnusual(transaction, queue, job, values);
  });
}

type Standing = Pick<TaskRow, 'status' | 'worker_deaths' | 'cancel_requested_at' | 'attempt' | 'job_id'>;

/** A task that is not simply waiting: its worker died, a cancel came first, it has ended, or another job stands for it. */
async function claimUnusual(
  transaction: SqlTransaction,
  queue: Queue,
  job: QueuedJob,
  values: readonly unknown[],
): Promise<Claim> {
  const { rows } = await transaction.query<Standing>(
    'SELECT status, worker_deaths, cancel_requested_at, attempt, job_id FROM switchyard.tasks WHERE id = $1 FOR UPDATE',
    [job.taskId],
  );
  const task = rows[0];
  const isOpen = task?.status === 'pending' || task?.status === 'processing';
  if (task === undefined || !isOpen || task.job_id !== job.id) {
    await queue.complete(transaction, job);
    return { kind: 'nothing', ended: null };
  }
  if (task.cancel_requested_at !== null) {
    await writeTerminal(transaction, job.taskId, task.attempt, 'cancelled', {});
    await queue.complete(transaction, job);
    return { kind: 'nothing', ended: 'cancelled' };
  }
  if (task.worker_deaths + 1 >= MAX_WORKER_DEATHS) {
    await transaction.query('UPDATE switchyard.tasks SET worker_deaths = worker_deaths + 1 WHERE id = $1', [
      job.taskId,
    ]);
    await writeTerminal(transaction, job.taskId, task.attempt, 'failed', { error: workerLost(task.worker_deaths + 1) });
    await queue.complete(transaction, job);
    return { kind: 'nothing', ended: 'failed' };
  }
  const again = await transaction.query<TaskRow>(CLAIM_AFTER_DEATH, values);
  const row = again.rows[0];
  if (row === undefined) return { kind: 'nothing', ended: null };
  return { kind: 'claimed', task: taskOf(row), attempt: row.attempt };
}

export function workerLost(deaths: number): TaskError {
  return {
    code: 'worker_lost',
    message: `${deaths} workers died while working on it, so it is taken for poison and not handed out again; \`switchyard retry\` tries anew`,
  };
}

export async function finishAttempt(
  database: Database,
  queue: Queue,
  attempt: AttemptRef,
  write: AttemptWrite,
  spentMs: number,
): Promise<boolean> {
  try {
    await database.transaction(async (transaction) => {
      if (!(await queue.complete(transaction, attempt.job))) throw new Rollback();
      if (!(await writeOutcome(transaction, queue, attempt, write, spentMs))) throw new Rollback();
    });
    return true;
  } catch (error) {
    if (error instanceof Rollback) return false;
    throw error;
  }
}

async function writeOutcome(
  transaction: SqlTransaction,
  queue: Queue,
  { taskId, attempt }: AttemptRef,
  write: AttemptWrite,
  spentMs: number,
): Promise<boolean> {
  switch (write.kind) {
    case 'complete':
      return writeTerminal(transaction, taskId, attempt, 'completed', { ...write, spentMs });
    case 'fail':
      return writeTerminal(transaction, taskId, attempt, 'failed', { error: write.error, spentMs });
    case 'cancel':
      return writeTerminal(transaction, taskId, attempt, 'cancelled', { spentMs });
    case 'retry':
    case 'release': {
      const job = await putBack(transaction, taskId, attempt, write, spentMs);
      if (job === null) return writeTerminal(transaction, taskId, attempt, 'cancelled', { spentMs });
      await queue.enqueue(transaction, [job]);
      return true;
    }
  }
}

interface TerminalFacts {
  readonly result?: JsonValue;
  readonly error?: TaskError;
  readonly usage?: object | null;
  readonly costUsd?: number | null;
  readonly spentMs?: number;
}

const WRITE_TERMINAL = `
  WITH ended AS (
    UPDATE switchyard.tasks
       SET status = $3::switchyard.task_status, node_id = NULL, job_id = NULL, job_delivery = NULL, ended_at = now(),
           updated_at = now(), last_event = last_event + 1,
           processing_time_ms = CASE WHEN $8::bigint IS NULL THEN processing_time_ms
                                     ELSE COALESCE(processing_time_ms, 0) + $8::bigint END
     WHERE id = $1 AND attempt = $2 AND status IN ('pending', 'processing')
     RETURNING id, last_event, processing_time_ms, cancel_requested_at
  ), event AS (
    INSERT INTO switchyard.task_events (task_id, number, type, data)
    SELECT id, last_event, 'task-' || $3::text,
           CASE $3::text
             WHEN 'failed' THEN jsonb_build_object('error', $5::jsonb)
             WHEN 'cancelled' THEN jsonb_build_object('stopped_after_ms',
               round(extract(epoch FROM clock_timestamp() - COALESCE(cancel_requested_at, clock_timestamp())) * 1000))
             ELSE '{}'::jsonb
           END
      FROM ended
  )
  INSERT INTO switchyard.task_results (task_id, result, error, processing_time_ms, usage, cost)
  SELECT id, $4::jsonb, $5::jsonb, processing_time_ms, $6::jsonb, $7::numeric FROM ended
  ON CONFLICT (task_id) DO UPDATE
     SET result = excluded.result, error = excluded.error, processing_time_ms = excluded.processing_time_ms,
         usage = excluded.usage, cost = excluded.cost, created_at = now()`;

/** Ends a task whose current attempt is `attempt`; false when it is not. */
export async function writeTerminal(
  transaction: Pick<Database, 'query'>,
  taskId: string,
  attempt: number,
  status: 'completed' | 'failed' | 'cancelled',
  facts: TerminalFacts,
): Promise<boolean> {
  const { rowCount } = await transaction.query(WRITE_TERMINAL, [
    taskId,
    attempt,
    status,
    facts.result === undefined ? null : JSON.stringify(facts.result),
    facts.error === undefined ? null : JSON.stringify(facts.error),
    facts.usage ? JSON.stringify(facts.usage) : null,
    facts.costUsd ?? null,
    facts.spentMs ?? null,
  ]);
  return rowCount === 1;
}

const PUT_BACK = `
  WITH back AS (
    UPDATE switchyard.tasks
       SET status = 'pending', failures = failures + $3, node_id = NULL, job_id = $7, job_delivery = NULL,
           updated_at = now(), last_event = last_event + 1,
           processing_time_ms = COALESCE(processing_time_ms, 0) + $6::bigint
     WHERE id = $1 AND attempt = $2 AND status = 'processing' AND cancel_requested_at IS NULL
     RETURNING id, last_event, assigned_arm, priority
  ), event AS (
    INSERT INTO switchyard.task_events (task_id, number, type, data) SELECT id, last_event, $4, $5::jsonb FROM back
  )
  SELECT assigned_arm, priority FROM back`;

/** Back to the queue for another attempt; null when a cancel came in between. */
async function putBack(
  transaction: SqlTransaction,
  taskId: string,
  attempt: number,
  write: Extract<AttemptWrite, { kind: 'retry' | 'release' }>,
  spentMs: number,
): Promise<NewJob | null> {
  const isRetry = write.kind === 'retry';
  const jobId = randomUUID();
  const data = isRetry ? { attempt, error: write.error, retry_at: write.retryAt.toISOString() } : { attempt };
  const { rows } = await transaction.query<Pick<TaskRow, 'assigned_arm' | 'priority'>>(PUT_BACK, [
    taskId,
    attempt,
    isRetry ? 1 : 0,
    isRetry ? 'task-retried' : 'task-released',
    JSON.stringify(data),
    spentMs,
    jobId,
  ]);
  const row = rows[0];
  if (row === undefined) return null;
  return {
    id: jobId,
    taskId,
    arm: row.assigned_arm,
    priority: PRIORITIES.indexOf(row.priority),
    startAfter: isRetry ? write.retryAt : null,
  };
}

const WRITE_PROGRESS = `
  WITH reported AS (
    UPDATE switchyard.tasks
       SET progress = $3::jsonb, updated_at = now(), last_event = last_event + CASE WHEN last_event < ${EVENTS_LIMIT} THEN 1 ELSE 0 END
     WHERE id = $1 AND attempt = $2 AND status = 'processing'
     RETURNING id, last_event
  ), event AS (
    INSERT INTO switchyard.task_events (task_id, number, type, data)
    SELECT id, last_event, 'task-progressed', jsonb_build_object('progress', $3::jsonb) FROM reported
    ON CONFLICT (task_id, number) DO NOTHING
  )
  SELECT 1 FROM reported`;

export async function writeProgress(database: Database, attempt: AttemptRef, progress: JsonValue): Promise<boolean> {
  const { rowCount } = await database.query(WRITE_PROGRESS, [
    attempt.taskId,
    attempt.attempt,
    JSON.stringify(progress),
  ]);
  return rowCount === 1;
}
