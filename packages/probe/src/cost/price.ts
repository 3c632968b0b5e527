/** What a conversation cost, in US dollars: by the price list of @pydantic/genai-prices, or by prices of one's own. An unknown price is null, never 0. */
import { parseModelId } from '../providers/model-id.ts';
import type { ProviderId } from '../providers/provider-table.ts';
import type { ModelCost } from '../worker-contract/input.ts';
import type { TranscriptTurn, WorkerTranscript } from '../worker-contract/output.ts';

/** Names of the providers in the price list; a compatible server may be anything. */
const LISTED_AS: { readonly [provider in ProviderId]: string | null } = {
  openai: 'openai',
  anthropic: 'anthropic',
  google: 'google',
  xai: 'x-ai',
  deepseek: 'deepseek',
  mistral: 'mistral',
  'openai-compatible': null,
};
const MILLION = 1_000_000;

export interface PricedModel {
  /** As it was asked for. */
  readonly modelId: string;
  /** Overrides the list. */
  readonly modelCost?: ModelCost | undefined;
}

/** The sum over the turns, since prices may depend on the length of a call; null when the price of any is unknown. 0 for what no model answered. */
export async function priceOfTranscript(
  { modelId, modelCost }: PricedModel,
  transcript: Pick<WorkerTranscript, 'turns' | 'startedAt'>,
): Promise<number | null> {
  const { turns } = transcript;
  if (turns.every(({ providerMetadata }) => providerMetadata?.['scripted'] === true)) return 0;
  if (modelCost !== undefined) return ownPrice(turns, modelCost);
  const { provider, model } = parseModelId(modelId);
  const providerId = LISTED_AS[provider];
  if (providerId === null) return null;
  // The list has 800 kB: loaded when a price is asked for.
  const { calcPrice } = await import('@pydantic/genai-prices');
  const timestamp = new Date(transcript.startedAt);
  let sum = 0;
  for (const { inputTokens = 0, outputTokens = 0, providerMetadata } of turns) {
    const cached = providerMetadata?.['cachedInputTokens'];
    const usage = {
      input_tokens: inputTokens,
      output_tokens: outputTokens,
      ...(typeof cached === 'number' && { cache_read_tokens: Math.min(cached, inputTokens) }),
    };
    const price =
      calcPrice(usage, servedAs(providerMetadata) ?? model, { providerId, timestamp }) ??
      calcPrice(usage, model, { providerId, timestamp });
    if (price === null) return null;
    sum += price.total_price;
  }
  return sum;
}

function ownPrice(turns: readonly TranscriptTurn[], { inputPerMillion, outputPerMillion }: ModelCost): number {
  return turns.reduce(
    (sum, { inputTokens = 0, outputTokens = 0 }) =>
      sum + (inputTokens * inputPerMillion + outputTokens * outputPerMillion) / MILLION,
    0,
  );
}

/** What has answered is what is charged: an alias may have moved on. */
function servedAs(metadata: TranscriptTurn['providerMetadata']): string | undefined {
  const version = metadata?.['modelVersion'];
  return typeof version === 'string' ? version : undefined;
}
