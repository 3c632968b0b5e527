/** Times of schedules for people: as their zone has them, and how far off they are. */
import type { ScheduleSummary } from '@switchyard/orchestrator/contract';
import { printableLine } from './printable.ts';

const UNITS = [
  ['d', 24 * 3600],
  ['h', 3600],
  ['min', 60],
  ['s', 1],
] as const;

type Timed = Pick<ScheduleSummary, 'time_zone' | 'next_at' | 'upcoming' | 'paused'>;

/** `Tue 2026-03-03 03:00`, by the clocks of the zone. */
export function timeInZone(iso: string, timeZone: string): string {
  try {
    const parts = new Intl.DateTimeFormat('en-GB', {
      ...{ timeZone, weekday: 'short', year: 'numeric', month: '2-digit', day: '2-digit' },
      ...{ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
    }).formatToParts(new Date(iso));
    const part = (type: Intl.DateTimeFormatPartTypes): string => parts.find((one) => one.type === type)?.value ?? '?';
    return `${part('weekday')} ${part('year')}-${part('month')}-${part('day')} ${part('hour')}:${part('minute')}`;
  } catch {
    // A zone that only the server knows.
    return printableLine(iso);
  }
}

/** `in 7 h 12 min`, `3 d ago`, `now`: the two largest units. */
export function fromNow(iso: string, now: Date): string {
  const seconds = Math.round((Date.parse(iso) - now.getTime()) / 1000);
  let left = Math.abs(seconds);
  const words: string[] = [];
  for (const [unit, size] of UNITS) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count > 0) words.push(`${count} ${unit}`);
    // A second unit only next to the first.
    if (words.length === 2 || (words.length === 1 && count === 0)) break;
  }
  if (words.length === 0) return 'now';
  return seconds > 0 ? `in ${words.join(' ')}` : `${words.join(' ')} ago`;
}

/** `in 7 h 12 min, Tue 2026-03-03 03:00`; `paused`. */
export function nextInWords({ time_zone: zone, next_at: next }: Timed, now: Date): string {
  return next === null ? 'paused' : `${fromNow(next, now)}, ${timeInZone(next, zone)}`;
}

/** The next runs, a line each. */
export function upcomingLines({ time_zone: zone, upcoming }: Timed, now: Date): string[] {
  return upcoming.map((at) => `${timeInZone(at, zone)} ${printableLine(zone)} (${fromNow(at, now)})`);
}
