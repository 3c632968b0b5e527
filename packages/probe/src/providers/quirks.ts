/** How models differ from what their provider's protocol lets expect: `models/quirks.json`, each with its source. */
import { z } from 'zod';
import table from '../../models/quirks.json' with { type: 'json' };
import { type ModelConfig, modelConfigSchema } from '../worker-contract/input.ts';
import type { ModelName } from './model-id.ts';
import { PROVIDER_IDS } from './provider-table.ts';

const quirkSchema = z.strictObject({
  provider: z.enum(PROVIDER_IDS),
  /** A pattern of model ids. */
  models: z.string(),
  ...modelConfigSchema.shape,
  why: z.string(),
  source: z.url(),
});
export type Quirk = z.output<typeof quirkSchema>;

export const QUIRKS: readonly Quirk[] = z.array(quirkSchema).parse(table);

/** What holds for one model: `own` over the later rows of the table over the earlier ones over the usual. */
export function quirksOf({ provider, model }: ModelName, own: ModelConfig = {}): Required<ModelConfig> {
  const rows = QUIRKS.filter((quirk) => quirk.provider === provider && new RegExp(quirk.models).test(model));
  const found: Required<ModelConfig> = { temperature: 'send', maxTokensParameter: 'max_tokens', preamble: 'system' };
  for (const { temperature, maxTokensParameter, preamble } of [...rows, own]) {
    if (temperature !== undefined) found.temperature = temperature;
    if (maxTokensParameter !== undefined) found.maxTokensParameter = maxTokensParameter;
    if (preamble !== undefined) found.preamble = preamble;
  }
  return found;
}
