/**
 * Ticks: each is written once, handed in once, and said to be so once.
 *
 * Invariants:
 * 1. A schedule's next tick and the ticks that came are written in one transaction, by the one node whose plan is of the
 *    schedule's present revision.
 * 2. A tick carries the id of its task from the beginning; whoever hands it in again makes no other.
 * 3. Locks are taken in this order: the schedule, then its ticks.
 */
import { randomUUID } from 'node:crypto';
import { TICKS_KEPT } from '../../contract/index.ts';
import { type OpenRuns, startOf, type TickPlan, type TickStart } from '../../domain/schedule.ts';
import type { DueTick, ManualTick, ScheduleStore, TakenTicks, TickEnd } from '../../ports/schedules.ts';
import type { Database, Prepared, SqlTransaction } from './database.ts';
import { type ScheduleRow, scheduleOf, TICK_COLUMNS, type TickRow, tickOf } from './schedule-rows.ts';

type TickStore = Pick<
  ScheduleStore,
  'due' | 'take' | 'takeManual' | 'release' | 'unwanted' | 'claim' | 'settle' | 'tick' | 'ticks'
>;

/** Of a tick `k` with its task `t`: it has not ended. */
const IS_OPEN = `(k.outcome IN ('due', 'waiting')
  OR (k.outcome = 'submitted' AND t.status IS NOT NULL AND t.status IN ('pending', 'processing')))`;
const TICKS_WITH_TASKS = 'switchyard.schedule_ticks AS k LEFT JOIN switchyard.tasks AS t ON t.id = k.task_id';

export function createTickStore(database: Database): TickStore {
  return {
    due: async (now, limit) => {
      const { rows } = await database.query<ScheduleRow>(
        'SELECT * FROM switchyard.schedules WHERE next_at <= $1 ORDER BY next_at DESC LIMIT $2',
        [now, limit],
      );
      return rows.map(scheduleOf);
    },
    take: (plan) => database.transaction((transaction) => take(transaction, plan)),
    takeManual: (name) => database.transaction((transaction) => takeManual(transaction, name)),
    release: () => release(database),
    unwanted: async () => {
      const { rows } = await database.query<{ id: string }>(UNWANTED);
      return rows.map(({ id }) => id);
    },
    claim: async (limit, leaseMs) => {
      const { rows } = await database.query<DueRow>(CLAIM_TICKS, [limit, leaseMs]);
      return rows.map(dueTickOf);
    },
    settle: (tickId, end) => database.transaction((transaction) => settle(transaction, tickId, end)),
    tick: async (tickId) => {
      const { rows } = await database.query<TickRow>(
        `SELECT ${TICK_COLUMNS} FROM ${TICKS_WITH_TASKS} WHERE k.id = $1`,
        [tickId],
      );
      return rows[0] === undefined ? null : tickOf(rows[0]);
    },
    ticks: async (scheduleId, limit) => {
      const { rows } = await database.query<TickRow>(
        `SELECT ${TICK_COLUMNS} FROM ${TICKS_WITH_TASKS} WHERE k.schedule_id = $1
          ORDER BY k.created_at DESC, k.tick_at DESC, k.outcome = 'missed' LIMIT $2`,
        [scheduleId, limit],
      );
      return rows.map(tickOf);
    },
  };
}

/** The lock on the schedule: what reads behind it sees everything that was written under it. */
const LOCK_SCHEDULE: Prepared = {
  name: 'lock_schedule',
  text: `
  UPDATE switchyard.schedules
     SET revision = revision + 1, next_at = $3, settled_until = GREATEST(settled_until, $4::timestamptz)
   WHERE id = $1 AND revision = $2 AND next_at IS NOT NULL
  RETURNING *`,
};

async function take(transaction: SqlTransaction, plan: TickPlan): Promise<TakenTicks | null> {
  const { scheduleId, revision, nextAt, settledUntil, missed, runs } = plan;
  const locked = await transaction.query<ScheduleRow>(LOCK_SCHEDULE, [scheduleId, revision, nextAt, settledUntil]);
  const [schedule] = locked.rows;
  if (schedule === undefined) return null;
  const taken: TakenTicks[number][] = [];
  if (missed !== null) {
    const at = new Date(missed.to);
    await insertTick(transaction, { scheduleId, at, kind: 'cron', outcome: 'missed', missed });
    taken.push({ at, kind: 'cron', outcome: 'missed' });
  }
  let skipped = 0;
  for (const { at, kind } of runs) {
    const start = startOf(schedule.on_overlap, await openRuns(transaction, scheduleId));
    const superseded = await supersede(transaction, scheduleId, start);
    taken.push(...superseded);
    skipped += superseded.length + (start.outcome === 'skipped' ? 1 : 0);
    await insertTick(transaction, { scheduleId, at, kind, ...start });
    taken.push({ at, kind, outcome: start.outcome });
  }
  await transaction.query(
    `UPDATE switchyard.schedules SET skipped = skipped + $2, missed = missed + $3, last_missed = COALESCE($4::jsonb, last_missed)
      WHERE id = $1`,
    [scheduleId, skipped, missed?.count ?? 0, missed === null ? null : JSON.stringify(missed)],
  );
  await prune(transaction, scheduleId);
  return taken;
}

async function takeManual(transaction: SqlTransaction, name: string): Promise<ManualTick> {
  const { rows } = await transaction.query<ScheduleRow & { now: Date }>(
    'SELECT *, clock_timestamp() AS now FROM switchyard.schedules WHERE name = $1 FOR UPDATE',
    [name],
  );
  const [row] = rows;
  if (row === undefined) return { kind: 'unknown' };
  const schedule = scheduleOf(row);
  const start = startOf(schedule.onOverlap, await openRuns(transaction, schedule.id));
  if (start.outcome === 'skipped') return { kind: 'busy', reason: start.reason };
  const superseded = await supersede(transaction, schedule.id, start);
  if (superseded.length > 0) {
    await transaction.query('UPDATE switchyard.schedules SET skipped = skipped + $2 WHERE id = $1', [
      schedule.id,
      superseded.length,
    ]);
  }
  const at = row.now;
  const { id, taskId } = await insertTick(transaction, { scheduleId: schedule.id, at, kind: 'manual', ...start });
  await prune(transaction, schedule.id);
  if (start.outcome === 'waiting') return { kind: 'waiting', id, superseded };
  return { kind: 'due', tick: { id, at, kind: 'manual', taskId, tries: 1, isSubmitted: false, schedule } };
}

async function openRuns(transaction: SqlTransaction, scheduleId: string): Promise<OpenRuns> {
  const { rows } = await transaction.query<OpenRuns>(
    `SELECT count(*) FILTER (WHERE k.outcome <> 'waiting')::int AS running,
            count(*) FILTER (WHERE k.outcome = 'waiting')::int AS waiting
       FROM ${TICKS_WITH_TASKS} WHERE k.schedule_id = $1 AND ${IS_OPEN}`,
    [scheduleId],
  );
  return rows[0] ?? { running: 0, waiting: 0 };
}

/** Of those that wait only the newest is wanted. @returns those that are not */
async function supersede(transaction: SqlTransaction, scheduleId: string, start: TickStart): Promise<TakenTicks> {
  if (start.outcome !== 'waiting' || !start.supersedes) return [];
  const reason = { code: 'superseded', message: 'a later tick came while it waited' };
  const { rows } = await transaction.query<Pick<TickRow, 'tick_at' | 'kind'>>(
    `UPDATE switchyard.schedule_ticks SET outcome = 'skipped', reason = $2, updated_at = now()
      WHERE schedule_id = $1 AND outcome = 'waiting' RETURNING tick_at, kind`,
    [scheduleId, JSON.stringify(reason)],
  );
  return rows.map(({ tick_at: at, kind }) => ({ at, kind, outcome: 'skipped' }));
}

interface NewTick {
  readonly scheduleId: string;
  readonly at: Date;
  readonly kind: TickRow['kind'];
  readonly outcome: TickRow['outcome'];
  readonly reason?: TickRow['reason'];
  readonly missed?: TickRow['missed'];
}

/** A manual one is being handed in by whoever asked for it, and claimed from the beginning. */
async function insertTick(
  transaction: SqlTransaction,
  { scheduleId, at, kind, outcome, reason, missed }: NewTick,
): Promise<{ id: string; taskId: string }> {
  const [id, taskId] = [randomUUID(), randomUUID()];
  const isClaimed = kind === 'manual' && outcome === 'due';
  await transaction.query(
    `INSERT INTO switchyard.schedule_ticks (id, schedule_id, tick_at, kind, outcome, reason, missed, task_id, tries, tried_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, CASE WHEN $9 = 1 THEN now() END)`,
    [
      id,
      scheduleId,
      at,
      kind,
      outcome,
      reason ? JSON.stringify(reason) : null,
      missed ? JSON.stringify(missed) : null,
      outcome === 'due' || outcome === 'waiting' ? taskId : null,
      isClaimed ? 1 : 0,
    ],
  );
  return { id, taskId };
}

/** What is still open stays beyond the number that is kept. */
async function prune(transaction: SqlTransaction, scheduleId: string): Promise<void> {
  await transaction.query(
    `DELETE FROM switchyard.schedule_ticks WHERE id IN (
       SELECT k.id FROM (
         SELECT * FROM switchyard.schedule_ticks WHERE schedule_id = $1
          ORDER BY created_at DESC, tick_at DESC, id OFFSET ${TICKS_KEPT}
       ) AS k LEFT JOIN switchyard.tasks AS t ON t.id = k.task_id WHERE NOT ${IS_OPEN}
     )`,
    [scheduleId],
  );
}

/** A paused schedule begins nothing but what was asked for by hand. */
const CAN_BEGIN = `k.outcome = 'waiting' AND (s.next_at IS NOT NULL OR k.kind = 'manual')`;

async function release(database: Database): Promise<void> {
  const { rows } = await database.query<{ id: string }>(
    `SELECT DISTINCT s.id FROM switchyard.schedule_ticks AS k JOIN switchyard.schedules AS s ON s.id = k.schedule_id
      WHERE ${CAN_BEGIN}`,
  );
  for (const { id } of rows) {
    await database.transaction(async (transaction) => {
      const locked = await transaction.query('SELECT FROM switchyard.schedules WHERE id = $1 FOR UPDATE SKIP LOCKED', [
        id,
      ]);
      if (locked.rowCount === 0 || (await openRuns(transaction, id)).running > 0) return;
      await transaction.query(
        `UPDATE switchyard.schedule_ticks SET outcome = 'due', updated_at = now() WHERE id = (
           SELECT k.id FROM switchyard.schedule_ticks AS k JOIN switchyard.schedules AS s ON s.id = k.schedule_id
            WHERE k.schedule_id = $1 AND ${CAN_BEGIN} ORDER BY k.tick_at, k.created_at LIMIT 1
         )`,
        [id],
      );
    });
  }
}

const UNWANTED = `
  SELECT DISTINCT t.id
    FROM switchyard.schedule_ticks AS waiting
    JOIN switchyard.schedules AS s ON s.id = waiting.schedule_id AND s.on_overlap = 'cancel-previous'
    JOIN switchyard.schedule_ticks AS k ON k.schedule_id = s.id AND k.outcome = 'submitted'
    JOIN switchyard.tasks AS t ON t.id = k.task_id
   WHERE waiting.outcome = 'waiting' AND t.status IN ('pending', 'processing') AND t.cancel_requested_at IS NULL`;

interface DueRow {
  readonly id: string;
  readonly tick_at: Date;
  readonly kind: TickRow['kind'];
  readonly task_id: string;
  readonly tries: number;
  readonly is_submitted: boolean;
  readonly schedule_id: string;
  readonly name: string;
  readonly task: ScheduleRow['task'];
}

const CLAIM_TICKS: Prepared = {
  name: 'claim_ticks',
  text: `
  WITH next AS (
    SELECT id FROM switchyard.schedule_ticks
     WHERE outcome = 'due' AND (tried_at IS NULL OR tried_at < now() - $2::int * interval '1 millisecond')
     ORDER BY tick_at LIMIT $1
       FOR UPDATE SKIP LOCKED
  ), claimed AS (
    UPDATE switchyard.schedule_ticks AS k SET tries = k.tries + 1, tried_at = now() FROM next WHERE k.id = next.id
    RETURNING k.*
  )
  SELECT c.id, c.tick_at, c.kind, c.task_id, c.tries, t.id IS NOT NULL AS is_submitted, s.id AS schedule_id, s.name, s.task
    FROM claimed AS c JOIN switchyard.schedules AS s ON s.id = c.schedule_id
    LEFT JOIN switchyard.tasks AS t ON t.id = c.task_id
   ORDER BY c.tick_at`,
};

function dueTickOf(row: DueRow): DueTick {
  return {
    id: row.id,
    at: row.tick_at,
    kind: row.kind,
    taskId: row.task_id,
    tries: row.tries,
    isSubmitted: row.is_submitted,
    schedule: { id: row.schedule_id, name: row.name, task: row.task },
  };
}

const SETTLE_TICK: Prepared = {
  name: 'settle_tick',
  text: `
  WITH settled AS (
    UPDATE switchyard.schedule_ticks SET outcome = $2, reason = $3, updated_at = now() WHERE id = $1 AND outcome = 'due'
    RETURNING schedule_id
  )
  UPDATE switchyard.schedules AS s
     SET submitted = submitted + ($2 = 'submitted')::int, refused = refused + ($2 = 'refused')::int
    FROM settled WHERE s.id = settled.schedule_id`,
};

async function settle(transaction: SqlTransaction, tickId: string, end: TickEnd): Promise<void> {
  await transaction.query(
    `SELECT FROM switchyard.schedules WHERE id = (SELECT schedule_id FROM switchyard.schedule_ticks WHERE id = $1) FOR UPDATE`,
    [tickId],
  );
  const reason = end.outcome === 'refused' ? JSON.stringify(end.reason) : null;
  await transaction.query(SETTLE_TICK, [tickId, end.outcome, reason]);
}
