import { describe, expect, it } from 'vitest';
import { fromNow, timeInZone } from '../../src/render/schedule-time.ts';

const NOW = new Date('2026-03-02T12:00:00Z');

describe('how far off a time is', () => {
  it.each([
    ['2026-03-02T12:00:00.300Z', 'now'],
    ['2026-03-02T12:00:41Z', 'in 41 s'],
    ['2026-03-02T19:12:30Z', 'in 7 h 12 min'],
    ['2026-03-05T12:00:30Z', 'in 3 d'],
    ['2026-03-02T10:59:00Z', '1 h 1 min ago'],
    ['2026-03-01T12:00:00Z', '1 d ago'],
  ])('%s is %s', (at, words) => {
    expect(fromNow(at, NOW)).toBe(words);
  });
});

describe('a time in a zone', () => {
  it('is as its clocks have it, midnight as 00:00', () => {
    expect(timeInZone('2026-03-02T23:00:00Z', 'Europe/Berlin')).toBe('Tue 2026-03-03 00:00');
    expect(timeInZone('2026-07-02T12:00:00Z', 'America/New_York')).toBe('Thu 2026-07-02 08:00');
  });

  it('is as the server wrote it where the zone is not known here', () => {
    expect(timeInZone('2026-03-02T23:00:00Z', 'Mars/Phobos')).toBe('2026-03-02T23:00:00Z');
  });
});
