/** Reading tasks and events. */
import type { EventType, JsonValue, TaskEvent, TaskQuery } from '../../contract/index.ts';
import type { Task, TaskOverview } from '../../domain/task.ts';
import { CursorInvalid } from '../../ports/errors.ts';
import type { Database } from './database.ts';
import { type OverviewRow, overviewOf, type ResultColumns, type TaskRow, taskOf } from './rows.ts';
import { countChildren } from './trees.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Microseconds since 1970; seventeen digits reach the year 5138. */
const CURSOR_TIME = /^\d{1,17}$/;
/** Empty: in no tree. */
const CURSOR_PLACE = /^\d{0,9}$/;

/** Anything else is simply not the id of a task. */
export function isTaskId(text: string): boolean {
  return UUID.test(text);
}

const SELECT_TASK = `
  SELECT t.*, r.result, r.error, r.usage, r.cost
    FROM switchyard.tasks AS t
    LEFT JOIN switchyard.task_results AS r ON r.task_id = t.id`;

/** Bytes as stored; what is larger is for GET of the one task. */
const LISTED_JSON_LIMIT = 2_048;

/** Without the columns that may be large, which are not even read from disk then. */
const SELECT_OVERVIEW = `
  SELECT t.id, t.goal, t.status, t.priority, t.parent_task_id, t.assigned_arm, t.trace_id, t.attempt,
         t.processing_time_ms, t.cancel_requested_at, t.created_at, t.updated_at,
         CASE WHEN pg_column_size(t.metadata) <= ${LISTED_JSON_LIMIT} THEN t.metadata END AS metadata,
         CASE WHEN pg_column_size(t.progress) <= ${LISTED_JSON_LIMIT} THEN t.progress END AS progress,
         (extract(epoch FROM t.created_at) * 1000000)::bigint AS created_at_us, t.tree_index, r.error, r.usage, r.cost
    FROM switchyard.tasks AS t
    LEFT JOIN switchyard.task_results AS r ON r.task_id = t.id`;

export async function getTask(database: Database, taskId: string): Promise<Task | null> {
  if (!isTaskId(taskId)) return null;
  const { rows } = await database.query<TaskRow & ResultColumns>(`${SELECT_TASK} WHERE t.id = $1`, [taskId]);
  const row = rows[0];
  if (row === undefined) return null;
  const task = taskOf(row, row);
  return row.tree === null ? task : { ...task, children: await countChildren(database, taskId) };
}

/**
 * Newest first, by idx_tasks_created_at; subtasks by their place, and behind them what was handed in below the parent by itself,
 * by idx_tasks_parent. The cursor tells the last row's time (microseconds since 1970), id and, of a subtask, place.
 */
export async function listTasks(
  database: Database,
  query: TaskQuery,
): Promise<{ tasks: TaskOverview[]; nextCursor: string | null }> {
  const values: unknown[] = [];
  const where: string[] = [];
  const given = (value: unknown): string => `$${values.push(value)}`;
  const isOfParent = query.parent !== undefined;
  if (query.status !== undefined) where.push(`t.status = ${given(query.status)}`);
  if (isOfParent) where.push(`t.parent_task_id = ${given(query.parent)}`);
  if (query.arm !== undefined) where.push(`t.assigned_arm = ${given(query.arm)}`);
  if (query.q !== undefined) where.push(`t.goal ILIKE ${given(`%${query.q.replace(/[\\%_]/g, '\\$&')}%`)}`);
  if (query.cursor) where.push(behind(readCursor(query.cursor, isOfParent), isOfParent, given));
  const { rows } = await database.query<OverviewRow & PlaceRow>(
    `${SELECT_OVERVIEW}
     ${where.length === 0 ? '' : `WHERE ${where.join(' AND ')}`}
     ORDER BY ${isOfParent ? 't.tree_index, ' : ''}t.created_at DESC, t.id DESC
     LIMIT ${given(query.limit + 1)}`,
    values,
  );
  const page = rows.slice(0, query.limit);
  const last = page.at(-1);
  const more = rows.length > query.limit && last !== undefined;
  return { tasks: page.map(overviewOf), nextCursor: more ? writeCursor(last, isOfParent) : null };
}

/** Where a row stands in a list. */
type PlaceRow = Pick<TaskRow, 'id' | 'tree_index'> & { readonly created_at_us: string };

/** The condition that leaves what comes after that row. */
function behind(last: PlaceRow, isOfParent: boolean, given: (value: unknown) => string): string {
  // Siblings have the time of their tree; their places alone tell them apart.
  if (last.tree_index !== null) return `(t.tree_index > ${given(last.tree_index)} OR t.tree_index IS NULL)`;
  const time = `timestamptz 'epoch' + ${given(last.created_at_us)}::bigint * interval '1 microsecond'`;
  const older = `(t.created_at, t.id) < (${time}, ${given(last.id)}::uuid)`;
  return isOfParent ? `t.tree_index IS NULL AND ${older}` : older;
}

function writeCursor({ created_at_us: createdAtUs, id, tree_index: place }: PlaceRow, isOfParent: boolean): string {
  const parts = isOfParent ? [createdAtUs, id, place ?? ''] : [createdAtUs, id];
  return Buffer.from(parts.join('|')).toString('base64url');
}

/** @throws CursorInvalid */
function readCursor(cursor: string, isOfParent: boolean): PlaceRow {
  const [createdAtUs = '', id = '', place] = Buffer.from(cursor, 'base64url').toString('utf8').split('|');
  const isOfThisList = isOfParent ? place !== undefined && CURSOR_PLACE.test(place) : place === undefined;
  if (!isTaskId(id) || !CURSOR_TIME.test(createdAtUs) || !isOfThisList) throw new CursorInvalid();
  return { created_at_us: createdAtUs, id, tree_index: place === undefined || place === '' ? null : Number(place) };
}

/** By the primary key (task_id, number). */
export async function readEvents(
  database: Database,
  taskId: string,
  after: number,
  limit: number,
): Promise<TaskEvent[]> {
  if (!isTaskId(taskId)) return [];
  const { rows } = await database.query<{
    number: number;
    type: EventType;
    data: { [key: string]: JsonValue };
    created_at: Date;
  }>(
    `SELECT number, type, data, created_at FROM switchyard.task_events
      WHERE task_id = $1 AND number > $2 ORDER BY number LIMIT $3`,
    [taskId, after, limit],
  );
  return rows.map((row) => ({
    task_id: taskId,
    number: row.number,
    type: row.type,
    at: row.created_at.toISOString(),
    data: row.data,
  }));
}
