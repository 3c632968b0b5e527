import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultBurst, type Rate, takeFrom } from '../../src/domain/rate.ts';

const rates: fc.Arbitrary<Rate> = fc
  .record({ attempts: fc.integer({ min: 1, max: 50 }), seconds: fc.integer({ min: 1, max: 100 }) })
  .chain(({ attempts, seconds }) =>
    fc.integer({ min: 1, max: attempts }).map((burst) => ({ attempts, seconds, burst })),
  );

/** When attempts begin, where so many are wanted after each pause. */
function beginnings(rate: Rate, asks: readonly { pauseUs: number; wanted: number }[]): number[] {
  const begun: number[] = [];
  let nowUs = 1_800_000_000_000_000;
  let nextAtUs = 0;
  for (const { pauseUs, wanted } of asks) {
    nowUs += pauseUs;
    const grant = takeFrom(rate, nextAtUs, nowUs, wanted);
    nextAtUs = grant.nextAtUs;
    for (let index = 0; index < grant.granted; index += 1) begun.push(nowUs);
  }
  return begun;
}

describe('a rate', () => {
  it('is never exceeded in any window of its time', () => {
    const asks = fc.array(
      fc.record({ pauseUs: fc.integer({ min: 0, max: 20_000_000 }), wanted: fc.integer({ min: 0, max: 60 }) }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(rates, asks, (rate, wants) => {
        const begun = beginnings(rate, wants);
        for (const [index, start] of begun.entries()) {
          const inWindow = begun.slice(index).filter((at) => at - start < rate.seconds * 1_000_000).length;
          expect(inWindow).toBeLessThanOrEqual(rate.attempts);
        }
      }),
    );
  });

  it('lets one more begin exactly when it says so', () => {
    fc.assert(
      fc.property(rates, fc.integer({ min: 1, max: 60 }), (rate, wanted) => {
        const now = 1_800_000_000_000_000;
        const first = takeFrom(rate, 0, now, wanted);
        expect(first.granted).toBe(Math.min(wanted, rate.burst));
        const drained = takeFrom(rate, first.nextAtUs, now, rate.attempts);
        const again = now + Math.round(drained.againInMs * 1000);
        expect(takeFrom(rate, drained.nextAtUs, again, 1).granted).toBe(1);
        expect(takeFrom(rate, drained.nextAtUs, again - 1, 1).granted).toBe(0);
      }),
    );
  });

  it('is used up to its burst default in the long run: nine tenths of it at least', () => {
    const rate = { attempts: 100, seconds: 60, burst: defaultBurst(100) };
    const begun = beginnings(
      rate,
      Array.from({ length: 6_000 }, () => ({ pauseUs: 100_000, wanted: 5 })),
    );
    expect(begun.length).toBeGreaterThan(900);
  });

  it('does not stop for long where the clock was set back', () => {
    const rate = { attempts: 10, seconds: 1, burst: 1 };
    const now = 1_800_000_000_000_000;
    const { nextAtUs } = takeFrom(rate, 0, now, 1);
    const earlier = now - 3_600_000_000;
    expect(takeFrom(rate, nextAtUs, earlier, 1).againInMs).toBeLessThanOrEqual(200);
  });
});
