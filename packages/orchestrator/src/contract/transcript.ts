/** A recorded conversation on the wire. */
import { z } from 'zod';
import { jsonSchema } from './json.ts';
import { taskErrorSchema } from './task.ts';

export const transcriptViewSchema = z.object({
  id: z.uuid(),
  /** Null outside a run. */
  runId: z.uuid().nullable(),
  scenarioId: z.string(),
  modelId: z.string(),
  /** What the provider says has answered; null when it does not say. */
  modelVersion: z.string().nullable(),
  sampleIndex: z.int(),
  content: z.object({
    schemaVersion: z.literal(1),
    turns: z.array(
      z.object({
        role: z.enum(['user', 'assistant']),
        content: z.string(),
        label: z.string().optional(),
        inputTokens: z.int().optional(),
        outputTokens: z.int().optional(),
      }),
    ),
  }),
  /** Prompts with their answers. */
  turnCount: z.int(),
  tokenCount: z.int(),
  durationMs: z.int(),
  /** US dollars; null when the price is not known. */
  estimatedCost: z.number().nullable(),
  /** True when no model was asked. */
  scripted: z.boolean(),
  /** Why the conversation broke off after these turns; null when it was held to its end. */
  error: taskErrorSchema.nullable(),
  definitionSnapshot: jsonSchema,
  createdAt: z.iso.datetime(),
});
export type TranscriptView = z.infer<typeof transcriptViewSchema>;
