import {
  createPricer,
  estimateTokens,
  type Model,
  type ModelAnswer,
  type ModelRequest,
  type TokenUsage,
} from '@switchyard/probe';
import type { Meter } from '../../ports/meter.ts';

/** US dollars for a call; null when the price is not known. */
export type PriceOf = (
  model: Pick<Model, 'id' | 'provider'>,
  usage: Pick<TokenUsage, 'inputTokens' | 'outputTokens'>,
  answer?: ModelAnswer,
) => Promise<number | null>;

/** The model, each of whose calls asks the meter first and tells it after. */
export function meteredModel(model: Model, meter: Meter, priceOf: PriceOf): Model {
  return {
    id: model.id,
    provider: model.provider,
    complete: async (request, signal) => {
      const most = { inputTokens: inputTokensOf(request), outputTokens: request.maxTokens };
      const hold = await meter.hold(
        { tokens: most.inputTokens + most.outputTokens, costUsd: await priceOf(model, most) },
        signal,
      );
      let answer: ModelAnswer;
      try {
        answer = await model.complete(request, signal);
      } catch (error) {
        await hold.release();
        throw error;
      }
      const { inputTokens, outputTokens } = answer.usage;
      await hold.settle({ inputTokens, outputTokens, costUsd: await priceOf(model, answer.usage, answer) });
      return answer;
    },
  };
}

/** Estimated before the call; the provider counts after it. */
export function inputTokensOf({ messages }: Pick<ModelRequest, 'messages'>): number {
  return messages.reduce((sum, { content }) => sum + estimateTokens(content), 0);
}

/** By the price list: what the scripted model says is free, what the list does not know is not known. */
export function createListPrice(): PriceOf {
  const pricer = createPricer();
  return (model, { inputTokens, outputTokens }, answer) => {
    const { scripted = model.provider === 'scripted', modelVersion, usage } = answer ?? {};
    const call = { inputTokens, outputTokens, cachedInputTokens: usage?.cachedInputTokens, modelVersion, scripted };
    // A model that is in no list has no price that we know; its answer is none the worse for it.
    return pricer.ofCalls({ modelId: model.id }, [call], new Date()).catch(() => null);
  };
}
