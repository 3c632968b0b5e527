/** Removing what was kept long enough: one small transaction a call, by the order in which tasks ended. */
import type { Retention } from '../../domain/retention.ts';
import type { RemovedSome, RetainedKind, RetentionCursor, RetentionStore } from '../../ports/retention.ts';
import type { Database, SqlTransaction } from './database.ts';

/** Removing is one node's work at a time. */
const RETENTION_LOCK = 7_349_203;
const BATCH = 500;
const ROWS_BATCH = 5_000;

type Remove = (transaction: SqlTransaction, keep: Retention, from: RetentionCursor | null) => Promise<RemovedSome>;

export function createRetentionStore(database: Database): RetentionStore {
  return {
    removeSome: (kind, keep, from) =>
      database.transaction(async (transaction) => {
        const { rows } = await transaction.query<{ is_ours: boolean }>(
          'SELECT pg_try_advisory_xact_lock($1) AS is_ours',
          [RETENTION_LOCK],
        );
        return rows[0]?.is_ours ? REMOVE[kind](transaction, keep, from) : null;
      }),
  };
}

const REMOVE: { readonly [kind in RetainedKind]: Remove } = {
  tasks: (transaction, keep, from) =>
    keep.tasks === null && keep.failed === null
      ? NOTHING
      : walkEnded(transaction, DELETE_TASKS, [keep.tasks, keep.failed], from),
  events: (transaction, { events }, from) =>
    events === null ? NOTHING : walkEnded(transaction, DELETE_EVENTS, [events, events], from),
  screen_log: (transaction, { screenLog }) =>
    screenLog === null ? NOTHING : deleteRows(transaction, DELETE_SCREEN_LOG, [screenLog]),
  transcripts: (transaction) => deleteRows(transaction, DELETE_TRANSCRIPTS, []),
  idempotency_keys: (transaction) => deleteRows(transaction, DELETE_KEYS, []),
};

const NOTHING: Promise<RemovedSome> = Promise.resolve({ removed: 0, next: null });

/**
 * The next ended tasks behind the cursor (microseconds since 1970 and id of the last one looked at), by idx_tasks_ended_at,
 * as far as the shorter of the two times: $1 for all, $2 for failed ones.
 */
const ENDED_PAGE = `
  page AS MATERIALIZED (
    SELECT id, ended_at FROM switchyard.tasks
     WHERE ended_at < now() - LEAST($1::bigint, $2::bigint) * interval '1 second'
       AND (ended_at, id) > (timestamptz 'epoch' + $3::bigint * interval '1 microsecond', $4::uuid)
     ORDER BY ended_at, id
     LIMIT ${BATCH}
  )`;

const PAGE_END = `
  (SELECT count(*) FROM removed) AS removed, (SELECT count(*) FROM page) AS looked_at,
  (SELECT (extract(epoch FROM ended_at) * 1000000)::bigint || '|' || id FROM page ORDER BY ended_at DESC, id DESC LIMIT 1) AS next`;

/**
 * Results, events and keys go with their task. A null time compares to nothing: it stays. So does what a failed tree has made
 * while it may be tried again: its parent's result is put together of it.
 */
const DELETE_TASKS = `
  WITH ${ENDED_PAGE}, removed AS (
    DELETE FROM switchyard.tasks AS t USING page
     WHERE t.id = page.id
       AND t.ended_at < now() - (CASE t.status WHEN 'failed' THEN $2::bigint ELSE $1::bigint END) * interval '1 second'
       AND NOT EXISTS (SELECT FROM switchyard.tasks AS child WHERE child.parent_task_id = t.id)
       AND NOT EXISTS (
         SELECT FROM switchyard.tasks AS parent WHERE parent.id = t.parent_task_id AND parent.ended_at IS NULL
       )
       AND NOT EXISTS (
         SELECT FROM switchyard.tasks AS above
          WHERE above.id IN (t.parent_task_id, t.root_task_id) AND above.id <> t.id AND t.tree_index IS NOT NULL
            AND above.status::text = 'failed'
            AND ($2::bigint IS NULL OR above.ended_at >= now() - $2::bigint * interval '1 second')
       )
       AND NOT EXISTS (SELECT FROM switchyard.idempotency_keys AS k WHERE k.task_id = t.id AND k.expires_at > now())
    RETURNING 1
  )
  SELECT ${PAGE_END}`;

/** The last event stays, so that whoever asks still learns how the task ended. */
const DELETE_EVENTS = `
  WITH ${ENDED_PAGE}, removed AS (
    DELETE FROM switchyard.task_events AS e USING page, switchyard.tasks AS t
     WHERE t.id = page.id AND e.task_id = t.id AND e.number < t.last_event AND t.ended_at IS NOT NULL
    RETURNING 1
  )
  SELECT ${PAGE_END}`;

async function walkEnded(
  transaction: SqlTransaction,
  sql: string,
  times: readonly (number | null)[],
  from: RetentionCursor | null,
): Promise<RemovedSome> {
  const [at, id] = from?.split('|') ?? ['0', '00000000-0000-0000-0000-000000000000'];
  const { rows } = await transaction.query<{ removed: string; looked_at: string; next: string | null }>(sql, [
    ...times,
    at,
    id,
  ]);
  const row = rows[0];
  if (row === undefined || row.next === null) return { removed: 0, next: null };
  // Less than a page: the end is reached, and the next walk may begin behind it.
  return { removed: Number(row.removed), next: Number(row.looked_at) < BATCH ? null : row.next };
}

const DELETE_SCREEN_LOG = `
  DELETE FROM switchyard.screen_log
   WHERE id IN (
     SELECT id FROM switchyard.screen_log WHERE created_at < now() - $1::bigint * interval '1 second'
      ORDER BY created_at LIMIT ${ROWS_BATCH}
   )`;

/** By idx_idempotency_keys_expires_at; never waits for a submission that uses one again. */
const DELETE_KEYS = `
  DELETE FROM switchyard.idempotency_keys
   WHERE key IN (
     SELECT key FROM switchyard.idempotency_keys WHERE expires_at < now() LIMIT ${ROWS_BATCH} FOR UPDATE SKIP LOCKED
   )`;

/** By idx_transcripts_forsaken: those of a run stay, the others went with their task. */
const DELETE_TRANSCRIPTS = `
  DELETE FROM switchyard.transcripts
   WHERE id IN (
     SELECT id FROM switchyard.transcripts WHERE task_id IS NULL AND run_id IS NULL LIMIT ${ROWS_BATCH}
   )`;

async function deleteRows(transaction: SqlTransaction, sql: string, values: readonly unknown[]): Promise<RemovedSome> {
  const { rowCount } = await transaction.query(sql, values);
  return { removed: rowCount, next: rowCount < ROWS_BATCH ? null : '' };
}
