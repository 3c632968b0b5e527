/** How tasks end: their result, event and what goes beside it in one statement. */
import type { JsonValue, TaskError } from '../../contract/index.ts';
import type { AttemptRef, WrittenBeside } from '../../ports/store.ts';
import { isHeldBy, JOBS, queueName } from '../pg-boss/job-rows.ts';
import type { Database, Prepared, SqlTransaction } from './database.ts';
import { insertTranscripts, transcriptRecord } from './transcripts.ts';

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

/** Of an attempt. */
export type HeldTerminal = Terminal & Pick<AttemptRef, 'job'> & { readonly beside: WrittenBeside };

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

/**
 * CTEs that end the tasks of the batch in $1; `end_result` has the task_id of each.
 *
 * @param held the rows of `batch` that may be written
 */
function endTasks(held: string, beside = ''): string {
  return `
  batch AS (
    SELECT * FROM jsonb_to_recordset($1::jsonb) AS b (
      task_id uuid, attempt int, status switchyard.task_status, result jsonb, error jsonb, usage jsonb, cost numeric,
      over_budget text, spent_ms bigint, queue text, job_id uuid, delivery int,
      transcript jsonb, used_input bigint, used_output bigint, used_cost numeric
    )
    -- All of them: without a limit the planner counts with a hundred, for which it would rather read the whole queue.
    LIMIT jsonb_array_length($1::jsonb)
  ), let_go AS (${held}), ended AS (
    UPDATE switchyard.tasks AS t
       SET status = let_go.status, node_id = NULL, job_id = NULL, job_delivery = NULL, ended_at = now(), updated_at = now(),
           last_event = t.last_event + 1,
           processing_time_ms = CASE WHEN let_go.spent_ms IS NULL THEN t.processing_time_ms
                                     ELSE COALESCE(t.processing_time_ms, 0) + let_go.spent_ms END
      FROM let_go
     WHERE t.id = let_go.task_id AND t.attempt = let_go.attempt AND t.status::text IN ('pending', 'processing')
    RETURNING t.id, t.attempt, t.run_id, t.last_event, t.processing_time_ms, t.cancel_requested_at,
              let_go.transcript, let_go.used_input, let_go.used_output, let_go.used_cost,
              let_go.status, let_go.result, let_go.error, let_go.usage, let_go.cost, let_go.over_budget
  ), end_event AS (
    INSERT INTO switchyard.task_events (task_id, number, type, data)
    SELECT id, last_event, 'task-' || status,
           CASE status
             WHEN 'failed' THEN jsonb_build_object('error', error)
             WHEN 'cancelled' THEN jsonb_build_object('stopped_after_ms',
               round(extract(epoch FROM clock_timestamp() - COALESCE(cancel_requested_at, clock_timestamp())) * 1000))
             ELSE jsonb_strip_nulls(jsonb_build_object('over_budget', over_budget))
           END
      FROM ended
  )${beside}, end_result AS (
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
  RETURNING task_id
  )`;
}

/**
 * Takes away the jobs whose holder and attempt are the current ones; only an open task has a job_id. (It is compared by IS NOT
 * DISTINCT, so that a job is looked up by what the batch says, which is its whole key.)
 */
export const TAKE_HELD_JOBS = `
    DELETE FROM ${JOBS} AS j USING batch JOIN switchyard.tasks AS t ON t.id = batch.task_id
     WHERE ${isHeldBy('batch')} AND t.attempt = batch.attempt AND t.job_id IS NOT DISTINCT FROM batch.job_id
    RETURNING batch.*`;

const ENDED_IDS = 'SELECT task_id FROM end_result';

/** CTEs that end the tasks of attempts whose jobs are held; for a batch of which none has anything beside its outcome, and for others. */
export const END_HELD = { plain: endTasks(TAKE_HELD_JOBS), withBeside: endTasks(TAKE_HELD_JOBS, BESIDE) } as const;
const STATEMENTS: { readonly [kind in keyof typeof END_HELD]: Prepared } = {
  plain: { name: 'end_held', text: `WITH ${END_HELD.plain} ${ENDED_IDS}` },
  withBeside: { name: 'end_held_with', text: `WITH ${END_HELD.withBeside} ${ENDED_IDS}` },
};
const END_UNHELD = `WITH ${endTasks('SELECT * FROM batch')} ${ENDED_IDS}`;

/** @returns the ids of the tasks that ended */
export async function endHeld(on: Pick<Database, 'query'>, terminals: readonly HeldTerminal[]): Promise<string[]> {
  const { rows } = await on.query<{ task_id: string }>(STATEMENTS[kindOf(terminals)], [batchOf(terminals)]);
  return rows.map((row) => row.task_id);
}

export function kindOf(terminals: readonly HeldTerminal[]): keyof typeof END_HELD {
  const isPlain = terminals.every(({ beside }) => beside.transcript === undefined && beside.use === undefined);
  return isPlain ? 'plain' : 'withBeside';
}

/** $1 of the statements above. */
export function batchOf(terminals: readonly HeldTerminal[]): string {
  return JSON.stringify(
    terminals.map((one) => ({
      ...recordOf(one),
      queue: queueName(one.job.arm),
      job_id: one.job.id,
      delivery: one.job.delivery,
      ...besideOf(one.beside),
    })),
  );
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
