/** Hands in the task of a tick, once, however often it is tried. */
import { messageOf, SwitchyardError } from '@switchyard/core';
import { type TaskContract, type TaskError, taskRequestSchema } from '../contract/index.ts';
import type { Logger } from '../ports/logger.ts';
import type { DueTick, ScheduleMetrics, ScheduleStore } from '../ports/schedules.ts';
import type { Submit } from './submit.ts';
import type { SubmitTree } from './submit-tree.ts';

/** With a try each `LEASE_MS` of the scheduler: an hour. */
const TRIES_LIMIT = 360;
const REASON_LIMIT = 1_000;

/** `later`: for a reason that may pass; the next try is due when the claim on the tick has run out. */
export type TickSubmission =
  | { readonly outcome: 'submitted' }
  | { readonly outcome: 'refused' | 'later'; readonly error: unknown };

export type SubmitTick = (tick: DueTick) => Promise<TickSubmission>;

export interface SubmitTickDependencies {
  readonly submit: Submit;
  readonly submitTree: SubmitTree;
  readonly schedules: Pick<ScheduleStore, 'settle'>;
  readonly metrics: ScheduleMetrics;
  readonly logger: Logger;
}

export function createSubmitTick(dependencies: SubmitTickDependencies): SubmitTick {
  const { submit, submitTree, schedules, metrics, logger } = dependencies;

  const handIn = async (tick: DueTick): Promise<void> => {
    const request = requestOf(tick);
    const take = request.subtasks === undefined ? submit : submitTree;
    // The id keeps it from being doubled for as long as the task is kept; the key for those that try at the same time.
    const key = `schedule-tick/${tick.id}`;
    await take(request, { requestId: key, idempotencyKey: key, taskId: tick.taskId });
  };

  return async (tick) => {
    const { id, at, tries, schedule } = tick;
    const facts = { schedule: schedule.name, tick: at.toISOString(), task: tick.taskId };
    try {
      if (!tick.isSubmitted) await handIn(tick);
    } catch (error) {
      if (mayPass(error) && tries < TRIES_LIMIT) {
        logger.warn({ ...facts, tries, error: messageOf(error) }, 'a tick could not be handed in; it is tried again');
        return { outcome: 'later', error };
      }
      const reason = reasonOf(error);
      await schedules.settle(id, { outcome: 'refused', reason });
      metrics.ticked('refused', 1);
      logger.error({ ...facts, code: reason.code, error: reason.message }, 'the task of a tick was not taken');
      return { outcome: 'refused', error };
    }
    await schedules.settle(id, { outcome: 'submitted' });
    metrics.ticked('submitted', 1);
    logger.info(facts, 'a tick was handed in');
    return { outcome: 'submitted' };
  };
}

/** As the schedule has it now, with what says where it comes from. */
function requestOf({ at, kind, schedule }: DueTick): TaskContract {
  const task = taskRequestSchema.parse(schedule.task);
  const origin = { name: schedule.name, tick_at: at.toISOString(), kind };
  return { ...task, metadata: { ...task.metadata, schedule: origin } };
}

/** What is no error of ours is a fault of ours, and may be mended while it is tried. */
function mayPass(error: unknown): boolean {
  return !(error instanceof SwitchyardError) || error.kind === 'transient' || error.kind === 'conflict';
}

function reasonOf(error: unknown): TaskError {
  const code = error instanceof SwitchyardError ? error.code : 'internal_error';
  return { code, message: messageOf(error).slice(0, REASON_LIMIT) };
}
