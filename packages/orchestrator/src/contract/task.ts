/**
 * The wire form of a task: what is submitted, what is answered. Field names are the protocol's; clients written
 * elsewhere depend on them.
 */
import { z } from 'zod';
import { ARM_NAME, ARM_NAME_LIMIT } from './arm-settings.ts';
import { jsonObjectSchema, jsonSchema } from './json.ts';
import { aggregateSchema, childCountsSchema, onChildFailureSchema, TREE_SIZE_LIMIT } from './tree.ts';

export const TASK_STATUSES = ['pending', 'processing', 'completed', 'failed', 'cancelled'] as const;
export const taskStatusSchema = z.enum(TASK_STATUSES);
export type TaskStatus = z.infer<typeof taskStatusSchema>;

/** Lowest first; the position is the priority of its queue job. */
export const PRIORITIES = ['low', 'medium', 'high', 'critical'] as const;
export const prioritySchema = z.enum(PRIORITIES);
export type Priority = z.infer<typeof prioritySchema>;

export const GOAL_LIMIT = 10_000;
export const CONTEXT_LIMIT = 50_000;
const CRITERIA_LIMIT = 100;
const CRITERION_LIMIT = 2_000;
const ATTEMPTS_LIMIT = 20;
/** NUL cannot be stored as text in PostgreSQL, and no goal needs one. */
const withoutNul = (text: string): boolean => !text.includes('\u0000');
const NUL_MESSAGE = 'must not contain the NUL character';

/** Years of fewer or more digits are written in ways that PostgreSQL does not read. */
function isStorableTime(text: string): boolean {
  const year = new Date(text).getUTCFullYear();
  // What is no time at all is told by the format.
  return Number.isNaN(year) || (year >= 1970 && year <= 9999);
}

const TIME_MESSAGE = 'must be a time from the year 1970 to the year 9999';

const nonBlank = (limit: number) =>
  z
    .string()
    .max(limit)
    .refine((text) => text.trim() !== '', 'must not be blank')
    .refine(withoutNul, NUL_MESSAGE);

/** What a task may use; what goes over is stopped. */
export const budgetSchema = z.object({
  /** Tokens of all model calls together. */
  max_tokens: z.int().min(1).max(100_000).default(10_000),
  /** Seconds of processing, over all attempts. */
  max_time_seconds: z.number().min(1).max(3600).default(300),
  /** US dollars. */
  max_cost_usd: z.number().min(0).max(100).default(1),
});
export type Budget = z.infer<typeof budgetSchema>;

const DEFAULT_BUDGET: Budget = { max_tokens: 10_000, max_time_seconds: 300, max_cost_usd: 1 };

/** The body of POST /submit. Unknown fields are ignored. */
export const taskRequestSchema = z.object({
  /** What is to be done, 1–10,000 characters, not blank. */
  goal: nonBlank(GOAL_LIMIT),
  constraints: jsonObjectSchema.default({}),
  /** Background for the arm, at most 50,000 characters. */
  context: z.string().max(CONTEXT_LIMIT).refine(withoutNul, NUL_MESSAGE).nullish(),
  acceptance_criteria: z.array(nonBlank(CRITERION_LIMIT)).max(CRITERIA_LIMIT).default([]),
  budget: budgetSchema.default(DEFAULT_BUDGET),
  priority: prioritySchema.default('medium'),
  /** Which arm does it; without one it goes to `generalist`. */
  assigned_arm: z
    .string()
    .regex(ARM_NAME, 'must be the name of an arm: lower-case letters, digits and dashes')
    .nullish(),
  parent_task_id: z.uuid().nullish(),
  /** What the arm works on, checked against the arm's own schema. */
  input: jsonSchema.optional(),
  metadata: jsonObjectSchema.default({}),
  /** Not before this time (ISO 8601 with offset). */
  start_after: z.iso.datetime({ offset: true }).refine(isStorableTime, TIME_MESSAGE).nullish(),
  /** How many times an arm may fail at it for a reason that may pass, 1–20. */
  max_attempts: z.int().min(1).max(ATTEMPTS_LIMIT).default(3),
  /** Tasks that this one is made of; it ends when they have, and its result is made of theirs. Trees may be 5 levels deep. */
  get subtasks() {
    return z
      .array(taskRequestSchema)
      .min(1)
      .max(TREE_SIZE_LIMIT - 1)
      .optional();
  },
  aggregate: aggregateSchema.default({ by: 'all' }),
  on_child_failure: onChildFailureSchema.default('fail'),
});
/** What a client writes. */
export type TaskRequest = z.input<typeof taskRequestSchema>;
/** What the server works with: every default filled in. */
export type TaskContract = z.output<typeof taskRequestSchema>;

export const BATCH_LIMIT = 1_000;

/** The body of POST /submit/batch: taken as a whole or not at all. */
export const batchRequestSchema = z.array(taskRequestSchema).min(1).max(BATCH_LIMIT);
export type BatchContract = z.output<typeof batchRequestSchema>;

/** The 202 answer of POST /submit. */
export const submittedSchema = z.object({
  task_id: z.uuid(),
  status: taskStatusSchema,
  message: z.string(),
});
export type Submitted = z.infer<typeof submittedSchema>;

/** The 202 answer of POST /submit/batch, in the order of the request. */
export const batchSubmittedSchema = z.object({
  data: z.array(submittedSchema.pick({ task_id: true, status: true })),
  message: z.string(),
});
export type BatchSubmitted = z.infer<typeof batchSubmittedSchema>;

/** The body of POST /tasks/retry: failed tasks by their ids, or all that the rest names. */
export const retryRequestSchema = z
  .object({
    status: z.literal('failed', 'must be failed: only failed tasks can be tried again').optional(),
    task_ids: z.array(z.string().max(64)).min(1).max(BATCH_LIMIT).optional(),
    arm: z.string().max(ARM_NAME_LIMIT).refine(withoutNul, NUL_MESSAGE).optional(),
    /** Of the error that they failed with, as `error.code` tells it. */
    code: z.string().max(100).refine(withoutNul, NUL_MESSAGE).optional(),
    /** When they failed: from here … */
    since: z.iso.datetime({ offset: true }).refine(isStorableTime, TIME_MESSAGE).optional(),
    /** … and before this; default: the time of the request. */
    before: z.iso.datetime({ offset: true }).refine(isStorableTime, TIME_MESSAGE).optional(),
    /** Only counts. */
    dry_run: z.boolean().default(false),
  })
  .refine(({ status, task_ids }) => status !== undefined || task_ids !== undefined, {
    error: 'must name tasks: task_ids, or status "failed" for all that arm, code, since and before leave',
  });
export type RetryRequest = z.input<typeof retryRequestSchema>;

export const retriedSchema = z.object({
  /** Queued again by this call; at most 5,000. */
  retried: z.int(),
  /** Still failed of what was asked for; call again, with `before`, until it is 0. */
  remaining: z.int(),
  remaining_by_code: z.record(z.string(), z.int()),
  before: z.iso.datetime(),
});
export type Retried = z.infer<typeof retriedSchema>;

export const usageSchema = z.object({
  input_tokens: z.int().optional(),
  output_tokens: z.int().optional(),
  /** True when the tokens are an estimate and not the provider's count. */
  estimated: z.boolean().optional(),
});
export type Usage = z.infer<typeof usageSchema>;

/** Why a task failed: for people, and a stable code for programs. */
export const taskErrorSchema = z.object({ code: z.string(), message: z.string() });
export type TaskError = z.infer<typeof taskErrorSchema>;

/** GET /tasks/{task_id}. */
export const taskViewSchema = z.object({
  task_id: z.uuid(),
  status: taskStatusSchema,
  goal: z.string(),
  result: jsonSchema.nullable(),
  error: taskErrorSchema.nullable(),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
  /** Time spent by arms on it, over all attempts; null until one ended. */
  processing_time_ms: z.int().nullable(),
  arm: z.string(),
  /** The number of the current or last attempt; 0 before the first. */
  attempt: z.int(),
  priority: prioritySchema,
  parent_task_id: z.uuid().nullable(),
  metadata: jsonObjectSchema,
  /** How its subtasks stand; GET /tasks?parent=ID lists them. */
  children: childCountsSchema.optional(),
  progress: jsonSchema.optional(),
  usage: usageSchema.optional(),
  /** US dollars; null when the price is not known. */
  cost_usd: z.number().nullable().optional(),
  /** True from the moment a cancel was asked for. */
  cancel_requested: z.boolean().optional(),
  trace_id: z.string(),
  /** Where placeholders in the result stand for what was taken out of the submission; `detail`: why they are not put back. */
  redaction: z.object({ restored: z.boolean(), detail: z.string().optional() }).optional(),
  links: z.object({
    self: z.string(),
    events: z.string(),
    cancel: z.string().optional(),
    retry: z.string().optional(),
  }),
});
export type RedactionView = NonNullable<z.infer<typeof taskViewSchema>['redaction']>;
export type TaskView = z.infer<typeof taskViewSchema>;

/**
 * A task in a list: without its result, which may be large (GET /tasks/{task_id} has it); `metadata` and `progress` are
 * left out where they take more than 2 kB.
 */
export const taskSummarySchema = taskViewSchema.omit({ result: true, redaction: true }).partial({ metadata: true });
export type TaskSummary = z.infer<typeof taskSummarySchema>;

/** GET /tasks: newest first. */
export const taskPageSchema = z.object({ data: z.array(taskSummarySchema), next_cursor: z.string().nullable() });
export type TaskPage = z.infer<typeof taskPageSchema>;

export const taskQuerySchema = z.object({
  status: taskStatusSchema.optional(),
  /** Only the subtasks of this one, in their order; behind them, newest first, what was handed in below it by itself. */
  parent: z.uuid().optional(),
  arm: z.string().max(ARM_NAME_LIMIT).refine(withoutNul, NUL_MESSAGE).optional(),
  /** Words to look for in the goal. */
  q: z.string().max(200).refine(withoutNul, NUL_MESSAGE).optional(),
  cursor: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export type TaskQuery = z.output<typeof taskQuerySchema>;
