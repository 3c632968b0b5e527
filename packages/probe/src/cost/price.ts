/** What a conversation cost, in US dollars: by the price list of @pydantic/genai-prices, or by prices of one's own. An unknown price is null, never 0. */
import { ProviderUnsupported } from '../model/errors.ts';
import { parseModelId } from '../providers/model-id.ts';
import type { ProviderId } from '../providers/provider-table.ts';
import type { ModelCost } from '../worker-contract/input.ts';
import type { TranscriptTurn, WorkerTranscript } from '../worker-contract/output.ts';
import { openPriceList, type PriceList } from './price-list.ts';

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

/** One call of a model, as far as its price goes. */
export interface PricedCall {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Of the input. Default 0. */
  readonly cachedInputTokens?: number | undefined;
  /** What has answered is what is charged: an alias may have moved on. Default: what was asked for. */
  readonly modelVersion?: string | undefined;
  /** True: nobody was asked, at no price. */
  readonly scripted?: boolean | undefined;
}

/** What calls cost; keeps what it looked up. */
export interface Pricer {
  /** The sum over the calls, since prices may depend on the length of one; null when the price of any is unknown. */
  ofCalls(model: PricedModel, calls: readonly PricedCall[], at: Date): Promise<number | null>;
  ofTranscript(model: PricedModel, transcript: PricedTranscript): Promise<number | null>;
}

type PricedTranscript = Pick<WorkerTranscript, 'turns' | 'startedAt'>;

export function createPricer(): Pricer {
  let opened: Promise<PriceList> | undefined;
  const list = (): Promise<PriceList> => (opened ??= openPriceList());
  const ofCalls: Pricer['ofCalls'] = (model, calls, at) => priceBy(list, model, calls, at);
  return {
    ofCalls,
    ofTranscript: (model, { turns, startedAt }) => ofCalls(model, turns.map(callOf), new Date(startedAt)),
  };
}

async function priceBy(
  openList: () => Promise<PriceList>,
  { modelId, modelCost }: PricedModel,
  calls: readonly PricedCall[],
  at: Date,
): Promise<number | null> {
  if (calls.every(({ scripted }) => scripted === true)) return 0;
  if (modelCost !== undefined) return ownPrice(calls, modelCost);
  const listed = listedAs(modelId);
  if (listed === null) return null;
  const { providerId, model } = listed;
  const list = await openList();
  let sum = 0;
  for (const { inputTokens, outputTokens, cachedInputTokens = 0, modelVersion } of calls) {
    const use = { inputTokens, outputTokens, cachedInputTokens };
    const served = modelVersion === undefined ? null : list.priceOf(use, providerId, modelVersion, at);
    const price = served ?? list.priceOf(use, providerId, model, at);
    if (price === null) return null;
    sum += price;
  }
  return sum;
}

/** Null where nobody lists the model. */
function listedAs(modelId: string): { readonly providerId: string; readonly model: string } | null {
  try {
    const { provider, model } = parseModelId(modelId);
    const providerId = LISTED_AS[provider];
    return providerId === null ? null : { providerId, model };
  } catch (error) {
    if (error instanceof ProviderUnsupported) return null;
    throw error;
  }
}

/** Of a single conversation; whoever prices many keeps a pricer. */
export function priceOfTranscript(model: PricedModel, transcript: PricedTranscript): Promise<number | null> {
  return createPricer().ofTranscript(model, transcript);
}

function callOf({ inputTokens = 0, outputTokens = 0, providerMetadata = {} }: TranscriptTurn): PricedCall {
  const { cachedInputTokens, modelVersion, scripted } = providerMetadata;
  return {
    inputTokens,
    outputTokens,
    cachedInputTokens: typeof cachedInputTokens === 'number' ? cachedInputTokens : undefined,
    modelVersion: typeof modelVersion === 'string' ? modelVersion : undefined,
    scripted: scripted === true,
  };
}

function ownPrice(calls: readonly PricedCall[], { inputPerMillion, outputPerMillion }: ModelCost): number {
  return calls.reduce(
    (sum, { inputTokens, outputTokens }) =>
      sum + (inputTokens * inputPerMillion + outputTokens * outputPerMillion) / MILLION,
    0,
  );
}
