/** The `input` of a task of the probe arm: what a worker is given, and what its transcript is stored under. */
import { z } from 'zod';
import { ProviderUnsupported } from '../model/errors.ts';
import { parseModelId } from '../providers/model-id.ts';
import { conversationConfigSchema, workerInputSchema } from './input.ts';
import { LONGEST_ID } from './limits.ts';
import { type SchemaProblem, schemaProblems } from './schema-problems.ts';

const MOST_SAMPLES = 1_000_000;

/** Unknown fields are ignored. */
export const probeTaskInputSchema = workerInputSchema.extend({
  /** Default: the task's id. */
  runId: z.string().min(1).max(LONGEST_ID).optional(),
  /** Default `adhoc`: a scenario that is kept nowhere. */
  scenarioId: z.string().min(1).max(LONGEST_ID).default('adhoc'),
  config: conversationConfigSchema.prefault({}),
  /** Which of several conversations by the same scenario and model it is, from 0. Default 0. */
  sampleIndex: z.int().min(0).max(MOST_SAMPLES).default(0),
  /** What the scenario was made from, stored with the transcript as it is. */
  definitionSnapshot: z.json().optional(),
});
export type ProbeTaskInput = z.output<typeof probeTaskInputSchema>;

/** What is wrong with an input; empty when a conversation can be held by it. Whether there is a key is seen where it is held. */
export function probeTaskInputProblems(input: unknown): SchemaProblem[] {
  const parsed = probeTaskInputSchema.safeParse(input);
  if (!parsed.success) return schemaProblems(parsed.error, input);
  const { modelId } = parsed.data;
  if (modelId === 'scripted' || modelId.startsWith('scripted:')) return [];
  try {
    parseModelId(modelId);
    return [];
  } catch (error) {
    if (!(error instanceof ProviderUnsupported)) throw error;
    return [{ pointer: '/modelId', detail: error.message }];
  }
}

/** For descriptions and forms. */
export function probeTaskInputJsonSchema(): z.core.JSONSchema.BaseSchema {
  return z.toJSONSchema(probeTaskInputSchema, { io: 'input' });
}
