import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { remainingTimeMs } from '../../src/domain/limits.ts';

describe('what is left of the time budget', () => {
  it('is the budget less what all attempts took', () => {
    expect(remainingTimeMs(300, 0)).toBe(300_000);
    expect(remainingTimeMs(1.5, 400)).toBe(1_100);
  });

  it('is never below nothing', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3600 }), fc.nat(), (seconds, spent) => {
        expect(remainingTimeMs(seconds, spent)).toBe(Math.max(0, seconds * 1000 - spent));
      }),
    );
  });
});
