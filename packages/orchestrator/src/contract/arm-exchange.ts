/**
 * What goes to an arm outside of this program and what comes back: the same JSON for a `process` arm (one object on stdin,
 * one on stdout) and for an `http` arm (the body of the POST; there the answer is the bare result).
 */
import { z } from 'zod';
import { jsonObjectSchema, jsonSchema } from './json.ts';
import { budgetSchema, prioritySchema } from './task.ts';

const MOST_TOKENS = 1_000_000_000;
const MOST_DOLLARS = 1_000;
const MOST_SECONDS = 1_000_000;

const most = (unit: string, limit: number) => {
  const may = { error: `${unit} from 0 to ${limit}` };
  return z.number(may).min(0, may).max(limit, may);
};
const tokens = () => {
  const may = { error: `a whole number from 0 to ${MOST_TOKENS}` };
  return z.int(may).min(0, may).max(MOST_TOKENS, may);
};

/** What an arm says it has used of model calls; strangers say it, so each number has a bound. */
const toldTokensSchema = z.object(
  {
    input_tokens: tokens().optional(),
    output_tokens: tokens().optional(),
    /** True when the tokens are an estimate and not the provider's count. */
    estimated: z.boolean({ error: 'true or false' }).optional(),
  },
  { error: 'an object, as {"input_tokens": 120, "output_tokens": 400}' },
);
/** US dollars; null, or left out, when the price is not known. */
const toldCostSchema = most('a number of dollars', MOST_DOLLARS).nullable().optional();

/** Spending on a progress line of a program: of what it just did. */
export const armSpendingSchema = z.object({ usage: toldTokensSchema.optional(), cost_usd: toldCostSchema });
export type ArmSpending = z.infer<typeof armSpendingSchema>;

/**
 * What a remote arm says in the header `Switchyard-Usage` of any answer, as JSON: all that the attempt has used by now, so that an
 * answer that is lost or comes twice changes nothing.
 */
export const REMOTE_USAGE_HEADER = 'switchyard-usage';
export const remoteUsageSchema = toldTokensSchema.extend({
  cost_usd: toldCostSchema,
  /** Seconds of work on the other side; what goes beyond the time that passed here counts too. */
  seconds: most('a number of seconds', MOST_SECONDS).optional(),
});

/** One attempt, as it is handed out. */
export const armRequestSchema = z.object({
  /** `task_id/attempt`: names this attempt for good, the key to make an effect once. */
  id: z.string(),
  task_id: z.uuid(),
  /** From 1. */
  attempt: z.int().min(1),
  contract: z.object({
    goal: z.string(),
    constraints: jsonObjectSchema,
    context: z.string().nullable(),
    acceptance_criteria: z.array(z.string()),
    budget: budgetSchema,
    priority: prioritySchema,
    input: jsonSchema,
    metadata: jsonObjectSchema,
  }),
  /** When the attempt is stopped at the latest. */
  deadline: z.iso.datetime(),
});
export type ArmRequest = z.infer<typeof armRequestSchema>;

/** A code of the worker contract, or one of its own. */
const ERROR_CODE = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/;
const ERROR_MESSAGE_LIMIT = 4_000;

/** What a program answers. Further fields are allowed and ignored. */
export const armAnswerSchema = z.discriminatedUnion('success', [
  z.object({
    success: z.literal(true),
    result: jsonSchema,
    ...armSpendingSchema.shape,
    /** The `id` that was asked about; a program that is kept must say it, so that no late answer passes for another. */
    id: z.string().optional(),
  }),
  z.object({
    success: z.literal(false),
    error: z.object({
      message: z.string().transform((text) => text.slice(0, ERROR_MESSAGE_LIMIT)),
      /** For programs; upper-case words by custom. */
      code: z.string().regex(ERROR_CODE),
      /** Whether trying again may help; left out, the code decides. */
      retryable: z.boolean().optional(),
    }),
    id: z.string().optional(),
  }),
]);
export type ArmAnswer = z.infer<typeof armAnswerSchema>;

/** Codes of the worker contract that mean "try again" where the answer does not say. */
export const RETRYABLE_CODES: ReadonlySet<string> = new Set(['RATE_LIMIT', 'TIMEOUT', 'NETWORK_ERROR', 'SERVER_ERROR']);

/** A line of a program's stderr that is no log but tells how far it has come. */
export const armProgressSchema = z.object({ type: z.literal('progress') }).catchall(jsonSchema);
