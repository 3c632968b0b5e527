import {
  estimateTokens,
  type Model,
  type ModelAnswer,
  type ModelRequest,
  priceOfTranscript,
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
export const listPrice: PriceOf = (model, { inputTokens, outputTokens }, answer) => {
  const providerMetadata = {
    scripted: answer?.scripted ?? model.provider === 'scripted',
    ...(answer?.modelVersion === undefined ? {} : { modelVersion: answer.modelVersion }),
    ...(answer?.usage.cachedInputTokens === undefined ? {} : { cachedInputTokens: answer.usage.cachedInputTokens }),
  };
  const turn = {
    turnNumber: 1,
    promptLabel: '',
    probePrompt: '',
    targetResponse: '',
    inputTokens,
    outputTokens,
    providerMetadata,
  };
  // A model that is in no list has no price that we know; its answer is none the worse for it.
  return priceOfTranscript({ modelId: model.id }, { turns: [turn], startedAt: new Date().toISOString() }).catch(
    () => null,
  );
};
