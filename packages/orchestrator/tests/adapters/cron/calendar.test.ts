import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCalendar } from '../../../src/adapters/cron/calendar.ts';

const calendar = createCalendar();

/** The next ticks from a time on. */
function ticks(cron: string, timeZone: string, after: string, count: number): string[] {
  const found: string[] = [];
  let from = new Date(after);
  while (found.length < count) {
    const next = calendar.next({ cron, timeZone }, from);
    if (next === null) break;
    found.push(next.toISOString().slice(0, 16));
    from = next;
  }
  return found;
}

describe('the calendar', () => {
  it('reads the time of a zone', () => {
    expect(ticks('0 9 * * *', 'America/New_York', '2026-01-15T00:00:00Z', 1)).toEqual(['2026-01-15T14:00']);
    expect(ticks('0 9 * * *', 'America/New_York', '2026-07-15T00:00:00Z', 1)).toEqual(['2026-07-15T13:00']);
    expect(ticks('@daily', 'Asia/Kolkata', '2026-01-15T00:00:00Z', 1)).toEqual(['2026-01-15T18:30']);
  });

  it('a time that the spring night leaves out comes once, when the night goes on', () => {
    // There is no 02:30 in Berlin on 2026-03-29: the clock goes from 02:00 to 03:00, which is 01:00 UTC.
    expect(ticks('30 2 * * *', 'Europe/Berlin', '2026-03-27T12:00:00Z', 3)).toEqual([
      '2026-03-28T01:30',
      '2026-03-29T01:00',
      '2026-03-30T00:30',
    ]);
  });

  it('a time that the autumn night has twice comes once, the first time', () => {
    // 02:30 in Berlin is at 00:30 and at 01:30 UTC on 2026-10-25.
    expect(ticks('30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00:00Z', 2)).toEqual([
      '2026-10-25T00:30',
      '2026-10-26T01:30',
    ]);
  });

  it('lists and ranges come once as well', () => {
    expect(ticks('30 2,14 * * *', 'Europe/Berlin', '2026-10-24T22:00:00Z', 2)).toEqual([
      '2026-10-25T00:30',
      '2026-10-25T13:30',
    ]);
    expect(ticks('30 1-3 * * *', 'Europe/Berlin', '2026-10-24T22:00:00Z', 3)).toEqual([
      '2026-10-24T23:30',
      '2026-10-25T00:30',
      '2026-10-25T02:30',
    ]);
  });

  it('between those two times has gone on to the next day', () => {
    expect(ticks('30 2 * * *', 'Europe/Berlin', '2026-10-25T01:05:00Z', 1)).toEqual(['2026-10-26T01:30']);
  });

  it('what comes every so many minutes goes on through both nights', () => {
    const half = (after: string) => ticks('*/30 * * * *', 'Europe/Berlin', after, 5).map((at) => at.slice(11));
    expect(half('2026-10-24T23:59:00Z')).toEqual(['00:00', '00:30', '01:00', '01:30', '02:00']);
    expect(half('2026-03-28T23:59:00Z')).toEqual(['00:00', '00:30', '01:00', '01:30', '02:00']);
  });

  it('a day of the month and a day of the week are either of them', () => {
    // As cron has it: the 13th, and every Friday.
    expect(ticks('0 0 13 * FRI', 'UTC', '2026-01-01T00:00:00Z', 4).map((at) => at.slice(5, 10))).toEqual([
      '01-02',
      '01-09',
      '01-13',
      '01-16',
    ]);
  });

  it('finds leap days, and tells days that never come', () => {
    expect(ticks('0 0 29 2 *', 'UTC', '2026-01-01T00:00:00Z', 2)).toEqual(['2028-02-29T00:00', '2032-02-29T00:00']);
    expect(calendar.next({ cron: '0 0 31 4 *', timeZone: 'UTC' }, new Date())).toBeNull();
  });

  it('finds the last tick at a time or before it', () => {
    const daily = { cron: '0 3 * * *', timeZone: 'UTC' };
    expect(calendar.last(daily, new Date('2026-01-15T03:00:00.000Z'))).toEqual(new Date('2026-01-15T03:00:00Z'));
    expect(calendar.last(daily, new Date('2026-01-15T02:59:59.999Z'))).toEqual(new Date('2026-01-14T03:00:00Z'));
  });

  it.each(['Europe/Berlin', 'UTC', 'America/Argentina/Buenos_Aires', 'Etc/GMT+5'])('knows %s', (zone) => {
    expect(calendar.zoneFault(zone)).toBeNull();
  });

  it.each(['Europe/Berlín', 'Mars/Phobos', '+02:00', '', 'CEST'])('does not know "%s"', (zone) => {
    expect(calendar.zoneFault(zone)).toContain('must be the IANA name of a time zone');
  });

  it('goes forward only, in any zone and through any night', () => {
    const minute = fc.constantFrom('0', '30', '*/20', '59');
    const hour = fc.constantFrom('*', '0', '1', '2', '3', '1-3', '*/2', '23');
    const zone = fc.constantFrom('Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'America/Santiago', 'UTC');
    // The nights of changing time, and the days around them.
    const start = fc.constantFrom(
      '2026-03-07',
      '2026-03-28',
      '2026-04-04',
      '2026-09-05',
      '2026-10-03',
      '2026-10-24',
      '2026-10-31',
    );
    fc.assert(
      fc.property(minute, hour, zone, start, fc.integer({ min: 0, max: 47 * 60 }), (m, h, timeZone, day, offset) => {
        let from = new Date(Date.parse(`${day}T00:00:00Z`) + offset * 60_000);
        for (let count = 0; count < 12; count += 1) {
          const next = calendar.next({ cron: `${m} ${h} * * *`, timeZone }, from);
          if (next === null) throw new Error('it always comes again');
          expect(next.getTime()).toBeGreaterThan(from.getTime());
          expect(next.getTime() % 60_000).toBe(0);
          from = next;
        }
      }),
      { numRuns: 200 },
    );
  });
});
