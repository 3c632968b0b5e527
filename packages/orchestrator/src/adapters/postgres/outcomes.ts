/**
 * The outcomes of attempts, many in one transaction. An attempt that is no longer the current one, or whose job went to
 * another, writes nothing and leaves the job alone.
 */
import { randomUUID } from 'node:crypto';
import type { EventType, JsonValue, TaskError } from '../../contract/index.ts';
import type { AttemptRef, AttemptWrite, WrittenBeside } from '../../ports/store.ts';
import { isHeldBy, JOBS, queueName } from '../pg-boss/job-rows.ts';
import type { Database, Prepared, SqlTransaction } from './database.ts';
import { enqueueJobs, type NewJob } from './jobs.ts';
import type { TaskRow } from './rows.ts';
import { insertTranscripts, keepTranscripts, transcriptRecord } from './transcripts.ts';

export interface Outcome {
  readonly attempt: AttemptRef;
  readonly write: AttemptWrite;
  readonly spentMs: number;
  readonly beside?: WrittenBeside;
}

type PutBack = Extract<AttemptWrite, { kind: 'retry' | 'release' | 'reroute' }>;
type PutBackOutcome = Outcome & { readonly write: PutBack };

/** @returns for each outcome whether it was written */
export async function finishAttempts(database: Database, outcomes: readonly Outcome[]): Promise<boolean[]> {
  const first = new Map<string, Outcome>();
  // Of two outcomes of one holding the earlier counts; the statements below take each job once.
  for (const outcome of outcomes) {
    const { id } = outcome.attempt.job;
    if (!first.has(id)) first.set(id, outcome);
  }
  const putBacks = [...first.values()].filter((outcome): outcome is PutBackOutcome => isPutBack(outcome.write));
  const terminal = [...first.values()].flatMap((outcome) => terminalOf(outcome) ?? []);
  const written = new Set<string>();
  const endAll = async (on: Pick<Database, 'query'>): Promise<void> => {
    for (const id of await endHeld(on, terminal)) written.add(id);
  };
  if (putBacks.length === 0) await endAll(database);
  else {
    await database.transaction(async (transaction) => {
      if (terminal.length > 0) await endAll(transaction);
      for (const id of await putBackHeld(transaction, putBacks)) written.add(id);
    });
  }
  return outcomes.map(
    (outcome) => first.get(outcome.attempt.job.id) === outcome && written.has(outcome.attempt.taskId),
  );
}

function isPutBack(write: AttemptWrite): write is PutBack {
  return write.kind === 'retry' || write.kind === 'release' || write.kind === 'reroute';
}

/** How a task ends. */
export interface Terminal {
  readonly taskId: string;
  /** Its current attempt; another one writes nothing. */
  readonly attempt: number;
  readonly status: 'completed' | 'failed' | 'cancelled';
  readonly result?: JsonValue;
  readonly error?: TaskError;
  readonly usage?: object | null;
  readonly costUsd?: number | null;
  /** The result is there, and its budget was used up for it: in words. */
  readonly overBudget?: string;
  readonly spentMs?: number;
}

type HeldTerminal = Terminal & Pick<AttemptRef, 'job'> & { readonly beside: WrittenBeside };

function terminalOf({ attempt: { taskId, attempt, job }, write, spentMs, beside = {} }: Outcome): HeldTerminal | null {
  const ended = { taskId, attempt, job, spentMs, beside };
  switch (write.kind) {
    case 'complete':
      return { ...ended, ...write, status: 'completed' };
    case 'fail':
      return { ...ended, status: 'failed', error: write.error };
    case 'cancel':
      return { ...ended, status: 'cancelled' };
    case 'retry':
    case 'release':
    case 'reroute':
      return null;
  }
}

/** What is written beside an outcome, by statements of their own in its statement: most outcomes have none. */
const BESIDE = `, kept AS (
    ${insertTranscripts('ended')}
  ), used AS (
    INSERT INTO switchyard.budget_use AS u (task_id, calls, input_tokens, output_tokens, cost, unknown_prices)
    SELECT id, 1, used_input, used_output, COALESCE(used_cost, 0), (used_cost IS NULL)::int
      FROM ended WHERE used_input IS NOT NULL
    ON CONFLICT (task_id) DO UPDATE
       SET calls = u.calls + 1, input_tokens = u.input_tokens + excluded.input_tokens,
           output_tokens = u.output_tokens + excluded.output_tokens, cost = u.cost + excluded.cost,
           unknown_prices = u.unknown_prices + excluded.unknown_prices
  )`;

/** `held` are the rows of `batch` that may be written. */
function endTasks(held: string, beside = ''): string {
  return `
  WITH batch AS (
    SELECT * FROM jsonb_to_recordset($1::jsonb) AS b (
      task_id uuid, attempt int, status switchyard.task_status, result jsonb, error jsonb, usage jsonb, cost numeric,
      over_budget text, spent_ms bigint, queue text, job_id uuid, delivery int,
      transcript jsonb, used_input bigint, used_output bigint, used_cost numeric
    )
  ), held AS (${held}), ended AS (
    UPDATE switchyard.tasks AS t
       SET status = held.status, node_id = NULL, job_id = NULL, job_delivery = NULL, ended_at = now(), updated_at = now(),
           last_event = t.last_event + 1,
           processing_time_ms = CASE WHEN held.spent_ms IS NULL THEN t.processing_time_ms
                                     ELSE COALESCE(t.processing_time_ms, 0) + held.spent_ms END
      FROM held
     WHERE t.id = held.task_id AND t.attempt = held.attempt AND t.status::text IN ('pending', 'processing')
    RETURNING t.id, t.attempt, t.run_id, t.last_event, t.processing_time_ms, t.cancel_requested_at,
              held.transcript, held.used_input, held.used_output, held.used_cost,
              held.status, held.result, held.error, held.usage, held.cost, held.over_budget
  ), event AS (
    INSERT INTO switchyard.task_events (task_id, number, type, data)
    SELECT id, last_event, 'task-' || status,
           CASE status
             WHEN 'failed' THEN jsonb_build_object('error', error)
             WHEN 'cancelled' THEN jsonb_build_object('stopped_after_ms',
               round(extract(epoch FROM clock_timestamp() - COALESCE(cancel_requested_at, clock_timestamp())) * 1000))
             ELSE jsonb_strip_nulls(jsonb_build_object('over_budget', over_budget))
           END
      FROM ended
  )${beside}
  INSERT INTO switchyard.task_results (task_id, result, error, processing_time_ms, usage, cost)
  SELECT id, result, error, processing_time_ms,
         COALESCE(ended.usage, spent.usage),
         COALESCE(ended.cost, spent.cost)
    FROM ended
    -- What was spent on work that came to nothing was spent.
    LEFT JOIN LATERAL (
      SELECT jsonb_build_object('input_tokens', u.input_tokens, 'output_tokens', u.output_tokens) AS usage,
             CASE WHEN u.unknown_prices = 0 THEN u.cost END AS cost
        FROM switchyard.budget_use AS u WHERE u.task_id = ended.id AND ended.status <> 'completed' LIMIT 1
    ) AS spent ON true
  ON CONFLICT (task_id) DO UPDATE
     SET result = excluded.result, error = excluded.error, processing_time_ms = excluded.processing_time_ms,
         usage = excluded.usage, cost = excluded.cost, created_at = now()
  RETURNING task_id`;
}

/** Takes away the jobs whose holder and attempt are the current ones; only an open task has a job_id. */
const TAKE_HELD_JOBS = `
    DELETE FROM ${JOBS} AS j USING batch JOIN switchyard.tasks AS t ON t.id = batch.task_id
     WHERE ${isHeldBy('batch')} AND t.attempt = batch.attempt AND t.job_id = batch.job_id
    RETURNING batch.*`;

const END_HELD: Prepared = { name: 'end_held', text: endTasks(TAKE_HELD_JOBS) };
const END_HELD_WITH: Prepared = { name: 'end_held_with', text: endTasks(TAKE_HELD_JOBS, BESIDE) };
const END_UNHELD = endTasks('SELECT * FROM batch');

/** @returns the ids of the tasks that ended */
async function endHeld(on: Pick<Database, 'query'>, terminals: readonly HeldTerminal[]): Promise<string[]> {
  const batch = terminals.map((one) => ({
    ...recordOf(one),
    queue: queueName(one.job.arm),
    job_id: one.job.id,
    delivery: one.job.delivery,
    ...besideOf(one.beside),
  }));
  const isPlain = terminals.every(({ beside }) => beside.transcript === undefined && beside.use === undefined);
  const statement = isPlain ? END_HELD : END_HELD_WITH;
  const { rows } = await on.query<{ task_id: string }>(statement, [JSON.stringify(batch)]);
  return rows.map((row) => row.task_id);
}

/** Ends a task whose job, if there is one, the caller sees to. @returns false when its attempt is another */
export async function writeTerminal(transaction: SqlTransaction, terminal: Terminal): Promise<boolean> {
  return (await writeTerminals(transaction, [terminal])) === 1;
}

/** @returns how many ended */
export async function writeTerminals(transaction: SqlTransaction, terminals: readonly Terminal[]): Promise<number> {
  if (terminals.length === 0) return 0;
  const { rowCount } = await transaction.query(END_UNHELD, [JSON.stringify(terminals.map(recordOf))]);
  return rowCount;
}

function besideOf({ transcript, use }: WrittenBeside): object {
  return {
    ...(transcript !== undefined && { transcript: transcriptRecord(transcript) }),
    ...(use !== undefined && {
      used_input: Math.round(use.inputTokens),
      used_output: Math.round(use.outputTokens),
      used_cost: use.costUsd,
    }),
  };
}

function recordOf(terminal: Terminal): object {
  return {
    task_id: terminal.taskId,
    attempt: terminal.attempt,
    status: terminal.status,
    result: terminal.result,
    error: terminal.error,
    usage: terminal.usage,
    cost: terminal.costUsd,
    over_budget: terminal.overBudget,
    spent_ms: terminal.spentMs,
  };
}

const PUT_BACK = `
  WITH batch AS (
    SELECT * FROM jsonb_to_recordset($1::jsonb) AS b (
      task_id uuid, attempt int, failures int, arm text, event text, data jsonb, spent_ms bigint, next_job_id uuid,
      queue text, job_id uuid, delivery int
    )
  ), held AS (${TAKE_HELD_JOBS}), back AS (
    UPDATE switchyard.tasks AS t
       SET status = 'pending', node_id = NULL, job_id = held.next_job_id,
           failures = CASE WHEN held.arm IS NULL THEN t.failures + held.failures ELSE 0 END,
           arms_tried = CASE WHEN held.arm IS NULL THEN t.arms_tried ELSE t.arms_tried || t.assigned_arm::text END,
           assigned_arm = COALESCE(held.arm, t.assigned_arm),
           job_delivery = NULL, updated_at = now(), last_event = t.last_event + 1,
           processing_time_ms = COALESCE(t.processing_time_ms, 0) + held.spent_ms
      FROM held
     WHERE t.id = held.task_id AND t.attempt = held.attempt AND t.status::text = 'processing' AND t.cancel_requested_at IS NULL
    RETURNING t.id, t.last_event, t.assigned_arm, t.priority, t.created_at, held.event, held.data
  ), event AS (
    INSERT INTO switchyard.task_events (task_id, number, type, data) SELECT id, last_event, event, data FROM back
  )
  SELECT held.task_id, back.assigned_arm, back.priority, back.created_at FROM held LEFT JOIN back ON back.id = held.task_id`;

interface PutBackRow {
  readonly task_id: string;
  /** Null, with the rest, where a cancel came in between. */
  readonly assigned_arm: string | null;
  readonly priority: TaskRow['priority'] | null;
  readonly created_at: Date | null;
}

/**
 * Back to a queue for another attempt, of the same arm or of the next; a task for which a cancel came in between ends as cancelled.
 *
 * @returns the ids of the tasks that were written
 */
async function putBackHeld(transaction: SqlTransaction, outcomes: readonly PutBackOutcome[]): Promise<string[]> {
  const byTask = new Map(outcomes.map((outcome) => [outcome.attempt.taskId, { ...outcome, nextJobId: randomUUID() }]));
  const batch = [...byTask.values()].map(({ attempt: { taskId, attempt, job }, write, spentMs, nextJobId }) => ({
    task_id: taskId,
    attempt,
    failures: write.kind === 'retry' ? 1 : 0,
    arm: write.kind === 'reroute' ? write.to : null,
    ...eventOf(write, attempt, job.arm),
    spent_ms: spentMs,
    next_job_id: nextJobId,
    queue: queueName(job.arm),
    job_id: job.id,
    delivery: job.delivery,
  }));
  const { rows } = await transaction.query<PutBackRow>(PUT_BACK, [JSON.stringify(batch)]);
  const isBack = new Set(rows.map((row) => row.task_id));
  const jobs: NewJob[] = [];
  for (const { task_id: taskId, assigned_arm: arm, priority, created_at: since } of rows) {
    const outcome = byTask.get(taskId);
    if (outcome === undefined) continue;
    const { attempt, write, spentMs, nextJobId } = outcome;
    if (arm === null || priority === null) {
      await writeTerminal(transaction, { taskId, attempt: attempt.attempt, status: 'cancelled', spentMs });
      continue;
    }
    const startAfter = write.kind === 'retry' ? write.retryAt : null;
    jobs.push({ id: nextJobId, taskId, arm, priority, startAfter, since: startAfter === null ? since : null });
  }
  await enqueueJobs(transaction, jobs);
  await keepTranscripts(
    transaction,
    [...byTask.values()].filter(({ attempt }) => isBack.has(attempt.taskId)),
  );
  return [...isBack];
}

function eventOf(write: PutBack, attempt: number, arm: string): { readonly event: EventType; readonly data: object } {
  switch (write.kind) {
    case 'retry':
      return { event: 'task-retried', data: { attempt, error: write.error, retry_at: write.retryAt.toISOString() } };
    case 'release':
      return { event: 'task-released', data: { attempt } };
    case 'reroute':
      return { event: 'task-rerouted', data: { attempt, from: arm, to: write.to, error: write.error } };
  }
}
