/**
 * Turns the clock into tasks: every node looks once a second for what is due.
 *
 * Invariants:
 * 1. A tick is written together with the schedule's next one, by one node, and only then handed in. A process that dies in
 *    between leaves a tick that another node hands in.
 * 2. Ticks that came due while nothing ran are told, whatever the policy does about them.
 * 3. One schedule that cannot be taken holds up no other, nor do many that take long: those due last are taken first.
 */
import { messageOf, SwitchyardError } from '@switchyard/core';
import { planTicks, type Schedule } from '../domain/schedule.ts';
import type { Calendar } from '../ports/calendar.ts';
import type { Logger } from '../ports/logger.ts';
import type { ScheduleMetrics, ScheduleStore } from '../ports/schedules.ts';
import type { Cancel } from './cancel.ts';
import { TaskEnded, TaskUnknown } from './errors.ts';
import { type Periodic, startPeriodic } from './periodic.ts';
import type { SubmitTick } from './submit-tick.ts';

const INTERVAL_MS = 1_000;
/** For so long a tick belongs to the node that tries it. */
const LEASE_MS = 10_000;
const SCHEDULES_AT_ONCE = 100;
const TICKS_AT_ONCE = 20;
/** One pass takes all schedules that there can be. */
const ROUNDS_LIMIT = 50;
/**
 * After so long a pass hands in what it has taken, and the next goes on. To count a thousand missed ticks takes a schedule half a
 * second: where hundreds have some, those that are on time would come to be missed while these are counted.
 */
const TAKING_MS = 1_000;

export interface SchedulerOptions {
  readonly schedules: Pick<ScheduleStore, 'clock' | 'due' | 'take' | 'release' | 'unwanted' | 'claim'>;
  readonly calendar: Calendar;
  readonly submitTick: SubmitTick;
  readonly cancel: Cancel;
  readonly metrics: ScheduleMetrics;
  readonly logger: Logger;
  readonly intervalMs?: number;
  readonly leaseMs?: number;
  /** Default: the clock of the database, which all nodes share. */
  readonly now?: () => Promise<Date>;
  /** Monotonic milliseconds. */
  readonly elapsed?: () => number;
}

export function startScheduler(options: SchedulerOptions): Periodic {
  const { schedules, submitTick, cancel, logger, leaseMs = LEASE_MS, elapsed = () => performance.now() } = options;
  const now = options.now ?? (() => schedules.clock());

  const takeDue = async (): Promise<void> => {
    const at = await now();
    const startedAt = elapsed();
    for (let round = 0; round < ROUNDS_LIMIT; round += 1) {
      const due = await schedules.due(at, SCHEDULES_AT_ONCE);
      for (const schedule of due) {
        await takeOne(schedule, at, options);
        if (elapsed() - startedAt > TAKING_MS) return;
      }
      if (due.length < SCHEDULES_AT_ONCE) return;
    }
  };

  const cancelUnwanted = async (): Promise<void> => {
    for (const taskId of await schedules.unwanted()) {
      await cancel(taskId).catch((error: unknown) => {
        if (!(error instanceof TaskEnded || error instanceof TaskUnknown)) throw error;
      });
    }
  };

  const handIn = async (): Promise<void> => {
    for (let round = 0; round < ROUNDS_LIMIT; round += 1) {
      const ticks = await schedules.claim(TICKS_AT_ONCE, leaseMs);
      await Promise.all(ticks.map(submitTick));
      if (ticks.length < TICKS_AT_ONCE) return;
    }
  };

  const once = async (): Promise<void> => {
    try {
      await takeDue();
      await cancelUnwanted();
      await schedules.release();
      await handIn();
    } catch (error) {
      logger.debug({ error: messageOf(error) }, 'a pass over the schedules did not finish');
    }
  };
  return startPeriodic(once, options.intervalMs ?? INTERVAL_MS);
}

async function takeOne(
  schedule: Schedule,
  now: Date,
  { schedules, calendar, metrics, logger }: SchedulerOptions,
): Promise<void> {
  const plan = planTicks(schedule, now, {
    next: (after) => calendar.next(schedule, after),
    last: (until) => calendar.last(schedule, until),
  });
  if (plan === null) return;
  try {
    const taken = await schedules.take(plan);
    if (taken === null) return;
    const { missed } = plan;
    if (missed !== null) {
      const { count, at_least: isMore, from, to } = missed;
      logger.warn(
        { schedule: schedule.name, missed: count, at_least: isMore, from, to, catch_up: plan.runs.length > 0 },
        'ticks of a schedule came due while nothing ran',
      );
      metrics.ticked('missed', count);
    }
    for (const { at, outcome } of taken) {
      if (outcome !== 'skipped') continue;
      metrics.ticked('skipped', 1);
      logger.info(
        { schedule: schedule.name, tick: at.toISOString() },
        'a tick was skipped: an earlier one has not ended',
      );
    }
  } catch (error) {
    if (error instanceof SwitchyardError && error.kind === 'transient') throw error;
    logger.error({ schedule: schedule.name, error: messageOf(error) }, 'the ticks of a schedule could not be written');
  }
}
