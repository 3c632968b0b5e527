/** The port of everything in core that measures or limits time; `testing/manual-clock.ts` has the one driven by hand. */

/** Node fires a timer over 2^31−1 ms at once: the longest that one can be, in milliseconds (24.8 days). */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

export interface Clock {
  /** Milliseconds that only ever go forward, whatever is done to the wall clock. Only differences mean anything. */
  readonly now: () => number;
  /** Calls back once, after `ms` milliseconds (at most LONGEST_TIMER_MS); what it returns calls that off. */
  readonly schedule: (ms: number, callback: () => void) => () => void;
}

export const monotonicClock: Clock = {
  now: () => performance.now(),
  schedule: (ms, callback) => {
    const timer = setTimeout(callback, Math.min(ms, LONGEST_TIMER_MS));
    return () => clearTimeout(timer);
  },
};
