import { describe, expect, it } from 'vitest';
import { exhaustedFor, waitHint } from '../../src/providers/wait-hint.ts';

const NOW = Date.parse('2026-01-01T00:00:00Z');
const today = (): number => NOW;

describe('what a provider says of when to come back', () => {
  it.each([
    [{ 'retry-after': '7' }, 7_000],
    [{ 'retry-after-ms': '120', 'retry-after': '1' }, 120],
    [{ 'retry-after': 'Thu, 01 Jan 2026 00:00:30 GMT' }, 30_000],
    [{ 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '6m0s' }, 360_000],
    [{ 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '1m1.5s' }, 61_500],
    [{ 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '120ms' }, 120],
    [{ 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '12' }, 12_000],
    [{ 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': String(NOW / 1000 + 5) }, 5_000],
    [
      { 'anthropic-ratelimit-requests-remaining': '0', 'anthropic-ratelimit-requests-reset': '2026-01-01T00:00:09Z' },
      9_000,
    ],
    [{ 'anthropic-ratelimit-tokens-remaining': '0', 'anthropic-ratelimit-tokens-reset': '2025-12-31T23:59:59Z' }, 0],
  ])('%j is %i ms', (headers, expected) => {
    expect(waitHint(headers, undefined, today)).toBe(expected);
  });

  it.each([
    [{}],
    [{ 'x-ratelimit-remaining-requests': '3', 'x-ratelimit-reset-requests': '6m0s' }],
    [{ 'x-ratelimit-remaining-requests': '', 'x-ratelimit-reset-requests': '6m0s' }],
    [{ 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': 'soon' }],
    [{ 'x-ratelimit-remaining-requests': '0' }],
    [{ 'retry-after': '-5' }],
  ])('%j says nothing', (headers) => {
    expect(waitHint(headers, {}, today)).toBeUndefined();
  });

  it('the longest of the limits that are used up counts', () => {
    const headers = {
      'x-ratelimit-remaining-requests': '0',
      'x-ratelimit-reset-requests': '1s',
      'x-ratelimit-remaining-tokens': '0',
      'x-ratelimit-reset-tokens': '20s',
    };
    expect(exhaustedFor(headers, today)).toBe(20_000);
  });

  it.each([
    [[{}, { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '37s' }], 37_000],
    [[{ retryDelay: '0.5s' }], 500],
    [[{ retryDelay: 'later' }], undefined],
    ['no list', undefined],
  ])('Google’s details %j are %s ms', (details, expected) => {
    expect(waitHint({}, { error: { details } }, today)).toBe(expected);
  });
});
