/** A scenario in a file: what is asked, and how, without whom. */
import { z } from 'zod';
import { ScenarioInvalid } from '../model/errors.ts';
import { conversationConfigSchema, modelConfigSchema, modelCostSchema, scenarioSchema } from './input.ts';
import { schemaProblems } from './schema-problems.ts';

const scenarioFileSchema = z.strictObject({
  ...scenarioSchema.shape,
  /** For people. */
  title: z.string().max(200).optional(),
  config: z.strictObject(conversationConfigSchema.shape).prefault({}),
  modelConfig: z.strictObject(modelConfigSchema.shape).optional(),
  modelCost: z.strictObject(modelCostSchema.shape).optional(),
});
export type ScenarioFile = z.output<typeof scenarioFileSchema>;

/**
 * @param source how to name it in an error, as its path
 * @throws ScenarioInvalid with a JSON Pointer for each problem; what is not known is one
 */
export function parseScenarioFile(value: unknown, source: string): ScenarioFile {
  const parsed = scenarioFileSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ScenarioInvalid(source, schemaProblems(parsed.error, value));
}
