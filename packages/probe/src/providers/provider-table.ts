/** The providers: `models/providers.json`, which the workers in other languages read as well. */
import { z } from 'zod';
import table from '../../models/providers.json' with { type: 'json' };

export const PROVIDER_IDS = [
  'openai',
  'anthropic',
  'google',
  'xai',
  'deepseek',
  'mistral',
  'openai-compatible',
] as const;
export type ProviderId = (typeof PROVIDER_IDS)[number];

const providerSchema = z.strictObject({
  id: z.enum(PROVIDER_IDS),
  /** For people. */
  title: z.string(),
  /** Environment variable that holds the key. */
  keyVariable: z.string(),
  /** True for servers that may want none. */
  keyOptional: z.boolean(),
  /** Environment variable that names another address. */
  baseUrlVariable: z.string(),
  /** Up to and including the version; null: none is known, so the variable must be set. */
  baseUrl: z.string().nullable(),
  /** Of a call, after the base; `{model}` stands for the model. */
  path: z.string(),
  /** Which model ids are this provider's where an id names none: a pattern; null: none. */
  models: z.string().nullable(),
  maxTemperature: z.number(),
  /** Where the provider documents it. */
  source: z.url(),
});
export type Provider = z.output<typeof providerSchema>;

export const PROVIDERS: readonly Provider[] = z.array(providerSchema).parse(table);

export function isProviderId(text: string): text is ProviderId {
  return PROVIDER_IDS.some((id) => id === text);
}

export function providerOf(id: ProviderId): Provider {
  const provider = PROVIDERS.find((one) => one.id === id);
  if (provider === undefined) throw new Error(`models/providers.json has no ${id}`);
  return provider;
}
