/**
 * Trees of tasks: what becomes of a parent when its children end, and the way of a cancel down a tree.
 *
 * A parent is locked before its children, and children that somebody else is writing are passed over: whoever writes them
 * brings them to an end or the next look finds them. So nothing here can deadlock with outcomes, and a crash at any point
 * leaves a parent that the next look settles.
 */
import { randomUUID } from 'node:crypto';
import type { ChildCounts, JsonValue } from '../../contract/index.ts';
import {
  type EndedChild,
  endTree,
  nextTreeStep,
  type TreeEnd,
  type TreeFacts,
  type TreePolicy,
} from '../../domain/tree.ts';
import type { ExceededBudget } from '../../ports/meter.ts';
import type { SettledTree, StoppedTasks, TreeStore } from '../../ports/trees.ts';
import type { Database, SqlTransaction } from './database.ts';
import { type Terminal, writeTerminal, writeTerminals } from './end-tasks.ts';
import { enqueueJobs } from './jobs.ts';
import type { ResultColumns, TaskRow } from './rows.ts';

/** Results that are put together into one; a result of a task may be as large. */
const LARGEST_AGGREGATE_BYTES = 16 * 1024 * 1024;
/** Parents that a look finds at once. */
const LOOK_LIMIT = 100;

type ParentRow = Pick<
  TaskRow,
  'id' | 'attempt' | 'assigned_arm' | 'priority' | 'parent_task_id' | 'cancel_requested_at'
> & {
  readonly tree: NonNullable<TaskRow['tree']>;
};

const LOCK_PARENT = `
  SELECT id, attempt, assigned_arm, priority, parent_task_id, cancel_requested_at, tree FROM switchyard.tasks
   WHERE id = $1 AND awaits_children AND status = 'processing' AND tree IS NOT NULL
     FOR UPDATE`;

/** By idx_tasks_parent. */
const COUNT_CHILDREN = `
  SELECT count(*) FILTER (WHERE status IN ('pending', 'processing'))::int AS open,
         count(*) FILTER (WHERE status = 'completed')::int AS completed,
         count(*) FILTER (WHERE status IN ('failed', 'cancelled'))::int AS failed
    FROM switchyard.tasks WHERE parent_task_id = $1 AND tree_index IS NOT NULL`;

export function createTreeStore(database: Database): TreeStore {
  return {
    settle: (parentId) => settleTree(database, parentId),
    unsettled: () => findUnsettledTrees(database),
    exceed: async (parentId, error) => {
      await database.query(
        `UPDATE switchyard.tasks SET tree = tree || jsonb_build_object('exceeded', $2::jsonb)
          WHERE id = $1 AND awaits_children AND status = 'processing' AND NOT tree ? 'exceeded'`,
        [parentId, JSON.stringify(error)],
      );
    },
    overtime: () => findOvertime(database),
  };
}

async function settleTree(database: Database, parentId: string): Promise<SettledTree> {
  return database.transaction(async (transaction): Promise<SettledTree> => {
    const parent = (await transaction.query<ParentRow>(LOCK_PARENT, [parentId])).rows[0];
    if (parent === undefined) return { kind: 'nothing' };
    const counts = (
      await transaction.query<Pick<TreeFacts, 'open' | 'completed' | 'failed'>>(COUNT_CHILDREN, [parentId])
    ).rows[0];
    if (counts === undefined) return { kind: 'nothing' };
    const facts: TreeFacts = { ...counts, ...policyOf(parent) };
    switch (nextTreeStep(facts)) {
      case 'wait':
        return { kind: 'nothing' };
      case 'cancel-rest':
        return { kind: 'stopping', ...(await stopBelow(transaction, parentId)) };
      case 'end':
        return endParent(transaction, parent, await decideEnd(transaction, parentId, facts));
    }
  });
}

function policyOf({ tree, cancel_requested_at }: ParentRow): TreePolicy {
  return {
    aggregate: tree.aggregate,
    onChildFailure: tree.on_child_failure,
    cancelRequested: cancel_requested_at !== null,
    exceeded: tree.exceeded ?? null,
  };
}

async function decideEnd(transaction: SqlTransaction, parentId: string, facts: TreeFacts): Promise<TreeEnd> {
  const { rows: sizes } = await transaction.query<{ bytes: string }>(
    `SELECT COALESCE(sum(pg_column_size(r.result)), 0) AS bytes
       FROM switchyard.tasks AS t JOIN switchyard.task_results AS r ON r.task_id = t.id
      WHERE t.parent_task_id = $1 AND t.tree_index IS NOT NULL`,
    [parentId],
  );
  const bytes = Number(sizes[0]?.bytes ?? 0);
  if (bytes > LARGEST_AGGREGATE_BYTES) {
    const message = `the results of its subtasks are ${bytes} bytes together; at most ${LARGEST_AGGREGATE_BYTES} are put together into one`;
    return { kind: 'fail', error: { code: 'aggregate_failed', message } };
  }
  const { rows } = await transaction.query<Pick<TaskRow, 'id' | 'status'> & Pick<ResultColumns, 'result' | 'error'>>(
    `SELECT t.id, t.status, r.result, r.error
       FROM switchyard.tasks AS t LEFT JOIN switchyard.task_results AS r ON r.task_id = t.id
      WHERE t.parent_task_id = $1 AND t.tree_index IS NOT NULL
      ORDER BY ${facts.aggregate.by === 'first' ? 't.ended_at, t.tree_index' : 't.tree_index'}`,
    [parentId],
  );
  const children: EndedChild[] = rows.map(({ id, status, result, error }) => ({ taskId: id, status, result, error }));
  return endTree(facts, children);
}

async function endParent(transaction: SqlTransaction, parent: ParentRow, end: TreeEnd): Promise<SettledTree> {
  const { id: taskId, attempt, parent_task_id: above } = parent;
  await transaction.query('UPDATE switchyard.tasks SET awaits_children = false WHERE id = $1', [taskId]);
  if (end.kind === 'reduce') return reduce(transaction, parent, end.children);
  const terminal = { ...terminalOf(end, { taskId, attempt }), ...(await usedBelow(transaction, taskId)) };
  await writeTerminal(transaction, terminal);
  return { kind: 'ended', status: terminal.status, parentTaskId: above };
}

/** What its children used, summed; a price that any of them does not know is not known of the whole. */
async function usedBelow(transaction: SqlTransaction, parentId: string): Promise<Pick<Terminal, 'usage' | 'costUsd'>> {
  const { rows } = await transaction.query<{ input: string | null; output: string | null; cost: string | null }>(
    `SELECT sum((r.usage ->> 'input_tokens')::bigint) AS input, sum((r.usage ->> 'output_tokens')::bigint) AS output,
            CASE WHEN bool_or(r.cost IS NULL AND t.status = 'completed') THEN NULL ELSE sum(r.cost) END AS cost
       FROM switchyard.tasks AS t JOIN switchyard.task_results AS r ON r.task_id = t.id
      WHERE t.parent_task_id = $1 AND t.tree_index IS NOT NULL`,
    [parentId],
  );
  const { input = null, output = null, cost = null } = rows[0] ?? {};
  const usage =
    input === null && output === null ? null : { input_tokens: Number(input), output_tokens: Number(output) };
  return { usage, costUsd: cost === null ? null : Number(cost) };
}

function terminalOf(end: Exclude<TreeEnd, { kind: 'reduce' }>, task: Pick<Terminal, 'taskId' | 'attempt'>): Terminal {
  switch (end.kind) {
    case 'complete':
      return { ...task, status: 'completed', result: end.result };
    case 'fail':
      return { ...task, status: 'failed', error: end.error };
    case 'cancel':
      return { ...task, status: 'cancelled' };
  }
}

/** From now on it is a task like any other, of its own arm; a second time the same, with the children's newer results. */
async function reduce(transaction: SqlTransaction, parent: ParentRow, children: JsonValue): Promise<SettledTree> {
  const jobId = randomUUID();
  await transaction.query(
    `WITH ready AS (
       UPDATE switchyard.tasks
          SET status = 'pending', job_id = $2, updated_at = now(), last_event = last_event + 1,
              input = jsonb_build_object('children', $3::jsonb, 'input', CASE WHEN tree ? 'reducing' THEN input -> 'input' ELSE input END),
              tree = tree || '{"reducing": true}'
        WHERE id = $1
        RETURNING id, last_event
     )
     INSERT INTO switchyard.task_events (task_id, number, type) SELECT id, last_event, 'task-children-ended' FROM ready`,
    [parent.id, jobId, JSON.stringify(children)],
  );
  const { assigned_arm: arm, priority } = parent;
  await enqueueJobs(transaction, [{ id: jobId, taskId: parent.id, arm, priority, startAfter: null, since: null }]);
  return { kind: 'reducing', arm };
}

/** Tasks below it that have not ended and were not asked to; each level by idx_tasks_parent. */
const STOP_BELOW = `
  WITH RECURSIVE below AS (
    SELECT id FROM switchyard.tasks WHERE parent_task_id = $1 AND tree_index IS NOT NULL
    UNION ALL
    SELECT child.id FROM below JOIN switchyard.tasks AS child ON child.parent_task_id = below.id AND child.tree_index IS NOT NULL
  ), open AS (
    SELECT id, status, awaits_children, attempt FROM switchyard.tasks
     WHERE id IN (SELECT id FROM below) AND status IN ('pending', 'processing') AND cancel_requested_at IS NULL
     FOR UPDATE SKIP LOCKED
  ), asked AS (
    UPDATE switchyard.tasks AS t
       SET cancel_requested_at = clock_timestamp(), updated_at = now(), last_event = last_event + 1
      FROM open WHERE t.id = open.id
    RETURNING t.id, t.last_event, t.attempt, open.status, open.awaits_children
  ), event AS (
    INSERT INTO switchyard.task_events (task_id, number, type) SELECT id, last_event, 'task-cancel-requested' FROM asked
  )
  SELECT id, attempt, status, awaits_children FROM asked`;

/** Cancels what has not begun, and asks what runs to stop. */
export async function stopBelow(transaction: SqlTransaction, parentId: string): Promise<StoppedTasks> {
  const { rows } = await transaction.query<
    Pick<TaskRow, 'id' | 'attempt' | 'status'> & { readonly awaits_children: boolean }
  >(STOP_BELOW, [parentId]);
  const waiting = rows.filter(({ status }) => status === 'pending');
  await writeTerminals(
    transaction,
    waiting.map(({ id: taskId, attempt }) => ({ taskId, attempt, status: 'cancelled' })),
  );
  return {
    cancelled: waiting.map(({ id }) => id),
    running: rows
      .filter(({ status, awaits_children }) => status === 'processing' && !awaits_children)
      .map(({ id }) => id),
    parents: rows.filter(({ awaits_children }) => awaits_children).map(({ id }) => id),
  };
}

/**
 * Parents for which there is something to do (by the rules of domain/tree.ts: one that had nothing would take the place of
 * another in every look), by idx_tasks_awaiting: the backstop for whoever did not come to say so.
 * A parent comes before the parent that it is a child of.
 */
const UNSETTLED = `
  SELECT p.id FROM switchyard.tasks AS p
   WHERE p.awaits_children AND p.status = 'processing'
     AND (
       NOT EXISTS (
         SELECT FROM switchyard.tasks AS c
          WHERE c.parent_task_id = p.id AND c.tree_index IS NOT NULL AND c.status IN ('pending', 'processing')
       )
       OR (
         (p.cancel_requested_at IS NOT NULL OR p.tree ? 'exceeded'
           OR (p.tree #>> '{aggregate,by}' = 'first' AND EXISTS (
             SELECT FROM switchyard.tasks AS c
              WHERE c.parent_task_id = p.id AND c.tree_index IS NOT NULL AND c.status = 'completed'))
           OR (p.tree ->> 'on_child_failure' = 'cancel-rest' AND p.tree #>> '{aggregate,by}' NOT IN ('any', 'first') AND EXISTS (
             SELECT FROM switchyard.tasks AS c
              WHERE c.parent_task_id = p.id AND c.tree_index IS NOT NULL AND c.status IN ('failed', 'cancelled'))))
         AND EXISTS (
           SELECT FROM switchyard.tasks AS c
            WHERE c.parent_task_id = p.id AND c.tree_index IS NOT NULL AND c.status IN ('pending', 'processing')
              AND c.cancel_requested_at IS NULL)
       )
     )
   LIMIT ${LOOK_LIMIT}`;

async function findUnsettledTrees(database: Database): Promise<string[]> {
  const { rows } = await database.query<{ id: string }>(UNSETTLED);
  return rows.map(({ id }) => id);
}

export async function countChildren(database: Database, parentId: string): Promise<ChildCounts> {
  const { rows } = await database.query<{ status: TaskRow['status']; count: number }>(
    `SELECT status, count(*)::int AS count FROM switchyard.tasks
      WHERE parent_task_id = $1 AND tree_index IS NOT NULL GROUP BY status`,
    [parentId],
  );
  const counts = { total: 0, pending: 0, processing: 0, completed: 0, failed: 0, cancelled: 0 };
  for (const { status, count } of rows) {
    counts[status] = count;
    counts.total += count;
  }
  return counts;
}

/**
 * Parents below which more seconds were worked than their budget allows, those of attempts under way too. What was worked
 * before a retry that was asked for is no part of it.
 */
const OVERTIME = `
  WITH RECURSIVE below AS (
    SELECT id AS parent, id FROM switchyard.tasks WHERE awaits_children AND status = 'processing' AND NOT tree ? 'exceeded'
    UNION ALL
    SELECT below.parent, child.id FROM below JOIN switchyard.tasks AS child ON child.parent_task_id = below.id
     WHERE child.tree_index IS NOT NULL
  ), worked AS (
    SELECT below.parent, t.id,
           (COALESCE(t.processing_time_ms, 0) + CASE WHEN t.node_id IS NULL THEN 0
             ELSE extract(epoch FROM clock_timestamp() - t.attempt_started_at) * 1000 END) / 1000 AS seconds
      FROM below JOIN switchyard.tasks AS t ON t.id = below.id
     WHERE t.tree IS NULL
  )
  SELECT p.id, (p.budget ->> 'max_time_seconds')::float8 AS allowed,
         (sum(worked.seconds) - COALESCE((p.tree ->> 'worked_before')::numeric, 0))::float8 AS used,
         (array_agg(jsonb_build_object('taskId', worked.id, 'used', round(worked.seconds, 1)) ORDER BY worked.seconds DESC))[1:3] AS by
    FROM worked JOIN switchyard.tasks AS p ON p.id = worked.parent
   GROUP BY p.id
  HAVING sum(worked.seconds) - COALESCE((p.tree ->> 'worked_before')::numeric, 0) > (p.budget ->> 'max_time_seconds')::float8
   LIMIT ${LOOK_LIMIT}`;

async function findOvertime(database: Database): Promise<ExceededBudget[]> {
  const { rows } = await database.query<{
    id: string;
    allowed: number;
    used: number;
    by: { taskId: string; used: number }[];
  }>(OVERTIME);
  return rows.map(({ id, allowed, used, by }) => ({
    taskId: id,
    limit: 'max_time_seconds',
    allowed,
    used: Math.round(used * 10) / 10,
    by,
  }));
}
