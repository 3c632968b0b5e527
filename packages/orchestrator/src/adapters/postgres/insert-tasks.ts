/** The writing side of a group commit: many submissions, one transaction. */
import { randomUUID } from 'node:crypto';
import type { Inserted, NewTask, ScreenRecord } from '../../ports/store.ts';
import { insertJobsFrom } from '../pg-boss/job-rows.ts';
import type { Database, Prepared, SqlTransaction } from './database.ts';
import { insertRedactions } from './redactions.ts';

export interface InsertOptions {
  /** When any of them is refused, none is stored. */
  readonly together?: boolean;
  /** How long a key answers with the task that it made. */
  readonly keySeconds: number;
}

/**
 * One statement where that is enough: a batch in which no task claims a key or has a parent, and no screening found
 * anything. Else a transaction that looks first.
 */
export async function insertTasks(
  database: Database,
  tasks: readonly NewTask[],
  { together = false, keySeconds }: InsertOptions,
): Promise<Inserted[]> {
  if (tasks.every(isPlain)) {
    await insertRows(database, tasks);
    return tasks.map(({ spec }) => ({ kind: 'created', taskId: spec.id }));
  }
  return database.transaction(async (transaction) => {
    const verdicts = new Map<string, Inserted>();
    await refuseUnknownParents(transaction, tasks, verdicts);
    const fresh = tasks.filter((task) => !verdicts.has(task.spec.id));
    await replayKnownKeys(transaction, fresh, verdicts);
    const created = fresh.filter((task) => !verdicts.has(task.spec.id));
    const isRefused = together && [...verdicts.values()].some(({ kind }) => kind !== 'replayed');
    if (created.length > 0 && !isRefused) {
      await insertRows(transaction, created);
      await insertRedactions(transaction, created);
      await claimKeys(transaction, created, keySeconds, verdicts);
      await insertScreenRecords(
        transaction,
        created.map((task) => ({ ...task.screen, taskId: task.spec.id })),
      );
    }
    return tasks.map((task) => verdicts.get(task.spec.id) ?? { kind: 'created', taskId: task.spec.id });
  });
}

function isPlain({ spec, idempotency, screen, redactions }: NewTask): boolean {
  return spec.parentTaskId === null && idempotency === null && redactions === undefined && !leavesRecord(screen);
}

async function refuseUnknownParents(
  transaction: SqlTransaction,
  tasks: readonly NewTask[],
  verdicts: Map<string, Inserted>,
): Promise<void> {
  const beside = new Set(tasks.map(({ spec }) => spec.id));
  const parents = new Set(
    tasks.flatMap(({ spec: { parentTaskId } }) =>
      parentTaskId === null || beside.has(parentTaskId) ? [] : [parentTaskId],
    ),
  );
  if (parents.size === 0) return;
  const { rows } = await transaction.query<{ id: string }>(
    'SELECT id FROM switchyard.tasks WHERE id = ANY($1::uuid[]) FOR KEY SHARE',
    [[...parents]],
  );
  const known = new Set(rows.map((row) => row.id));
  for (const { spec } of tasks) {
    const { parentTaskId } = spec;
    if (parentTaskId !== null && !beside.has(parentTaskId) && !known.has(parentTaskId.toLowerCase())) {
      verdicts.set(spec.id, { kind: 'unknown-parent' });
    }
  }
}

/**
 * Takes each key of this batch by a transaction lock, never waiting for one that another transaction holds, then answers
 * those that are known. Expired keys are forgotten here.
 */
async function replayKnownKeys(
  transaction: SqlTransaction,
  tasks: readonly NewTask[],
  verdicts: Map<string, Inserted>,
): Promise<void> {
  const wanted = tasks.flatMap(({ idempotency }) => (idempotency === null ? [] : [idempotency.key]));
  if (wanted.length === 0) return;
  const taken = await transaction.query<{ key: string; is_ours: boolean }>(
    'SELECT key, pg_try_advisory_xact_lock(hashtextextended(key, 0)) AS is_ours FROM unnest($1::text[]) AS key',
    [wanted],
  );
  const ours = new Set(taken.rows.flatMap(({ key, is_ours }) => (is_ours ? [key] : [])));
  const keys = [...ours];
  await transaction.query(
    'DELETE FROM switchyard.idempotency_keys WHERE key = ANY($1::text[]) AND expires_at < now()',
    [keys],
  );
  const { rows } = await transaction.query<{ key: string; digest: string; task_id: string; expires_at: Date }>(
    'SELECT key, digest, task_id, expires_at FROM switchyard.idempotency_keys WHERE key = ANY($1::text[])',
    [keys],
  );
  const known = new Map(rows.map((row) => [row.key, row]));
  for (const { spec, idempotency } of tasks) {
    if (idempotency === null) continue;
    const used = known.get(idempotency.key);
    if (!ours.has(idempotency.key)) verdicts.set(spec.id, { kind: 'key-in-flight' });
    else if (used === undefined) continue;
    else if (![idempotency.digest, ...(idempotency.accepts ?? [])].includes(used.digest))
      verdicts.set(spec.id, { kind: 'key-reused' });
    else verdicts.set(spec.id, { kind: 'replayed', taskId: used.task_id, keyExpiresAt: used.expires_at });
  }
}

const INSERT_TASKS: Prepared = {
  name: 'insert_tasks',
  text: `
  WITH batch AS (
    SELECT * FROM jsonb_to_recordset($1::jsonb) AS task (
      id uuid, goal text, constraints jsonb, context text, acceptance_criteria jsonb, budget jsonb, priority text,
      parent_task_id uuid, assigned_arm text, input jsonb, metadata jsonb, trace_id text, span_id text,
      start_after timestamptz, max_attempts smallint, job_id uuid, tree jsonb, root_task_id uuid, tree_index int
    )
  ), inserted AS (
    INSERT INTO switchyard.tasks (
      id, goal, constraints, context, acceptance_criteria, budget, priority,
      parent_task_id, assigned_arm, input, metadata, trace_id, span_id, start_after, max_attempts, job_id, last_event,
      status, awaits_children, tree, root_task_id, tree_index
    )
    SELECT id, goal, constraints, context, acceptance_criteria, budget, priority::switchyard.task_priority,
           parent_task_id, assigned_arm, input, metadata, trace_id, span_id, start_after, max_attempts, job_id, 1,
           -- A parent is under way from the start: its children are its work, and no job stands for it.
           CASE WHEN job_id IS NULL THEN 'processing' ELSE 'pending' END::switchyard.task_status, job_id IS NULL,
           tree, root_task_id, tree_index
      FROM batch
  ), event AS (
    INSERT INTO switchyard.task_events (task_id, number, type, data)
    SELECT id, 1, 'task-submitted', jsonb_build_object('arm', assigned_arm) FROM batch
  )
  ${insertJobsFrom('(SELECT job_id, id AS task_id, assigned_arm AS arm, priority, start_after, NULL::timestamptz AS since FROM batch WHERE job_id IS NOT NULL)')}`,
};

async function insertRows(on: Pick<Database, 'query'>, tasks: readonly NewTask[]): Promise<void> {
  const batch = tasks.map(({ spec }) => ({
    id: spec.id,
    goal: spec.goal,
    constraints: spec.constraints,
    context: spec.context,
    acceptance_criteria: spec.acceptanceCriteria,
    budget: spec.budget,
    priority: spec.priority,
    parent_task_id: spec.parentTaskId,
    assigned_arm: spec.arm,
    input: spec.input,
    metadata: spec.metadata,
    trace_id: spec.traceId,
    span_id: spec.spanId,
    start_after: spec.startAfter,
    max_attempts: spec.maxAttempts,
    job_id: spec.tree?.parent ? null : randomUUID(),
    tree: spec.tree?.parent
      ? { aggregate: spec.tree.parent.aggregate, on_child_failure: spec.tree.parent.onChildFailure }
      : null,
    root_task_id: spec.tree?.rootTaskId ?? null,
    tree_index: spec.tree?.index ?? null,
  }));
  await on.query(INSERT_TASKS, [JSON.stringify(batch)]);
}

async function claimKeys(
  transaction: SqlTransaction,
  tasks: readonly NewTask[],
  keySeconds: number,
  verdicts: Map<string, Inserted>,
): Promise<void> {
  const claims = tasks.flatMap(({ spec, idempotency }) =>
    idempotency === null ? [] : [{ key: idempotency.key, digest: idempotency.digest, task_id: spec.id }],
  );
  if (claims.length === 0) return;
  const { rows } = await transaction.query<{ task_id: string; expires_at: Date }>(
    `INSERT INTO switchyard.idempotency_keys (key, digest, task_id, expires_at)
     SELECT key, digest, task_id, now() + $2::bigint * interval '1 second'
       FROM jsonb_to_recordset($1::jsonb) AS claim (key text, digest text, task_id uuid)
     RETURNING task_id, expires_at`,
    [JSON.stringify(claims), keySeconds],
  );
  for (const { task_id, expires_at } of rows) {
    verdicts.set(task_id, { kind: 'created', taskId: task_id, keyExpiresAt: expires_at });
  }
}

/** Only screenings that found something leave a row. */
function leavesRecord({ findings, status }: ScreenRecord): boolean {
  return findings.length > 0 || status === 'Blocked';
}

export async function insertScreenRecords(
  on: Pick<Database, 'query'>,
  records: readonly ScreenRecord[],
): Promise<void> {
  const found = records.filter(leavesRecord);
  if (found.length === 0) return;
  const batch = found.map((record) => ({
    task_id: record.taskId,
    arm: record.arm,
    status: record.status,
    findings: record.findings,
    request_id: record.requestId,
  }));
  await on.query(
    `INSERT INTO switchyard.screen_log (task_id, arm, status, findings, request_id)
     SELECT task_id, arm, status, findings, request_id
       FROM jsonb_to_recordset($1::jsonb) AS record (task_id uuid, arm text, status text, findings jsonb, request_id text)`,
    [JSON.stringify(batch)],
  );
}
