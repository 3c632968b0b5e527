/**
 * The price list of @pydantic/genai-prices. Looking a model up in it compares its name with every pattern of its provider, which
 * costs more than all else about a price: so the row that was found is kept, and asked alone the next time.
 */
import type { Provider } from '@pydantic/genai-prices';

/** Rows kept; names of models come from tasks, so there may be any number of them. */
const MOST_ROWS = 1_000;

export interface PricedUse {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Of the input. */
  readonly cachedInputTokens: number;
}

export interface PriceList {
  /** US dollars at that time; null where the list does not know the model. */
  priceOf(use: PricedUse, providerId: string, model: string, at: Date): number | null;
}

/** The list has 800 kB: to be opened when a price is asked for. */
export async function openPriceList(): Promise<PriceList> {
  const { calcPrice } = await import('@pydantic/genai-prices');
  const rows = new Map<string, Provider | null>();
  return {
    priceOf: ({ inputTokens, outputTokens, cachedInputTokens }, providerId, model, at) => {
      const usage = {
        input_tokens: inputTokens,
        output_tokens: outputTokens,
        cache_read_tokens: Math.min(cachedInputTokens, inputTokens),
      };
      const name = `${providerId} ${model}`;
      const row = rows.get(name);
      if (row === null) return null;
      const price = calcPrice(usage, model, {
        ...(row === undefined ? { providerId } : { provider: row }),
        timestamp: at,
      });
      if (row === undefined) {
        if (rows.size >= MOST_ROWS) rows.clear();
        rows.set(name, price === null ? null : { ...price.provider, models: [price.model] });
      }
      return price === null ? null : price.total_price;
    },
  };
}
