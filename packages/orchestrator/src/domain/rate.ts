/**
 * How many attempts at an arm's tasks may begin in a time, on all nodes together: the generic cell rate algorithm
 * (ITU-T I.371), which keeps one number and allows bursts without ever allowing more than the limit in any window.
 */
export interface Rate {
  /** At most so many attempts begin … */
  readonly attempts: number;
  /** … within any so many seconds. */
  readonly seconds: number;
  /** So many may begin at the same moment; from 1 to `attempts`. */
  readonly burst: number;
}

/** A tenth of the limit at once, and the rest spread over the time. */
export function defaultBurst(attempts: number): number {
  return Math.max(1, Math.floor(attempts / 10));
}

export interface Grant {
  readonly granted: number;
  /** What to keep until the next time, microseconds. */
  readonly nextAtUs: number;
  /** When at least one more may begin, milliseconds from now; 0: right now. */
  readonly againInMs: number;
}

/**
 * @param nextAtUs what was kept last time; 0 at first
 * @param nowUs microseconds on the clock that all nodes share. Where it was set back, what was kept counts as being of now.
 */
export function takeFrom(rate: Rate, nextAtUs: number, nowUs: number, wanted: number): Grant {
  // With b at once and one more each `step`, a window of T holds b − 1 + ⌈T / step⌉ beginnings: at most `attempts`.
  const step = Math.ceil((rate.seconds * 1_000_000) / (rate.attempts - rate.burst + 1));
  const ahead = (rate.burst - 1) * step;
  const from = Math.min(Math.max(nextAtUs, nowUs), nowUs + ahead + step);
  const granted = Math.max(0, Math.min(wanted, Math.floor((nowUs + ahead - from) / step) + 1));
  const next = from + granted * step;
  return { granted, nextAtUs: next, againInMs: Math.max(0, next - ahead - nowUs) / 1000 };
}
