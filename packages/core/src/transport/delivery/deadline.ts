/** A point in time as an AbortSignal. */
import { type Clock, LONGEST_TIMER_MS, monotonicClock } from '../../clock.ts';
import { backgroundClock } from './background-clock.ts';

export interface Deadline {
  readonly signal: AbortSignal;
  /** By the clock's `now`. */
  readonly at: number;
  /** Calls it off; call it when the work is done, or the timer stays. */
  readonly cancel: () => void;
}

/** A signal that aborts with a TimeoutError `ms` from now; at once for 0. Its timer keeps the process alive. */
export function deadlineSignal(clock: Clock, ms: number): Deadline {
  const controller = new AbortController();
  const abort = (): void => controller.abort(new DOMException(`not done within ${ms} ms`, 'TimeoutError'));
  const at = clock.now() + ms;
  const timers = clock === backgroundClock ? monotonicClock : clock;
  const cancel = ms > 0 ? timers.schedule(Math.min(ms, LONGEST_TIMER_MS), abort) : () => {};
  if (!(ms > 0)) abort();
  return { signal: controller.signal, at, cancel };
}
