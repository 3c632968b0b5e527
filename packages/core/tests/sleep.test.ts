import { getEventListeners } from 'node:events';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { sleep } from '../src/sleep.ts';

/** A timer that is longer fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

afterEach(() => {
  vi.useRealTimers();
});

describe('sleep', () => {
  test('longer than a timer can be takes as long as it says', async () => {
    vi.useFakeTimers();
    let over = false;
    const sleeping = sleep(LONGEST_TIMER_MS + 1_000).then(() => {
      over = true;
    });
    await vi.advanceTimersByTimeAsync(LONGEST_TIMER_MS + 999);
    expect(over).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(over).toBe(true);
    await sleeping;
  });

  test('ends with the reason of its signal, and leaves neither listener nor timer', async () => {
    vi.useFakeTimers();
    const controller = new AbortController();
    const aborted = sleep(1_000, controller.signal);
    controller.abort('enough');
    await expect(aborted).rejects.toBe('enough');
    await expect(sleep(1_000, controller.signal)).rejects.toBe('enough');
    const { signal } = new AbortController();
    const whole = sleep(1_000, signal);
    await vi.advanceTimersByTimeAsync(1_000);
    await whole;
    expect([getEventListeners(signal, 'abort').length, vi.getTimerCount()]).toEqual([0, 0]);
  });
});
