/** Schedules on a real database, with a clock that is set by hand. */
import { createCalendar } from '../../src/adapters/cron/calendar.ts';
import { createScheduleStore } from '../../src/adapters/postgres/schedules.ts';
import { createCancel } from '../../src/app/cancel.ts';
import type { Periodic } from '../../src/app/periodic.ts';
import { startScheduler } from '../../src/app/scheduler.ts';
import { createSchedules, type Schedules, type ShownSchedule } from '../../src/app/schedules.ts';
import { createSubmit } from '../../src/app/submit.ts';
import { createSubmitTick } from '../../src/app/submit-tick.ts';
import { createSubmitTree } from '../../src/app/submit-tree.ts';
import { type ScheduleRequest, scheduleRequestSchema } from '../../src/contract/index.ts';
import type { ArmContract } from '../../src/ports/arm.ts';
import type { ScheduleStore } from '../../src/ports/schedules.ts';
import type { Screen } from '../../src/ports/screen.ts';
import {
  createHandDrivenArm,
  createHandDrivenScreen,
  createLocalSignals,
  createRecordingLogger,
  createRecordingMetrics,
  noTrees,
  type RecordingLogger,
} from '../../testing/index.ts';
import { openParts, type Parts } from '../adapters/postgres/parts.ts';

const NEVER_BY_ITSELF_MS = 2 ** 31 - 1;
export const REQUESTER = { requestId: 'request-1' };

export interface World extends AsyncDisposable, Pick<Parts, 'database' | 'store'> {
  readonly schedules: Schedules;
  readonly scheduleStore: ScheduleStore;
  readonly scheduler: Periodic;
  readonly arms: Map<string, ArmContract>;
  readonly logger: RecordingLogger;
  /** Ticks by what came of them. */
  readonly counted: { [outcome: string]: number };
  /** Sets the clock and lets the scheduler look. */
  readonly at: (time: string) => Promise<void>;
  readonly create: (different: Partial<ScheduleRequest>) => Promise<ShownSchedule>;
  /** The tasks that there are, oldest first. */
  readonly tasks: () => Promise<TaskFacts[]>;
  readonly end: (taskId: string) => Promise<void>;
}

interface TaskFacts {
  readonly id: string;
  readonly status: string;
  readonly metadata: unknown;
  readonly cancel_requested: boolean;
}

export interface WorldOptions {
  readonly screen?: Screen['screen'];
  /** Milliseconds for which a tick belongs to who tries it. Default: none. */
  readonly leaseMs?: number;
  /** Monotonic milliseconds. */
  readonly elapsed?: () => number;
}

/** A schedule each day at three, before whose first tick the clock stands. */
const START = '2026-03-02T00:00:00Z';
export const NIGHTLY: ScheduleRequest = {
  name: 'nightly',
  cron: '0 3 * * *',
  task: { goal: 'count the sheep', assigned_arm: 'test' },
};

export async function openWorld(
  databaseUrl: string,
  { screen, leaseMs = -1, elapsed }: WorldOptions = {},
): Promise<World> {
  await using opened = new AsyncDisposableStack();
  const { database, store } = opened.use(await openParts(databaseUrl));
  const scheduleStore = createScheduleStore(database);
  const [signals, logger, calendar] = [createLocalSignals(), createRecordingLogger(), createCalendar()];
  const arms = new Map<string, ArmContract>([['test', createHandDrivenArm()]]);
  const counted: World['counted'] = {};
  const metrics = {
    ...createRecordingMetrics(),
    ticked: (outcome: string, count: number) => void (counted[outcome] = (counted[outcome] ?? 0) + count),
  };
  const taking = { store, screen: createHandDrivenScreen(screen), arms, signals, metrics };
  const submitTick = createSubmitTick({
    ...{ submit: createSubmit(taking), submitTree: createSubmitTree(taking) },
    ...{ schedules: scheduleStore, metrics, logger },
  });
  let now = new Date(START);
  const clock = async (): Promise<Date> => now;
  const scheduler = startScheduler({
    ...{ schedules: scheduleStore, calendar, submitTick, metrics, logger, leaseMs },
    cancel: createCancel(store, signals, metrics, noTrees),
    intervalMs: NEVER_BY_ITSELF_MS,
    now: clock,
    ...(elapsed && { elapsed }),
  });
  opened.defer(() => scheduler.stop());
  const schedules = createSchedules({ ...taking, schedules: scheduleStore, calendar, submitTick, now: clock });
  const resources = opened.move();
  return {
    ...{ database, store, schedules, scheduleStore, scheduler, arms, logger, counted },
    at: async (time) => {
      now = new Date(time);
      await scheduler.pass();
    },
    create: (different) => schedules.create(scheduleRequestSchema.parse({ ...NIGHTLY, ...different }), REQUESTER),
    tasks: async () => {
      const { rows } = await database.query<TaskFacts>(
        `SELECT id, status, metadata, cancel_requested_at IS NOT NULL AS cancel_requested
           FROM switchyard.tasks WHERE parent_task_id IS NULL ORDER BY created_at, id`,
      );
      return rows;
    },
    end: async (taskId) => {
      await database.query(`UPDATE switchyard.tasks SET status = 'completed', ended_at = now() WHERE id = $1`, [
        taskId,
      ]);
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
