import type { ScheduleSummary } from '@switchyard/orchestrator/contract';
import { printableLine, shortLine } from './printable.ts';
import { fromNow, nextInWords } from './schedule-time.ts';
import { outcomeOf } from './schedule-view.ts';
import type { Style } from './style.ts';
import { renderTable } from './table.ts';

const LONGEST_GOAL = 60;

/** One line a schedule. */
export function renderScheduleList(schedules: readonly ScheduleSummary[], style: Style, now: Date): string {
  return renderTable(
    style,
    [
      { head: 'schedule' },
      { head: 'cron' },
      { head: 'zone' },
      { head: 'next', wraps: true },
      { head: 'last', wraps: true },
      { head: 'task', wraps: true },
    ],
    schedules.map((schedule) => [
      printableLine(schedule.name),
      printableLine(schedule.cron),
      printableLine(schedule.time_zone),
      schedule.paused ? style.color.yellow('paused') : nextInWords(schedule, now),
      lastOf(schedule, style, now),
      `${printableLine(schedule.outline.arm)}: ${shortLine(schedule.outline.goal, LONGEST_GOAL)}`,
    ]),
  );
}

function lastOf({ last_tick: tick, waiting }: ScheduleSummary, style: Style, now: Date): string {
  if (tick === null) return style.dash;
  const more = waiting === 0 ? '' : `, ${waiting} waiting`;
  return `${outcomeOf(tick, style)} ${fromNow(tick.tick_at, now)}${more}`;
}
