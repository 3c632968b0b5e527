import type { Rate } from './rate.ts';

/** What holds for an arm over all nodes together; null: no such limit. */
export interface ArmLimits {
  readonly rate: Rate | null;
  /** Attempts that run at once. */
  readonly maxRunning: number | null;
}
