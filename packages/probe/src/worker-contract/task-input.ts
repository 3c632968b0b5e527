/** The `input` of a task of the probe arm: what a worker is given, and what its transcript is stored under. */
import { z } from 'zod';
import { ProviderUnsupported } from '../model/errors.ts';
import { type ModelName, parseModelId } from '../providers/model-id.ts';
import { providerOf } from '../providers/provider-table.ts';
import { quirksOf } from '../providers/quirks.ts';
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
    return temperatureProblems(parseModelId(modelId), parsed.data);
  } catch (error) {
    if (!(error instanceof ProviderUnsupported)) throw error;
    return [{ pointer: '/modelId', detail: error.message }];
  }
}

/** Providers differ in what they take; where none is sent, any will do. */
function temperatureProblems(name: ModelName, { config, modelConfig }: ProbeTaskInput): SchemaProblem[] {
  const { title, maxTemperature } = providerOf(name.provider);
  const { temperature } = config;
  if (typeof temperature !== 'number' || temperature <= maxTemperature) return [];
  if (quirksOf(name, modelConfig).temperature === 'omit') return [];
  const detail = `must be at most ${maxTemperature} for models of ${title}; it was ${temperature}`;
  return [{ pointer: '/config/temperature', detail }];
}

/** For descriptions and forms. */
export function probeTaskInputJsonSchema(): z.core.JSONSchema.BaseSchema {
  return z.toJSONSchema(probeTaskInputSchema, { io: 'input' });
}
