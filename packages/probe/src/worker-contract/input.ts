/**
 * What a probe worker is given: one JSON object on stdin (CONTRACTS.md, section 5). A worker in any language gets the same,
 * and so does the one in process.
 */
import { z } from 'zod';
import {
  LONGEST_ID,
  LONGEST_LABEL,
  LONGEST_PREAMBLE,
  LONGEST_PROMPT,
  MOST_FOLLOWUPS,
  MOST_OUTPUT_TOKENS,
  MOST_TURNS,
} from './limits.ts';

const withoutNul = (text: string): boolean => !text.includes('\u0000');
const NUL_MESSAGE = 'must not contain the NUL character';

const prompt = z
  .string()
  .max(LONGEST_PROMPT, `must be at most ${LONGEST_PROMPT} characters`)
  .refine((text) => text.trim() !== '', 'must not be blank')
  .refine(withoutNul, NUL_MESSAGE);

export const followupSchema = z.object({
  /** Names the turn in the transcript. */
  label: z.string().min(1).max(LONGEST_LABEL).refine(withoutNul, NUL_MESSAGE),
  prompt,
});

export const scenarioSchema = z.object({
  /** Goes in front as the system message; empty: none. Default empty. */
  preamble: z.string().max(LONGEST_PREAMBLE).refine(withoutNul, NUL_MESSAGE).default(''),
  /** The first turn. */
  prompt,
  /** The turns after it, in order. Default none. */
  followups: z.array(followupSchema).max(MOST_FOLLOWUPS).default([]),
});
export type Scenario = z.output<typeof scenarioSchema>;

export const conversationConfigSchema = z.object({
  /** 0 to 2; the provider's default when absent or null. Left out for models that take none. */
  temperature: z.number().min(0).max(2).nullish(),
  /** Most tokens of each answer. Default 1,024. */
  maxTokens: z.int().min(1).max(MOST_OUTPUT_TOKENS).default(1_024),
  /** Turns at most, the first prompt included: followups are cut to `maxTurns − 1`. Default 10. */
  maxTurns: z.int().min(1).max(MOST_TURNS).default(10),
});
export type ConversationConfig = z.output<typeof conversationConfigSchema>;

/** How one model differs from its provider's others; each field overrides `models/quirks.json`. */
export const modelConfigSchema = z.object({
  /** `omit`: the model refuses a temperature, so none is sent. */
  temperature: z.enum(['send', 'omit']).optional(),
  /** The name of the parameter for `maxTokens`, where the protocol is OpenAI's. */
  maxTokensParameter: z.enum(['max_tokens', 'max_completion_tokens']).optional(),
  /** How the preamble is sent, where the protocol is OpenAI's: as a message of this role, or in front of the first prompt. */
  preamble: z.enum(['system', 'developer', 'prepend']).optional(),
});
export type ModelConfig = z.output<typeof modelConfigSchema>;

/** US dollars for a million tokens; overrides the price list. */
export const modelCostSchema = z.object({
  inputPerMillion: z.number().min(0),
  outputPerMillion: z.number().min(0),
});
export type ModelCost = z.output<typeof modelCostSchema>;

/** Unknown fields are ignored. */
export const workerInputSchema = z.object({
  runId: z.string().max(LONGEST_ID),
  scenarioId: z.string().max(LONGEST_ID),
  /** `gpt-4o`, or with its provider: `openai:gpt-4o`. */
  modelId: z.string().min(1).max(LONGEST_ID),
  /** Asks for this version of the model instead of the id, where it is given. */
  modelVersion: z.string().min(1).max(LONGEST_ID).optional(),
  scenario: scenarioSchema,
  config: conversationConfigSchema,
  modelConfig: modelConfigSchema.optional(),
  modelCost: modelCostSchema.optional(),
});
/** With every default filled in. */
export type WorkerInput = z.output<typeof workerInputSchema>;
