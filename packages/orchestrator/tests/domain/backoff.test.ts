import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffMs, DEFAULT_BACKOFF } from '../../src/domain/backoff.ts';

const policies = fc.record({
  initialMs: fc.integer({ min: 1, max: 10_000 }),
  factor: fc.double({ min: 1, max: 10, noNaN: true }),
  maxMs: fc.integer({ min: 1, max: 3_600_000 }),
});
const randoms = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('the wait before the next attempt', () => {
  it('doubles from a second to a minute, half of it random', () => {
    const longest = [1, 2, 3, 7, 20].map((failures) => backoffMs(failures, DEFAULT_BACKOFF, () => 1));
    expect(longest).toEqual([1_000, 2_000, 4_000, 60_000, 60_000]);
    expect(backoffMs(3, DEFAULT_BACKOFF, () => 0)).toBe(2_000);
  });

  it('is a whole number between half of the delay and the delay, however often it failed', () => {
    fc.assert(
      fc.property(policies, fc.integer({ min: 1, max: 100_000 }), randoms, (policy, failures, random) => {
        const full = Math.min(policy.initialMs * policy.factor ** (failures - 1), policy.maxMs);
        const wait = backoffMs(failures, policy, () => random);
        expect(Number.isSafeInteger(wait)).toBe(true);
        expect(wait).toBeGreaterThanOrEqual(Math.floor(full / 2));
        expect(wait).toBeLessThanOrEqual(Math.ceil(full));
      }),
    );
  });
});
