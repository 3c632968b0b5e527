/** A task that took this many workers with it is taken for poison and fails; deaths are counted apart from failures. */
export const MAX_WORKER_DEATHS = 3;

/** What is left of a task's time budget for its next attempt, milliseconds; never below zero. */
export function remainingTimeMs(maxTimeSeconds: number, spentMs: number): number {
  return Math.max(0, maxTimeSeconds * 1000 - spentMs);
}
