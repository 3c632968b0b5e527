/** How long a failed task waits for its next attempt. */
export interface BackoffPolicy {
  readonly initialMs: number;
  readonly factor: number;
  readonly maxMs: number;
}

export const DEFAULT_BACKOFF: BackoffPolicy = { initialMs: 1_000, factor: 2, maxMs: 60_000 };

/**
 * Exponential with "equal jitter": half of the delay is fixed and half is random, so that tasks that failed together do
 * not come back together and yet none comes back at once.
 *
 * @param failures how many attempts have failed so far, from 1
 * @param random uniform in [0, 1)
 */
export function backoffMs(failures: number, policy: BackoffPolicy, random: () => number): number {
  const full = Math.min(policy.initialMs * policy.factor ** (failures - 1), policy.maxMs);
  return Math.round(full * (0.5 + random() / 2));
}
