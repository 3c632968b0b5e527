/** What a schedule does at a time: pure, so that clocks that jump and nights of changing time can be tried out. */
import {
  MISSED_COUNT_LIMIT,
  type MissedTicks,
  type OnMissed,
  type OnOverlap,
  type TaskContract,
  type TaskError,
  type TaskStatus,
  type TickKind,
  type TickOutcome,
  WAITING_LIMIT,
} from '../contract/index.ts';

/** A tick that is later than this was missed; a pass is made every second. */
export const LATE_MS = 60_000;

export interface Schedule {
  readonly id: string;
  readonly name: string;
  readonly cron: string;
  readonly timeZone: string;
  readonly task: TaskContract;
  readonly onOverlap: OnOverlap;
  readonly onMissed: OnMissed;
  /** Null while it is paused. */
  readonly nextAt: Date | null;
  /** No tick up to here comes again. */
  readonly settledUntil: Date;
  readonly revision: number;
  readonly counts: {
    readonly submitted: number;
    readonly skipped: number;
    readonly missed: number;
    readonly refused: number;
  };
  /** The last gap in which nothing ran. */
  readonly lastMissed: MissedTicks | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface Tick {
  readonly at: Date;
  readonly kind: TickKind;
  readonly outcome: TickOutcome;
  readonly reason: TaskError | null;
  readonly taskId: string | null;
  readonly taskStatus: TaskStatus | null;
  readonly missed: MissedTicks | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What is to be written for a schedule that is due. */
export interface TickPlan {
  readonly scheduleId: string;
  /** Of the schedule that was planned by. */
  readonly revision: number;
  readonly nextAt: Date | null;
  readonly settledUntil: Date;
  readonly missed: MissedTicks | null;
  /** In their order. */
  readonly runs: readonly { readonly at: Date; readonly kind: Exclude<TickKind, 'manual'> }[];
}

/** When the ticks of one expression in one zone come. */
export interface Occurrences {
  next(after: Date): Date | null;
  last(until: Date): Date | null;
}

/**
 * Every tick from `nextAt` until now, once: those of the last minute run, older ones were missed. Null: nothing is due.
 * Where a tick of the last minute runs anyway, it also stands for missed ones.
 */
export function planTicks(schedule: Schedule, now: Date, occurrences: Occurrences): TickPlan | null {
  const { nextAt: first, id: scheduleId, revision, onMissed } = schedule;
  if (first === null || first > now) return null;
  const onTimeFrom = new Date(now.getTime() - LATE_MS);
  const onTime: Date[] = [];
  for (let at: Date | null = first > onTimeFrom ? first : occurrences.next(onTimeFrom); at !== null && at <= now; ) {
    onTime.push(at);
    at = occurrences.next(at);
  }
  const missed = first > onTimeFrom ? null : countMissed(first, onTimeFrom, occurrences);
  const catchUp = missed !== null && onTime.length === 0 && onMissed === 'run-once';
  return {
    scheduleId,
    revision,
    nextAt: occurrences.next(now),
    settledUntil: now,
    missed,
    runs: catchUp
      ? [{ at: new Date(missed.to), kind: 'catch-up' }]
      : onTime.map((at) => ({ at, kind: 'cron' as const })),
  };
}

function countMissed(first: Date, until: Date, occurrences: Occurrences): MissedTicks {
  let count = 1;
  let to = first;
  let next = occurrences.next(first);
  while (next !== null && next <= until && count < MISSED_COUNT_LIMIT) {
    count += 1;
    to = next;
    next = occurrences.next(next);
  }
  const isMore = next !== null && next <= until;
  const last = isMore ? (occurrences.last(until) ?? to) : to;
  return { count, at_least: isMore, from: first.toISOString(), to: last.toISOString() };
}

/** From when on the ticks of a schedule are looked for that was made, changed or resumed now: never one that came already. */
export function nextFrom(now: Date, settledUntil: Date): Date {
  return settledUntil > now ? settledUntil : now;
}

/** What came before a tick and has not ended. */
export interface OpenRuns {
  /** Of this schedule, handed in or about to be. */
  readonly running: number;
  readonly waiting: number;
}

export type TickStart =
  | { readonly outcome: 'due' }
  | { readonly outcome: 'waiting'; readonly supersedes: boolean }
  | { readonly outcome: 'skipped'; readonly reason: TaskError };

/** What becomes of a tick by what is still open before it. */
export function startOf(policy: OnOverlap, { running, waiting }: OpenRuns): TickStart {
  if (policy === 'allow' || running + waiting === 0) return { outcome: 'due' };
  switch (policy) {
    case 'skip':
      return skipped('previous_running', 'the task of an earlier tick has not ended');
    case 'queue':
      if (waiting < WAITING_LIMIT) return { outcome: 'waiting', supersedes: false };
      return skipped('too_many_waiting', `${waiting} earlier ticks wait already`);
    case 'cancel-previous':
      return { outcome: 'waiting', supersedes: true };
  }
}

function skipped(code: string, message: string): TickStart {
  return { outcome: 'skipped', reason: { code, message } };
}
