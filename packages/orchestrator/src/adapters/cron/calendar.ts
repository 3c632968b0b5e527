/** The calendar port on croner. Why not on the library that pg-boss has: docs/decisions/0020. */
import { Cron } from 'croner';
import { cronFields } from '../../domain/cron-text.ts';
import { shownValue } from '../../domain/shown-value.ts';
import type { Calendar, Recurrence } from '../../ports/calendar.ts';

/** An offset is no zone: it knows no daylight saving time, and nobody can read from it what was meant. */
const IANA_NAME = /^[A-Za-z][A-Za-z0-9_+/-]*$/;
const SECOND_MS = 1_000;

export function createCalendar(): Calendar {
  return {
    zoneFault: (timeZone) =>
      isZone(timeZone)
        ? null
        : `must be the IANA name of a time zone, as Europe/Berlin, America/New_York or UTC; it was ${shownValue(timeZone)}`,
    next: (recurrence, after) => cronOf(recurrence).nextRun(after),
    last: (recurrence, until) => {
      // Strictly before, and in whole seconds.
      const before = new Date(Math.floor(until.getTime() / SECOND_MS) * SECOND_MS + SECOND_MS);
      return cronOf(recurrence).previousRuns(1, before)[0] ?? null;
    },
  };
}

/** As Vixie cron has it: lists and ranges are fixed times too, which an autumn night has once. */
const FIXED_TIMES = 'no-wildcard';

/** Only computes: nothing runs by it. */
function cronOf({ cron, timeZone }: Recurrence): Cron {
  return new Cron(cronFields(cron), {
    timezone: timeZone,
    mode: '5-part',
    fixedTimeRule: FIXED_TIMES,
    paused: true,
  });
}

function isZone(name: string): boolean {
  if (!IANA_NAME.test(name)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
