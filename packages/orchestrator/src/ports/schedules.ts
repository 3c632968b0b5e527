/** Where schedules and their ticks are kept. */
import type { TaskError } from '../contract/index.ts';
import type { Schedule, Tick, TickPlan } from '../domain/schedule.ts';

export type NewSchedule = Pick<
  Schedule,
  'id' | 'name' | 'cron' | 'timeZone' | 'task' | 'onOverlap' | 'onMissed' | 'nextAt' | 'settledUntil'
>;

export type ScheduleChanges = Partial<Omit<NewSchedule, 'id' | 'name' | 'settledUntil'>>;

/** A schedule with what is shown beside it. */
export interface ScheduleStanding {
  readonly schedule: Schedule;
  readonly lastTick: Tick | null;
  readonly waiting: number;
}

/** A tick that is to be handed in. */
export interface DueTick {
  readonly id: string;
  readonly at: Date;
  readonly kind: Tick['kind'];
  readonly taskId: string;
  /** How many times it was tried, this one among them. */
  readonly tries: number;
  /** Its task is there: a process died before it could say so. */
  readonly isSubmitted: boolean;
  readonly schedule: Pick<Schedule, 'id' | 'name' | 'task'>;
}

export type TickEnd = { readonly outcome: 'submitted' } | { readonly outcome: 'refused'; readonly reason: TaskError };

export type TakenTicks = readonly Pick<Tick, 'at' | 'kind' | 'outcome'>[];

export type ManualTick =
  | { readonly kind: 'unknown' }
  /** By its policy it would not have run. */
  | { readonly kind: 'busy'; readonly reason: TaskError }
  | { readonly kind: 'waiting'; readonly id: string; readonly superseded: TakenTicks }
  | { readonly kind: 'due'; readonly tick: DueTick };

export interface ScheduleMetrics {
  /** `missed` by as many as there were. */
  ticked(outcome: 'submitted' | 'skipped' | 'missed' | 'refused', count: number): void;
}

export interface ScheduleStore {
  /** The clock that all nodes share. */
  clock(): Promise<Date>;
  create(schedule: NewSchedule, limit: number): Promise<'created' | 'exists' | 'full'>;
  list(): Promise<ScheduleStanding[]>;
  get(name: string): Promise<ScheduleStanding | null>;
  /** False: it is no longer of that revision. */
  change(id: string, revision: number, changes: ScheduleChanges): Promise<boolean>;
  /** False: there was none. What it has handed in goes on. */
  remove(name: string): Promise<boolean>;
  /** Newest first. */
  ticks(scheduleId: string, limit: number): Promise<Tick[]>;

  /** Those whose next tick is due, the latest first. */
  due(now: Date, limit: number): Promise<Schedule[]>;
  /** Writes the ticks of a plan. Null: the schedule has changed meanwhile, or another node wrote them. */
  take(plan: TickPlan): Promise<TakenTicks | null>;
  /** A tick beside the calendar, claimed already. */
  takeManual(name: string): Promise<ManualTick>;
  /** Ticks whose turn has come no longer wait. */
  release(): Promise<void>;
  /** Tasks that a waiting tick wants to be cancelled, and nobody has asked yet. */
  unwanted(): Promise<string[]>;
  /** Due ticks that no node has tried within `leaseMs`. */
  claim(limit: number, leaseMs: number): Promise<DueTick[]>;
  /** Says what came of a due tick. */
  settle(tickId: string, end: TickEnd): Promise<void>;
  tick(tickId: string): Promise<Tick | null>;
}
