/** Time for work in the background. */
import { type Clock, LONGEST_TIMER_MS, monotonicClock } from '../../clock.ts';

/**
 * The monotonic clock with timers that do not keep the process alive: a program that is done need not wait for a pause of a
 * collector that it cannot reach.
 */
export const backgroundClock: Clock = {
  now: monotonicClock.now,
  schedule: (ms, callback) => {
    const timer = setTimeout(callback, Math.min(ms, LONGEST_TIMER_MS));
    timer.unref();
    return () => clearTimeout(timer);
  },
};
