import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCalendar } from '../../src/adapters/cron/calendar.ts';
import { taskRequestSchema } from '../../src/contract/index.ts';
import { nextFrom, type Occurrences, planTicks, type Schedule, startOf } from '../../src/domain/schedule.ts';

const calendar = createCalendar();

function occurrences(cron: string, timeZone = 'UTC'): Occurrences {
  return {
    next: (after) => calendar.next({ cron, timeZone }, after),
    last: (until) => calendar.last({ cron, timeZone }, until),
  };
}

function schedule(different: Partial<Schedule>): Schedule {
  const at = new Date('2026-01-01T00:00:00Z');
  return {
    ...{ id: 'id', name: 'nightly', cron: '0 3 * * *', timeZone: 'UTC', task: taskRequestSchema.parse({ goal: 'g' }) },
    ...{ onOverlap: 'skip', onMissed: 'skip', nextAt: at, settledUntil: at, revision: 4, lastMissed: null },
    ...{ counts: { submitted: 0, skipped: 0, missed: 0, refused: 0 }, createdAt: at, updatedAt: at },
    ...different,
  };
}

const day = (date: number, time = '03:00:00'): Date => new Date(`2026-01-${String(date).padStart(2, '0')}T${time}Z`);
const daily = occurrences('0 3 * * *');

describe('what is due', () => {
  it('is nothing before its time, nor while it is paused', () => {
    expect(planTicks(schedule({ nextAt: day(5) }), day(5, '02:59:59.999'), daily)).toBeNull();
    expect(planTicks(schedule({ nextAt: null }), day(5), daily)).toBeNull();
  });

  it('is the tick, and the next one is a day later', () => {
    expect(planTicks(schedule({ nextAt: day(5) }), day(5, '03:00:00.800'), daily)).toEqual({
      ...{ scheduleId: 'id', revision: 4, nextAt: day(6), settledUntil: day(5, '03:00:00.800'), missed: null },
      runs: [{ at: day(5), kind: 'cron' }],
    });
  });

  it('runs within a minute of its time, later it was missed', () => {
    const due = schedule({ nextAt: day(5) });
    expect(planTicks(due, day(5, '03:00:59.999'), daily)).toMatchObject({ missed: null, runs: [{ at: day(5) }] });
    expect(planTicks(due, day(5, '03:01:00'), daily)).toMatchObject({
      missed: { count: 1, at_least: false, from: day(5).toISOString(), to: day(5).toISOString() },
      runs: [],
      nextAt: day(6),
    });
  });

  it('tells how many were missed, from when to when', () => {
    expect(planTicks(schedule({ nextAt: day(5) }), day(12, '09:00:00'), daily)).toMatchObject({
      missed: { count: 8, at_least: false, from: day(5).toISOString(), to: day(12).toISOString() },
      runs: [],
      nextAt: day(13),
    });
  });

  it('with run-once is one run for all that were missed', () => {
    const due = schedule({ nextAt: day(5), onMissed: 'run-once' });
    expect(planTicks(due, day(12, '09:00:00'), daily)).toMatchObject({
      missed: { count: 8 },
      runs: [{ at: day(12), kind: 'catch-up' }],
    });
    // One that is on time stands for them.
    expect(planTicks(due, day(12, '03:00:01'), daily)).toMatchObject({
      missed: { count: 7, to: day(11).toISOString() },
      runs: [{ at: day(12), kind: 'cron' }],
    });
  });

  it('stops counting, and says so', () => {
    const minutely = occurrences('* * * * *');
    expect(planTicks(schedule({ nextAt: day(1) }), day(31), minutely)).toMatchObject({
      missed: { count: 1_000, at_least: true, from: day(1).toISOString(), to: day(31, '02:59:00').toISOString() },
      runs: [{ at: day(31), kind: 'cron' }],
    });
  });

  it('has each tick once, whatever the clock does', () => {
    // Steps of the clock in seconds, back and forth, as a machine's may be set.
    const steps = fc.array(fc.integer({ min: -4_000, max: 8_000 }), { minLength: 1, maxLength: 40 });
    const crons = fc.constantFrom('*/7 * * * *', '30 2 * * *', '0 * * * *', '*/30 1-3 * * *');
    const zones = fc.constantFrom('Europe/Berlin', 'America/New_York', 'UTC');
    const starts = fc.constantFrom('2026-03-28T22:00:00Z', '2026-10-24T22:00:00Z', '2026-11-01T03:00:00Z');
    fc.assert(
      fc.property(crons, zones, starts, steps, (cron, zone, start, jumps) => {
        const when = occurrences(cron, zone);
        let now = new Date(start);
        const begin = now;
        let nextAt = when.next(now);
        let settledUntil = now;
        const seen: string[] = [];
        for (const jump of jumps) {
          now = new Date(now.getTime() + jump * 1_000);
          const plan = planTicks(schedule({ nextAt, settledUntil }), now, when);
          if (plan === null) continue;
          if (plan.missed !== null) {
            let at: Date | null = new Date(plan.missed.from);
            let count = 0;
            for (; at !== null && at <= new Date(plan.missed.to); at = when.next(at)) {
              seen.push(at.toISOString());
              count += 1;
            }
            expect(count).toBe(plan.missed.count);
          }
          seen.push(...plan.runs.map(({ at }) => at.toISOString()));
          ({ nextAt, settledUntil } = plan);
        }
        const expected: string[] = [];
        for (let at = when.next(begin); at !== null && at <= settledUntil; at = when.next(at)) {
          expected.push(at.toISOString());
        }
        expect(seen).toEqual(expected);
      }),
      { numRuns: 200 },
    );
  });

  it('after a change is looked for behind what came already, also when the clock went back', () => {
    expect(nextFrom(day(5), day(4))).toEqual(day(5));
    expect(nextFrom(day(5), day(6))).toEqual(day(6));
  });
});

describe('a tick while an earlier one has not ended', () => {
  const busy = { running: 1, waiting: 0 };
  it('is skipped, waits, waits in the place of others, or runs, as the policy says', () => {
    expect(startOf('skip', busy)).toMatchObject({ outcome: 'skipped', reason: { code: 'previous_running' } });
    expect(startOf('queue', busy)).toEqual({ outcome: 'waiting', supersedes: false });
    expect(startOf('cancel-previous', busy)).toEqual({ outcome: 'waiting', supersedes: true });
    expect(startOf('allow', busy)).toEqual({ outcome: 'due' });
  });

  it('runs when nothing is open, and lets one that waits go first', () => {
    for (const policy of ['skip', 'queue', 'cancel-previous', 'allow'] as const) {
      expect(startOf(policy, { running: 0, waiting: 0 })).toEqual({ outcome: 'due' });
    }
    expect(startOf('queue', { running: 0, waiting: 1 })).toMatchObject({ outcome: 'waiting' });
  });

  it('waits with at most a hundred', () => {
    expect(startOf('queue', { running: 1, waiting: 99 })).toMatchObject({ outcome: 'waiting' });
    expect(startOf('queue', { running: 1, waiting: 100 })).toMatchObject({ reason: { code: 'too_many_waiting' } });
  });
});
