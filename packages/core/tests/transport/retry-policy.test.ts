import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readRetryAfter } from '../../src/transport/http/retry-after.ts';
import { calculateRetryDelay, shouldRetryStatusCode } from '../../src/transport/http/retry-policy.ts';

const config = { initialRetryDelay: 1_000, maxRetryDelay: 60_000, retryMultiplier: 2 };
const TODAY = Date.parse('Sat, 21 Nov 2026 08:00:00 GMT');

function read(headers: Readonly<Record<string, string>>): number | undefined {
  return readRetryAfter(
    (name) => headers[name] ?? null,
    () => TODAY,
  );
}

describe('calculateRetryDelay', () => {
  test('is half of the wait at the lowest random number', () => {
    expect([0, 1, 2, 9].map((attempt) => calculateRetryDelay(attempt, config, () => 0))).toEqual([
      500, 1_000, 2_000, 30_000,
    ]);
  });

  test('adds up to a quarter on top with extra-quarter', () => {
    const quarter = { ...config, maxRetryDelay: 5_000, retryStrategy: 'extra-quarter' as const };
    expect(calculateRetryDelay(0, quarter, () => 0)).toBe(1_000);
    expect(calculateRetryDelay(0, quarter, () => 0.5)).toBe(1_125);
    expect(calculateRetryDelay(7, quarter, () => 0)).toBe(5_000);
  });

  test('stays within its bounds for every attempt and strategy', () => {
    fc.assert(
      fc.property(
        fc.nat(5_000),
        fc.double({ min: 0, max: 1e6, noNaN: true }),
        fc.double({ min: 0, max: 1e6, noNaN: true }),
        fc.double({ min: 1, max: 1_000, noNaN: true }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (attempt, initialRetryDelay, maxRetryDelay, retryMultiplier, random) => {
          const settings = { initialRetryDelay, maxRetryDelay, retryMultiplier };
          const base = Math.min(initialRetryDelay * retryMultiplier ** Math.min(attempt, 300), maxRetryDelay) || 0;
          const half = calculateRetryDelay(attempt, settings, () => random);
          const quarter = calculateRetryDelay(attempt, { ...settings, retryStrategy: 'extra-quarter' }, () => random);
          expect(half).toBeLessThanOrEqual(maxRetryDelay);
          expect(quarter).toBeLessThanOrEqual(maxRetryDelay * 1.25);
          if (attempt <= 300) {
            expect(half).toBeGreaterThanOrEqual(base * 0.5);
            expect(quarter).toBeGreaterThanOrEqual(base);
          }
        },
      ),
    );
  });
});

describe('shouldRetryStatusCode', () => {
  test('retries 429 and every 5xx unless told otherwise', () => {
    expect([429, 500, 503, 599].every((status) => shouldRetryStatusCode(status))).toBe(true);
    expect([200, 400, 404, 408, 409, 428, 430, 499, 600].some((status) => shouldRetryStatusCode(status))).toBe(false);
    expect(shouldRetryStatusCode(500, [429])).toBe(false);
  });
});

describe('Retry-After', () => {
  test('is read as seconds and as each form of an HTTP-date', () => {
    expect(read({ 'retry-after': '120' })).toBe(120_000);
    expect(read({ 'retry-after': 'Sat, 21 Nov 2026 08:00:30 GMT' })).toBe(30_000);
    expect(read({ 'retry-after': 'Saturday, 21-Nov-26 08:00:30 GMT' })).toBe(30_000);
    expect(read({ 'retry-after': 'Sat Nov 21 08:00:30 2026' })).toBe(30_000);
  });

  test('in the past means now', () => {
    expect(read({ 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' })).toBe(0);
  });

  test('gives way to retry-after-ms, which says it more precisely', () => {
    expect(read({ 'retry-after': '2', 'retry-after-ms': '1250.5' })).toBe(1_250.5);
    expect(read({ 'retry-after': '2', 'retry-after-ms': 'soon' })).toBe(2_000);
  });

  test('counts from the date of the answer, so that a wrong clock here does not matter', () => {
    const headers = { date: 'Sat, 21 Nov 2026 09:00:00 GMT', 'retry-after': 'Sat, 21 Nov 2026 09:00:10 GMT' };
    expect(read(headers)).toBe(10_000);
  });

  test.each([
    '',
    'soon',
    '-5',
    '1e3',
    '12abc',
    '2026-11-21',
    'NaN',
    'Infinity',
    '0x10',
    'Sat, 32 Foo 2026 08:00:00 GMT',
  ])('is ignored when it is %j', (value) => {
    expect(read({ 'retry-after': value })).toBeUndefined();
  });

  test('never throws and never says less than nothing', () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        const wait = read({ 'retry-after': value, 'retry-after-ms': value });
        expect(wait === undefined || wait >= 0).toBe(true);
      }),
    );
  });
});
