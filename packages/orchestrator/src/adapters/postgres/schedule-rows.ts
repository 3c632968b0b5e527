/** Rows of schedules and ticks, and what they are to the application. */
import type {
  MissedTicks,
  OnMissed,
  OnOverlap,
  TaskContract,
  TaskError,
  TaskStatus,
  TickKind,
  TickOutcome,
} from '../../contract/index.ts';
import type { Schedule, Tick } from '../../domain/schedule.ts';

export interface ScheduleRow {
  readonly id: string;
  readonly name: string;
  readonly cron: string;
  readonly time_zone: string;
  readonly task: TaskContract;
  readonly on_overlap: OnOverlap;
  readonly on_missed: OnMissed;
  readonly next_at: Date | null;
  readonly settled_until: Date;
  /** The driver gives what may be beyond a double as text. */
  readonly revision: string;
  readonly last_missed: MissedTicks | null;
  readonly submitted: string;
  readonly skipped: string;
  readonly missed: string;
  readonly refused: string;
  readonly created_at: Date;
  readonly updated_at: Date;
}

export interface TickRow {
  readonly tick_at: Date;
  readonly kind: TickKind;
  readonly outcome: TickOutcome;
  readonly reason: TaskError | null;
  readonly task_id: string | null;
  readonly task_status: TaskStatus | null;
  readonly missed: MissedTicks | null;
  readonly created_at: Date;
  readonly updated_at: Date;
}

/** Of a tick `k` with its task `t`. */
export const TICK_COLUMNS =
  'k.tick_at, k.kind, k.outcome, k.reason, k.task_id, t.status AS task_status, k.missed, k.created_at, k.updated_at';

export function scheduleOf(row: ScheduleRow): Schedule {
  return {
    id: row.id,
    name: row.name,
    cron: row.cron,
    timeZone: row.time_zone,
    task: row.task,
    onOverlap: row.on_overlap,
    onMissed: row.on_missed,
    nextAt: row.next_at,
    settledUntil: row.settled_until,
    revision: Number(row.revision),
    lastMissed: row.last_missed,
    counts: {
      submitted: Number(row.submitted),
      skipped: Number(row.skipped),
      missed: Number(row.missed),
      refused: Number(row.refused),
    },
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

export function tickOf(row: TickRow): Tick {
  return {
    at: row.tick_at,
    kind: row.kind,
    outcome: row.outcome,
    reason: row.reason,
    // It is made out before there is a task of that id.
    taskId: row.outcome === 'submitted' ? row.task_id : null,
    taskStatus: row.task_status,
    missed: row.missed,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
