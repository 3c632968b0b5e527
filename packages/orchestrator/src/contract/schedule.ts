/** Schedules: tasks that are handed in by the clock, as they are written and shown. */
import { z } from 'zod';
import { prioritySchema, taskRequestSchema, taskStatusSchema } from './task.ts';

/** Schedules of one system. */
export const SCHEDULES_LIMIT = 1_000;
/** Ticks that are kept of each, beside those that are still open. */
export const TICKS_KEPT = 500;
/** Ticks of one schedule that may wait for their turn. */
export const WAITING_LIMIT = 100;
/** Missed ticks are counted so far. */
export const MISSED_COUNT_LIMIT = 1_000;

const NAME = /^[a-z][a-z0-9-]{0,62}$/;
const CRON_LIMIT = 200;
const ZONE_LIMIT = 64;

export const ON_OVERLAP = ['skip', 'queue', 'cancel-previous', 'allow'] as const;
/**
 * What a tick does while the task of an earlier one has not ended. `skip`: nothing. `queue`: it waits for its turn.
 * `cancel-previous`: the earlier one is cancelled, and this one begins when it has stopped. `allow`: both run.
 */
export const onOverlapSchema = z.enum(ON_OVERLAP);
export type OnOverlap = z.infer<typeof onOverlapSchema>;

export const ON_MISSED = ['skip', 'run-once'] as const;
/** What is done about ticks that came due while nothing ran. `skip`: they are only told. `run-once`: one run stands for all of them. */
export const onMissedSchema = z.enum(ON_MISSED);
export type OnMissed = z.infer<typeof onMissedSchema>;

const cron = z.string().min(1).max(CRON_LIMIT);
const timeZone = z.string().min(1).max(ZONE_LIMIT);

/** The body of POST /schedules. Unknown fields are ignored. */
export const scheduleRequestSchema = z.object({
  name: z.string().regex(NAME, 'must be lower-case letters, digits and dashes, a letter first, at most 63 in all'),
  /** Five fields: minute, hour, day of the month, month, day of the week; or @hourly, @daily, @weekly, @monthly, @yearly. */
  cron: cron.describe('minute, hour, day of the month, month, day of the week; or @daily and the like'),
  /** IANA name, as Europe/Berlin. */
  time_zone: timeZone.default('UTC').describe('IANA name, as Europe/Berlin'),
  /** What is handed in at each tick, as POST /submit takes it, with subtasks if it has some. */
  task: taskRequestSchema,
  on_overlap: onOverlapSchema.default('skip'),
  on_missed: onMissedSchema.default('skip'),
  paused: z.boolean().default(false),
});
export type ScheduleRequest = z.input<typeof scheduleRequestSchema>;
export type ScheduleContract = z.output<typeof scheduleRequestSchema>;

/** The body of PATCH /schedules/{name}: what is not given stays. */
export const schedulePatchSchema = z
  .object({
    cron: cron.optional(),
    time_zone: timeZone.optional(),
    task: taskRequestSchema.optional(),
    on_overlap: onOverlapSchema.optional(),
    on_missed: onMissedSchema.optional(),
    paused: z.boolean().optional(),
  })
  .refine((patch) => Object.values(patch).some((value) => value !== undefined), {
    error: 'must change something: cron, time_zone, task, on_overlap, on_missed or paused',
  });
export type SchedulePatchRequest = z.input<typeof schedulePatchSchema>;
export type SchedulePatch = z.output<typeof schedulePatchSchema>;

export const TICK_KINDS = ['cron', 'catch-up', 'manual'] as const;
/** `catch-up`: stands for missed ones. `manual`: was asked for. */
export const tickKindSchema = z.enum(TICK_KINDS);
export type TickKind = z.infer<typeof tickKindSchema>;

export const TICK_OUTCOMES = ['due', 'waiting', 'submitted', 'skipped', 'missed', 'refused'] as const;
/**
 * `due`: is being handed in. `waiting`: for the end of an earlier task. `skipped`: because of an earlier task. `missed`: nothing
 * ran at the time; it stands for all ticks of that gap. `refused`: the submission was not taken, `reason` says why.
 */
export const tickOutcomeSchema = z.enum(TICK_OUTCOMES);
export type TickOutcome = z.infer<typeof tickOutcomeSchema>;

/** Ticks that came due while nothing ran. */
export const missedTicksSchema = z.object({
  count: z.int(),
  /** True: there were more than are counted. */
  at_least: z.boolean(),
  from: z.iso.datetime(),
  to: z.iso.datetime(),
});
export type MissedTicks = z.infer<typeof missedTicksSchema>;

export const tickViewSchema = z.object({
  /** The time that it was for. */
  tick_at: z.iso.datetime(),
  kind: tickKindSchema,
  outcome: tickOutcomeSchema,
  reason: z.object({ code: z.string(), message: z.string() }).nullable(),
  task_id: z.uuid().nullable(),
  /** Null without a task, and when the task is no longer kept. */
  task_status: taskStatusSchema.nullable(),
  /** Of an outcome `missed`. */
  missed: missedTicksSchema.nullable(),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
});
export type TickView = z.infer<typeof tickViewSchema>;

/** GET /schedules/{name}/ticks: newest first. */
export const tickListSchema = z.object({ data: z.array(tickViewSchema) });
export type TickList = z.infer<typeof tickListSchema>;

export const tickQuerySchema = z.object({ limit: z.coerce.number().int().min(1).max(TICKS_KEPT).default(50) });

const taskOutlineSchema = z.object({ goal: z.string(), arm: z.string(), priority: prioritySchema, subtasks: z.int() });

export const scheduleSummarySchema = z.object({
  name: z.string(),
  cron: z.string(),
  time_zone: z.string(),
  on_overlap: onOverlapSchema,
  on_missed: onMissedSchema,
  paused: z.boolean(),
  /** What it hands in, in short; the goal is cut at 200 characters. */
  outline: taskOutlineSchema,
  /** Null while it is paused. */
  next_at: z.iso.datetime().nullable(),
  /** The next three, `next_at` first. */
  upcoming: z.array(z.iso.datetime()),
  last_tick: tickViewSchema.nullable(),
  /** The last gap in which nothing ran. */
  last_missed: missedTicksSchema.nullable(),
  /** Ticks by what came of them, since it was created. */
  counts: z.object({ submitted: z.int(), skipped: z.int(), missed: z.int(), refused: z.int() }),
  /** Ticks that wait for the end of an earlier task. */
  waiting: z.int(),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
});
export type ScheduleSummary = z.infer<typeof scheduleSummarySchema>;

export const scheduleViewSchema = scheduleSummarySchema.extend({
  /** As it was written, every default filled in. */
  task: taskRequestSchema,
  links: z.object({ self: z.string(), ticks: z.string(), run: z.string() }),
});
export type ScheduleView = z.output<typeof scheduleViewSchema>;

/** GET /schedules, by name. */
export const scheduleListSchema = z.object({ data: z.array(scheduleSummarySchema) });
export type ScheduleList = z.infer<typeof scheduleListSchema>;
