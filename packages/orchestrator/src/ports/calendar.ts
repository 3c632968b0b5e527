/** When a cron expression comes due in a time zone. */

/** An expression that `cronFault` found nothing wrong with, and a zone that the calendar knows. */
export interface Recurrence {
  readonly cron: string;
  readonly timeZone: string;
}

export interface Calendar {
  /** What is wrong with the name of a time zone, in words; null when it is known. */
  zoneFault(timeZone: string): string | null;
  /** The first tick after that time; null when none ever comes. */
  next(recurrence: Recurrence, after: Date): Date | null;
  /** The last tick at that time or before it; null when none ever came. */
  last(recurrence: Recurrence, until: Date): Date | null;
}
