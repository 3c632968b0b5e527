/** Schedules and their ticks as they are told. */

import { DEFAULT_ARM } from '../../app/prepare-task.ts';
import type { ShownSchedule } from '../../app/schedules.ts';
import type { ScheduleSummary, ScheduleView, TaskContract, TickView } from '../../contract/index.ts';
import type { Tick } from '../../domain/schedule.ts';

const OUTLINE_GOAL = 200;

export function scheduleSummary({ schedule, lastTick, waiting, upcoming }: ShownSchedule): ScheduleSummary {
  return {
    name: schedule.name,
    cron: schedule.cron,
    time_zone: schedule.timeZone,
    on_overlap: schedule.onOverlap,
    on_missed: schedule.onMissed,
    paused: schedule.nextAt === null,
    outline: outlineOf(schedule.task),
    next_at: schedule.nextAt?.toISOString() ?? null,
    upcoming: upcoming.map((at) => at.toISOString()),
    last_tick: lastTick === null ? null : tickView(lastTick),
    last_missed: schedule.lastMissed,
    counts: { ...schedule.counts },
    waiting,
    created_at: schedule.createdAt.toISOString(),
    updated_at: schedule.updatedAt.toISOString(),
  };
}

export function scheduleView(shown: ShownSchedule): ScheduleView {
  const { name, task } = shown.schedule;
  const self = `/schedules/${name}`;
  return { ...scheduleSummary(shown), task, links: { self, ticks: `${self}/ticks`, run: `${self}/run` } };
}

export function tickView(tick: Tick): TickView {
  return {
    tick_at: tick.at.toISOString(),
    kind: tick.kind,
    outcome: tick.outcome,
    reason: tick.reason,
    task_id: tick.taskId,
    task_status: tick.taskStatus,
    missed: tick.missed,
    created_at: tick.createdAt.toISOString(),
    updated_at: tick.updatedAt.toISOString(),
  };
}

function outlineOf(task: TaskContract): ScheduleSummary['outline'] {
  return {
    goal: task.goal.slice(0, OUTLINE_GOAL),
    arm: task.assigned_arm ?? DEFAULT_ARM,
    priority: task.priority,
    subtasks: task.subtasks?.length ?? 0,
  };
}
