/** The port of schedules on PostgreSQL: what people ask of them. What the clock does stands in schedule-ticks.ts. */
import type { NewSchedule, ScheduleChanges, ScheduleStanding, ScheduleStore } from '../../ports/schedules.ts';
import type { Database } from './database.ts';
import { type ScheduleRow, scheduleOf, TICK_COLUMNS, type TickRow, tickOf } from './schedule-rows.ts';
import { createTickStore } from './schedule-ticks.ts';

/** That no two at once make the one schedule too many. */
const SCHEDULES_LOCK = 7_349_204;

export function createScheduleStore(database: Database): ScheduleStore {
  return {
    ...createTickStore(database),
    clock: async () => {
      const { rows } = await database.query<{ now: Date }>('SELECT clock_timestamp() AS now');
      const [row] = rows;
      if (row === undefined) throw new Error('a clock tells a time');
      return row.now;
    },
    create: (schedule, limit) => create(database, schedule, limit),
    list: () => read(database, 'ORDER BY s.name', []),
    get: async (name) => (await read(database, 'WHERE s.name = $1', [name]))[0] ?? null,
    change: (id, revision, changes) => change(database, id, revision, changes),
    remove: async (name) => {
      const { rowCount } = await database.query('DELETE FROM switchyard.schedules WHERE name = $1', [name]);
      return rowCount > 0;
    },
  };
}

async function create(
  database: Database,
  schedule: NewSchedule,
  limit: number,
): Promise<'created' | 'exists' | 'full'> {
  return database.transaction(async (transaction) => {
    await transaction.query('SELECT pg_advisory_xact_lock($1)', [SCHEDULES_LOCK]);
    const { rows } = await transaction.query<{ count: number; exists: boolean }>(
      'SELECT count(*)::int AS count, COALESCE(bool_or(name = $1), false) AS exists FROM switchyard.schedules',
      [schedule.name],
    );
    const [standing] = rows;
    if (standing?.exists) return 'exists';
    if ((standing?.count ?? 0) >= limit) return 'full';
    await transaction.query(
      `INSERT INTO switchyard.schedules (id, name, cron, time_zone, task, on_overlap, on_missed, next_at, settled_until)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      [
        schedule.id,
        schedule.name,
        schedule.cron,
        schedule.timeZone,
        JSON.stringify(schedule.task),
        schedule.onOverlap,
        schedule.onMissed,
        schedule.nextAt,
        schedule.settledUntil,
      ],
    );
    return 'created';
  });
}

interface StandingRow extends ScheduleRow {
  readonly waiting: number;
  readonly last_tick: string | null;
}

/** By idx_schedule_ticks_newest and idx_schedule_ticks_open. */
async function read(database: Database, which: string, values: readonly unknown[]): Promise<ScheduleStanding[]> {
  const { rows } = await database.query<StandingRow>(
    `SELECT s.*, last.id AS last_tick,
            (SELECT count(*) FROM switchyard.schedule_ticks AS k WHERE k.schedule_id = s.id AND k.outcome = 'waiting')::int AS waiting
       FROM switchyard.schedules AS s
       LEFT JOIN LATERAL (
         SELECT id FROM switchyard.schedule_ticks AS k WHERE k.schedule_id = s.id
          ORDER BY k.created_at DESC, k.tick_at DESC, k.outcome = 'missed' LIMIT 1
       ) AS last ON true
      ${which}`,
    values,
  );
  const ids = rows.flatMap(({ last_tick }) => (last_tick === null ? [] : [last_tick]));
  const ticks = await database.query<TickRow & { id: string }>(
    `SELECT k.id, ${TICK_COLUMNS} FROM switchyard.schedule_ticks AS k LEFT JOIN switchyard.tasks AS t ON t.id = k.task_id
      WHERE k.id = ANY($1::uuid[])`,
    [ids],
  );
  const byId = new Map(ticks.rows.map((row) => [row.id, tickOf(row)]));
  return rows.map((row) => ({
    schedule: scheduleOf(row),
    lastTick: byId.get(row.last_tick ?? '') ?? null,
    waiting: row.waiting,
  }));
}

async function change(
  database: Database,
  id: string,
  revision: number,
  { cron, timeZone, task, onOverlap, onMissed, nextAt }: ScheduleChanges,
): Promise<boolean> {
  const { rowCount } = await database.query(
    `UPDATE switchyard.schedules
        SET cron = COALESCE($3, cron), time_zone = COALESCE($4, time_zone), task = COALESCE($5::jsonb, task),
            on_overlap = COALESCE($6, on_overlap), on_missed = COALESCE($7, on_missed),
            next_at = CASE WHEN $8 THEN $9::timestamptz ELSE next_at END,
            revision = revision + 1, updated_at = now()
      WHERE id = $1 AND revision = $2`,
    [
      id,
      revision,
      cron,
      timeZone,
      task === undefined ? undefined : JSON.stringify(task),
      onOverlap,
      onMissed,
      nextAt !== undefined,
      nextAt,
    ],
  );
  return rowCount > 0;
}
