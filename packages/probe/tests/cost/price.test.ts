import { describe, expect, it } from 'vitest';
import { priceOfTranscript, type TranscriptTurn } from '../../src/index.ts';

const turn = (providerMetadata: TranscriptTurn['providerMetadata'] = {}): TranscriptTurn => ({
  turnNumber: 1,
  promptLabel: 'scenario_prompt',
  probePrompt: 'a',
  targetResponse: 'b',
  inputTokens: 1_000,
  outputTokens: 1_000,
  providerMetadata,
});
const price = (modelId: string, turns = [turn()]): Promise<number | null> =>
  priceOfTranscript({ modelId }, { turns, startedAt: '2026-06-01T00:00:00Z' });

describe('the price of a conversation', () => {
  it.each(['gpt-4o', 'openai:gpt-4o', 'claude-3-opus', 'gemini-1.5-pro', 'grok-2', 'deepseek-chat', 'mistral-large'])(
    'of %s is known',
    async (modelId) => {
      expect(await price(modelId)).toBeGreaterThan(0);
    },
  );

  it('is the sum of its turns', async () => {
    const one = (await price('gpt-4o')) ?? Number.NaN;
    expect(await price('gpt-4o', [turn(), turn()])).toBeCloseTo(2 * one);
  });

  it('of a model that nobody lists is null, never 0', async () => {
    expect(await price('gpt-99')).toBeNull();
    expect(await price('openai-compatible:llama3:8b')).toBeNull();
    expect(await price('nobodys-model')).toBeNull();
  });

  it('follows the model that has answered, where its price is known', async () => {
    expect(await price('mistral:an-alias', [turn({ modelVersion: 'mistral-large-2411' })])).toBeGreaterThan(0);
    expect(await price('gpt-4o', [turn({ modelVersion: 'gpt-4o-no-such-version' })])).toBe(await price('gpt-4o'));
  });

  it('is less for input that was cached', async () => {
    const plain = (await price('gpt-4o')) ?? Number.NaN;
    expect(await price('gpt-4o', [turn({ cachedInputTokens: 900 })])).toBeLessThan(plain);
  });

  it('is 0 where no model was asked', async () => {
    expect(await price('scripted', [turn({ scripted: true })])).toBe(0);
  });

  it('follows prices of one’s own', async () => {
    const modelCost = { inputPerMillion: 3, outputPerMillion: 5 };
    const of = { modelId: 'openai-compatible:llama3:8b', modelCost };
    expect(await priceOfTranscript(of, { turns: [turn()], startedAt: '2026-06-01T00:00:00Z' })).toBeCloseTo(0.008);
  });
});
