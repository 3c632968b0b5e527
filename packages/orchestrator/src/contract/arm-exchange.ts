/**
 * What goes to an arm outside of this program and what comes back: the same JSON for a `process` arm (one object on stdin,
 * one on stdout) and for an `http` arm (the body of the POST; there the answer is the bare result).
 */
import { z } from 'zod';
import { jsonObjectSchema, jsonSchema } from './json.ts';
import { budgetSchema, prioritySchema, usageSchema } from './task.ts';

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
    usage: usageSchema.optional(),
    /** US dollars; null when the price is not known. */
    cost_usd: z.number().min(0).nullable().optional(),
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
