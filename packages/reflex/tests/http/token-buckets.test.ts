import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TokenBuckets } from '../../src/http/token-buckets.ts';

const HOUR_MS = 3_600_000;

test('a bucket begins full, empties, and says when it lets through again', () => {
  let at = 0;
  const buckets = new TokenBuckets({ burst: 2, perHour: 100, now: () => at });
  expect([buckets.take('a'), buckets.take('a'), buckets.take('b')]).toEqual([0, 0, 0]);
  expect(buckets.take('a')).toBe(36_000);
  at += 36_000;
  expect(buckets.take('a')).toBe(0);
  expect(buckets.take('a')).toBe(36_000);
});

test('whoever waits as long as it is told is let through, and nobody gets more than burst and rate', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 100_000 }),
      fc.array(fc.integer({ min: 0, max: HOUR_MS }), { maxLength: 60 }),
      (burst, perHour, pauses) => {
        let at = 0;
        let taken = 0;
        const buckets = new TokenBuckets({ burst, perHour, now: () => at });
        for (const pause of pauses) {
          at += pause;
          const waitMs = buckets.take('a');
          if (waitMs === 0) taken += 1;
          else {
            at += waitMs;
            expect(buckets.take('a')).toBe(0);
            taken += 1;
          }
        }
        expect(taken).toBeLessThanOrEqual(burst + (at * perHour) / HOUR_MS + 1e-6);
      },
    ),
  );
});

test('it holds no more keys than it may, and forgets the one asked for the longest ago', () => {
  const buckets = new TokenBuckets({ burst: 1, perHour: 1, mostKeys: 3, now: () => 0 });
  for (const key of ['a', 'b', 'c', 'a', 'd']) buckets.take(key);
  expect(buckets.size).toBe(3);
  expect(buckets.take('a')).toBeGreaterThan(0);
  expect(buckets.take('b')).toBe(0);
});
