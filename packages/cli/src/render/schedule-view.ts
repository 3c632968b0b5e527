import type { MissedTicks, ScheduleView, TickView } from '@switchyard/orchestrator/contract';
import { printableLine, shortLine } from './printable.ts';
import { fromNow, timeInZone, upcomingLines } from './schedule-time.ts';
import type { Style } from './style.ts';
import { renderTable } from './table.ts';
import { statusOf } from './task-view.ts';

const LABEL_WIDTH = 11;
const LONGEST_GOAL = 200;
/** In less, the id of a task would not stand in one piece beside the whole time of its tick. */
const WIDTH_WITH_WEEKDAY = 100;
const WEEKDAY = /^[A-Z][a-z]{2} /;

const OVERLAP_WORDS = {
  skip: 'a tick is skipped while the task before it runs',
  queue: 'a tick waits until the task before it has ended',
  'cancel-previous': 'a tick cancels the task before it, and begins when that has stopped',
  allow: 'a tick runs beside the task before it',
} as const;
const MISSED_WORDS = {
  skip: 'ticks that came due while nothing ran are told, and not run',
  'run-once': 'one run stands for all ticks that came due while nothing ran',
} as const;

/** All about one schedule, for people. */
export function renderSchedule(schedule: ScheduleView, ticks: readonly TickView[], style: Style, now: Date): string {
  const row = (label: string, value: string): string => `${style.color.dim(label.padEnd(LABEL_WIDTH))}${value}`;
  const { outline, counts, time_zone: zone, last_missed: missed } = schedule;
  const [next, ...later] = upcomingLines(schedule, now);
  const lines = [
    row('schedule', printableLine(schedule.name)),
    row('cron', `${printableLine(schedule.cron)}   ${printableLine(zone)}`),
    row('task', shortLine(outline.goal, LONGEST_GOAL)),
    row('', `${printableLine(outline.arm)}, ${outline.priority} priority${subtasksOf(outline.subtasks)}`),
    row('overlap', `${schedule.on_overlap}: ${OVERLAP_WORDS[schedule.on_overlap]}`),
    row('missed', `${schedule.on_missed}: ${MISSED_WORDS[schedule.on_missed]}`),
    row('next', next ?? style.color.yellow('paused')),
    ...later.map((line) => row('', line)),
  ];
  if (missed !== null) lines.push(row('last gap', style.color.yellow(missedInWords(missed, zone))));
  if (schedule.waiting > 0) lines.push(row('waiting', String(schedule.waiting)));
  lines.push(
    row(
      'so far',
      Object.entries(counts)
        .map(([outcome, count]) => `${count} ${outcome}`)
        .join(', '),
    ),
  );
  if (ticks.length > 0) lines.push('', renderTicks(ticks, zone, style, now));
  return lines.join('\n');
}

function renderTicks(ticks: readonly TickView[], zone: string, style: Style, now: Date): string {
  const tickTime = (at: string): string => {
    const [time, ago] = [timeInZone(at, zone), fromNow(at, now)];
    return style.width < WIDTH_WITH_WEEKDAY ? `${time.replace(WEEKDAY, '')}\n(${ago})` : `${time} (${ago})`;
  };
  return renderTable(
    style,
    [{ head: 'tick' }, { head: 'kind' }, { head: 'outcome' }, { head: 'task or reason', wraps: true }],
    ticks.map((tick) => [
      tickTime(tick.tick_at),
      tick.kind,
      outcomeOf(tick, style),
      tick.missed === null
        ? printableLine(tick.task_id ?? tick.reason?.message ?? '')
        : missedInWords(tick.missed, zone),
    ]),
  );
}

/** How its task stands where there is one, else what became of the tick. */
export function outcomeOf({ outcome, task_status: status }: TickView, style: Style): string {
  if (outcome === 'submitted' && status !== null) return statusOf({ status }, style);
  const paint = { refused: style.color.red, missed: style.color.yellow, skipped: style.color.yellow };
  return outcome === 'refused' || outcome === 'missed' || outcome === 'skipped' ? paint[outcome](outcome) : outcome;
}

/** `8 ticks from Mon 2026-03-02 03:00 to Mon 2026-03-09 03:00 came due while nothing ran`. */
function missedInWords({ count, at_least: isMore, from, to }: MissedTicks, zone: string): string {
  const when =
    count === 1 ? `at ${timeInZone(from, zone)}` : `from ${timeInZone(from, zone)} to ${timeInZone(to, zone)}`;
  const many = `${isMore ? 'more than ' : ''}${count} tick${count === 1 ? '' : 's'}`;
  return `${many} ${when} came due while nothing ran`;
}

function subtasksOf(count: number): string {
  return count === 0 ? '' : `, ${count} subtask${count === 1 ? '' : 's'}`;
}
