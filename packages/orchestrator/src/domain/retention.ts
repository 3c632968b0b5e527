/** How long what has ended is kept, seconds; null: for ever. */
export interface Retention {
  /** Completed and cancelled tasks with all that belongs to them, from their end. */
  readonly tasks: number | null;
  /** Failed tasks, from their end: longer, since someone may look at them and try them again. */
  readonly failed: number | null;
  /** Events of ended tasks but their last, from the end of the task. */
  readonly events: number | null;
  /** What the screen found. */
  readonly screenLog: number | null;
  /** How long an idempotency key answers, from its first use. */
  readonly idempotencyKeys: number;
}

const DAY = 24 * 3600;

export const DEFAULT_RETENTION: Retention = {
  tasks: 30 * DAY,
  failed: 90 * DAY,
  events: 30 * DAY,
  screenLog: 90 * DAY,
  idempotencyKeys: DAY,
};
