/** What people do with schedules. */
import { randomUUID } from 'node:crypto';
import {
  type FieldError,
  SCHEDULES_LIMIT,
  type ScheduleContract,
  type SchedulePatch,
  type TaskContract,
} from '../contract/index.ts';
import { cronFault } from '../domain/cron-text.ts';
import { nextFrom, type Tick } from '../domain/schedule.ts';
import { policyOf } from '../domain/screening.ts';
import type { Calendar, Recurrence } from '../ports/calendar.ts';
import type { ScheduleMetrics, ScheduleStanding, ScheduleStore } from '../ports/schedules.ts';
import { type CheckDependencies, checkNodes, ERRORS_LIMIT, submissionFaults } from './check-submission.ts';
import {
  RequestInvalid,
  ScheduleBusy,
  ScheduleContended,
  ScheduleExists,
  ScheduleUnknown,
  TaskBlocked,
  TooManySchedules,
} from './errors.ts';
import type { Requester } from './prepare-task.ts';
import type { SubmitTick } from './submit-tick.ts';
import { layFlat } from './tree-request.ts';

const UPCOMING = 3;
const CHANGE_TRIES = 5;

/** A schedule as it is shown. */
export interface ShownSchedule extends ScheduleStanding {
  readonly upcoming: readonly Date[];
}

/** Each method but `create` and `list` throws ScheduleUnknown. */
export interface Schedules {
  /** @throws RequestInvalid, TaskBlocked, ScreenUnavailable, ScheduleExists, TooManySchedules */
  create(contract: ScheduleContract, requester: Requester): Promise<ShownSchedule>;
  /** By name. */
  list(): Promise<ShownSchedule[]>;
  get(name: string): Promise<ShownSchedule>;
  /** @throws RequestInvalid, TaskBlocked, ScreenUnavailable, ScheduleContended */
  change(name: string, patch: SchedulePatch, requester: Requester): Promise<ShownSchedule>;
  remove(name: string): Promise<void>;
  /** @throws ScheduleBusy, and what a submission throws */
  run(name: string): Promise<Tick>;
  /** Newest first. */
  ticks(name: string, limit: number): Promise<Tick[]>;
}

export interface SchedulesDependencies extends CheckDependencies {
  readonly schedules: ScheduleStore;
  readonly calendar: Calendar;
  readonly submitTick: SubmitTick;
  readonly metrics: CheckDependencies['metrics'] & ScheduleMetrics;
  readonly newId?: () => string;
  /** Default: the clock of the database. */
  readonly now?: () => Promise<Date>;
}

export function createSchedules(dependencies: SchedulesDependencies): Schedules {
  const { schedules, calendar, submitTick, metrics, newId = randomUUID } = dependencies;
  const now = dependencies.now ?? (() => schedules.clock());
  const shown = (standing: ScheduleStanding): ShownSchedule => ({
    ...standing,
    upcoming: upcoming(standing, calendar),
  });
  const find = async (name: string): Promise<ScheduleStanding> => {
    const standing = await schedules.get(name);
    if (standing === null) throw new ScheduleUnknown(name);
    return standing;
  };

  return {
    create: async (contract, requester) => {
      const { name, cron, time_zone: timeZone, task, on_overlap: onOverlap, on_missed: onMissed, paused } = contract;
      const settledUntil = await now();
      const nextAt = nextOf({ cron, timeZone }, settledUntil, calendar, faultsOfTask(task, dependencies.arms));
      await screenName(name, requester, dependencies);
      await checkTask(task, requester, dependencies);
      const made = await schedules.create(
        {
          ...{ id: newId(), name, cron, timeZone, task, onOverlap, onMissed },
          ...{ nextAt: paused ? null : nextAt, settledUntil },
        },
        SCHEDULES_LIMIT,
      );
      if (made === 'exists') throw new ScheduleExists(name);
      if (made === 'full') throw new TooManySchedules(SCHEDULES_LIMIT);
      return shown(await find(name));
    },
    list: async () => (await schedules.list()).map(shown),
    get: async (name) => shown(await find(name)),
    change: async (name, patch, requester) => {
      const { task } = patch;
      for (let tries = 0; tries < CHANGE_TRIES; tries += 1) {
        const { schedule } = await find(name);
        const faults = task === undefined ? [] : faultsOfTask(task, dependencies.arms);
        const recurrence = { cron: patch.cron ?? schedule.cron, timeZone: patch.time_zone ?? schedule.timeZone };
        const nextAt = nextOf(recurrence, nextFrom(await now(), schedule.settledUntil), calendar, faults);
        if (task !== undefined && tries === 0) await checkTask(task, requester, dependencies);
        const isPaused = patch.paused ?? schedule.nextAt === null;
        const isSameTime = patch.cron === undefined && patch.time_zone === undefined && schedule.nextAt !== null;
        const isChanged = await schedules.change(schedule.id, schedule.revision, {
          ...{ ...recurrence, nextAt: isPaused ? null : isSameTime ? schedule.nextAt : nextAt },
          ...(task === undefined ? {} : { task }),
          ...(patch.on_overlap === undefined ? {} : { onOverlap: patch.on_overlap }),
          ...(patch.on_missed === undefined ? {} : { onMissed: patch.on_missed }),
        });
        if (isChanged) return shown(await find(name));
      }
      throw new ScheduleContended(name);
    },
    remove: async (name) => {
      if (!(await schedules.remove(name))) throw new ScheduleUnknown(name);
    },
    run: async (name) => {
      const taken = await schedules.takeManual(name);
      if (taken.kind === 'unknown') throw new ScheduleUnknown(name);
      if (taken.kind === 'busy') throw new ScheduleBusy(name, taken.reason.message);
      if (taken.kind === 'due') {
        const submission = await submitTick(taken.tick);
        if (submission.outcome === 'refused') throw submission.error;
      } else if (taken.superseded.length > 0) metrics.ticked('skipped', taken.superseded.length);
      const tick = await schedules.tick(taken.kind === 'due' ? taken.tick.id : taken.id);
      if (tick === null) throw new ScheduleUnknown(name);
      return tick;
    },
    ticks: async (name, limit) => schedules.ticks((await find(name)).schedule.id, limit),
  };
}

/** @throws RequestInvalid with these faults and those of the time */
function nextOf(recurrence: Recurrence, after: Date, calendar: Calendar, others: readonly FieldError[]): Date {
  const cron = cronFault(recurrence.cron);
  const zone = calendar.zoneFault(recurrence.timeZone);
  const faults: FieldError[] = [
    ...(cron === null ? [] : [{ pointer: '/cron', detail: cron }]),
    ...(zone === null ? [] : [{ pointer: '/time_zone', detail: zone }]),
    ...others,
  ];
  const next = cron === null && zone === null ? calendar.next(recurrence, after) : null;
  if (next === null && cron === null && zone === null) {
    const detail = `names a day that never comes: ${JSON.stringify(recurrence.cron)}; no month of it has such a day`;
    faults.unshift({ pointer: '/cron', detail });
  }
  if (next === null || faults.length > 0) throw new RequestInvalid(faults.slice(0, ERRORS_LIMIT));
  return next;
}

function faultsOfTask(task: TaskContract, arms: CheckDependencies['arms']): FieldError[] {
  const faults: FieldError[] = [];
  const leaveOut = (field: string, why: string): void =>
    void faults.push({ pointer: `/task/${field}`, detail: `must be left out: ${why}` });
  if (task.parent_task_id) leaveOut('parent_task_id', 'each tick makes a task of its own');
  if (task.start_after) leaveOut('start_after', 'the schedule says when');
  if ('schedule' in task.metadata) leaveOut('metadata/schedule', 'the schedule writes there where a task comes from');
  return [...faults, ...submissionFaults(task, arms, '/task')];
}

/** As a submission is checked; what a policy takes out of it may not be kept as it is. */
async function checkTask(task: TaskContract, requester: Requester, dependencies: CheckDependencies): Promise<void> {
  const nodes = layFlat(task);
  const screened = await checkNodes(nodes, requester, dependencies, '/task');
  const faults = screened.flatMap(({ record }, place) =>
    record.findings
      .filter(({ treatment }) => treatment === 'redact')
      .map(({ type, field }) => ({
        pointer: `/task${nodes[place]?.pointer ?? ''}${field}`,
        detail: `holds ${type}, which arm "${record.arm}" has taken out before a task is stored; a schedule keeps its task as it is: leave it out`,
      })),
  );
  if (faults.length > 0) throw new RequestInvalid(faults.slice(0, ERRORS_LIMIT));
}

/** A name is text of the submitter as any other. */
async function screenName(name: string, requester: Requester, { screen, store }: SchedulesDependencies): Promise<void> {
  const { blocked, findings } = await screen.screen({ name }, policyOf('enforce'), requester.signal);
  if (!blocked) return;
  await store.recordScreen([
    { taskId: null, arm: 'schedule', status: 'Blocked', findings, requestId: requester.requestId },
  ]);
  throw new TaskBlocked('schedule', findings);
}

function upcoming({ schedule }: ScheduleStanding, calendar: Calendar): Date[] {
  const times: Date[] = [];
  for (let next = schedule.nextAt; next !== null && times.length < UPCOMING; next = calendar.next(schedule, next)) {
    times.push(next);
  }
  return times;
}
