/** Which provider a model id means. */
import { ProviderUnsupported } from '../model/errors.ts';
import { isProviderId, PROVIDER_IDS, PROVIDERS, type ProviderId } from './provider-table.ts';

export interface ModelName {
  readonly provider: ProviderId;
  /** As the provider knows it. */
  readonly model: string;
}

/**
 * `openai:o3-mini` says its provider; `o3-mini` leaves it to the table.
 *
 * @throws ProviderUnsupported when neither does
 */
export function parseModelId(id: string): ModelName {
  const colon = id.indexOf(':');
  const prefix = id.slice(0, Math.max(colon, 0));
  if (isProviderId(prefix) && colon + 1 < id.length) return { provider: prefix, model: id.slice(colon + 1) };
  const provider = PROVIDERS.find(({ models }) => models !== null && new RegExp(models).test(id));
  if (provider === undefined) throw new ProviderUnsupported(id, PROVIDER_IDS);
  return { provider: provider.id, model: id };
}
