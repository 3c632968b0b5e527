/**
 * What every runtime does alike, whatever it is written in: the same conversations with the same providers come to the same
 * outcomes. Each runtime's test calls this with a way to open it on an environment of keys and addresses.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  LONGEST_ANSWER_BYTES,
  PROVIDERS,
  type ProbeRuntime,
  type ProviderId,
  providerOf,
  type WorkerInput,
  type WorkerOutput,
  workerInputSchema,
} from '../../src/index.ts';
import { type FailureName, type FakeCall, FakeProviders } from '../../testing/index.ts';

export interface RuntimeUnderTest {
  readonly name: string;
  open(env: Readonly<Record<string, string>>): ProbeRuntime;
}

const MODELS = [
  ['openai', 'gpt-4o'],
  ['anthropic', 'claude-3-haiku'],
  ['google', 'gemini-1.5-pro'],
  ['xai', 'grok-2'],
  ['deepseek', 'deepseek-chat'],
  ['mistral', 'mistral-large'],
  ['openai-compatible', 'openai-compatible:llama3:8b'],
] as const satisfies readonly (readonly [ProviderId, string])[];

/** The ones in whose wire a withheld answer looks like one. */
const BLOCKING = MODELS.filter(([provider]) => provider !== 'mistral');
/** The ones that count reasoning apart. */
const REASONING = MODELS.filter(([provider]) => provider !== 'mistral');

const TERMINAL: readonly (readonly [FailureName, string])[] = [
  ['bad-key', 'AUTH_ERROR'],
  ['no-balance', 'AUTH_ERROR'],
  ['spend-limit', 'AUTH_ERROR'],
  ['forbidden', 'AUTH_ERROR'],
  ['unknown-model', 'NOT_FOUND'],
  ['bad-request', 'VALIDATION_ERROR'],
];
const PASSING: readonly FailureName[] = ['overloaded', 'server-error'];
/** Seconds: long enough to be a header, short enough to be waited for. */
const SOON = 0.02;

type Failed = Extract<WorkerOutput, { success: false }>;

function input(modelId: string, more: { scenario?: object; config?: object } = {}): WorkerInput {
  return workerInputSchema.parse({
    runId: 'run-1',
    scenarioId: 'scenario-1',
    modelId,
    scenario: { preamble: 'Be brief.', prompt: 'What is in the box?', ...more.scenario },
    config: { maxTokens: 50, temperature: 0.5, ...more.config },
  });
}

const THREE = {
  scenario: {
    followups: [
      { label: 'why', prompt: 'Why?' },
      { label: 'sure', prompt: 'Are you sure?' },
    ],
  },
};

/** Roles in the words of the contract, whatever the provider's are. */
function said({ messages }: FakeCall): string[] {
  return messages
    .filter(({ role }) => role !== 'system' && role !== 'developer')
    .map(({ role, content }) => `${role === 'user' ? 'user' : 'assistant'}: ${content}`);
}

function preambleOf({ system, messages }: FakeCall): string | undefined {
  return system ?? messages.find(({ role }) => role === 'system' || role === 'developer')?.content;
}

export function runtimeConformance(subject: RuntimeUnderTest): void {
  describe(`${subject.name}: the conformance of runtimes`, () => {
    let fake: FakeProviders;
    let runtime: ProbeRuntime;
    beforeAll(async () => {
      fake = await FakeProviders.open();
      runtime = subject.open(fake.environment());
    });
    afterAll(async () => {
      await runtime.close();
      await fake.close();
    });
    beforeEach(() => fake.reset());

    const failing = async (asked: WorkerInput): Promise<Failed> => {
      const output = await runtime.run(asked);
      if (output.success) throw new Error(`it succeeded: ${JSON.stringify(output)}`);
      return output;
    };

    it.each(MODELS)('%s: one turn', async (provider, modelId) => {
      fake.reply = () => ({ kind: 'answer', text: 'A cät.', inputTokens: 11, outputTokens: 7, served: 'served-1' });
      const output = await runtime.run(input(modelId));
      expect(output).toMatchObject({
        success: true,
        transcript: {
          turns: [
            {
              turnNumber: 1,
              promptLabel: 'scenario_prompt',
              probePrompt: 'What is in the box?',
              targetResponse: 'A cät.',
              inputTokens: 11,
              outputTokens: 7,
              providerMetadata: { finishReason: 'stop' },
            },
          ],
          totalInputTokens: 11,
          totalOutputTokens: 7,
          modelVersion: 'served-1',
        },
      });
      const [call, ...others] = fake.calls;
      expect(others).toEqual([]);
      expect(call).toMatchObject({ provider, maxTokens: 50, temperature: 0.5, key: FakeProviders.keyOf(provider) });
      expect(call && said(call)).toEqual(['user: What is in the box?']);
      expect(call && preambleOf(call)).toBe('Be brief.');
    });

    it.each(MODELS)('%s: each turn sees the ones before', async (_provider, modelId) => {
      fake.reply = ({ index }) => ({ kind: 'answer', text: `answer ${index}`, inputTokens: 10, outputTokens: 5 });
      const output = await runtime.run(input(modelId, THREE));
      expect(output.success && output.transcript.turns.map(({ promptLabel }) => promptLabel)).toEqual([
        'scenario_prompt',
        'why',
        'sure',
      ]);
      expect(output).toMatchObject({ transcript: { totalInputTokens: 30, totalOutputTokens: 15 } });
      expect(fake.calls.map(said).at(-1)).toEqual([
        'user: What is in the box?',
        'assistant: answer 0',
        'user: Why?',
        'assistant: answer 1',
        'user: Are you sure?',
      ]);
    });

    it('cuts followups to maxTurns − 1, and sends no empty preamble', async () => {
      const output = await runtime.run(
        input('gpt-4o', { scenario: { ...THREE.scenario, preamble: '' }, config: { maxTurns: 2 } }),
      );
      expect(output.success && output.transcript.turns.map(({ promptLabel }) => promptLabel)).toEqual([
        'scenario_prompt',
        'why',
      ]);
      expect(fake.calls.map(preambleOf)).toEqual([undefined, undefined]);
    });

    it.each(REASONING)('%s: reasoning counts as output and is told apart', async (_provider, modelId) => {
      fake.reply = () => ({ kind: 'answer', inputTokens: 10, outputTokens: 20, reasoningTokens: 30 });
      expect(await runtime.run(input(modelId))).toMatchObject({
        transcript: { turns: [{ outputTokens: 50, providerMetadata: { reasoningTokens: 30 } }], totalOutputTokens: 50 },
      });
    });

    it.each([
      ['openai', 'gpt-4o'],
      ['google', 'gemini-1.5-pro'],
      ['openai-compatible', 'openai-compatible:llama3:8b'],
    ])('%s: tokens that are not given are estimated, and marked', async (_provider, modelId) => {
      fake.reply = () => ({ kind: 'answer', text: 'x'.repeat(40), usage: false, served: null });
      const output = await runtime.run(input(modelId));
      expect(output).toMatchObject({ transcript: { turns: [{ providerMetadata: { tokensEstimated: true } }] } });
      expect(output.success && output.transcript.totalOutputTokens).toBeGreaterThan(0);
      expect(output.success && output.transcript.modelVersion).toBeUndefined();
    });

    it('an answer that ends at maxTokens is one, and marked', async () => {
      fake.reply = () => ({ kind: 'answer', cut: true });
      expect(await runtime.run(input('claude-3-haiku'))).toMatchObject({
        success: true,
        transcript: { turns: [{ providerMetadata: { finishReason: 'length' } }] },
      });
    });

    it.each(
      MODELS.flatMap(([provider, modelId]) =>
        TERMINAL.map(([failure, code]) => [provider, failure, code, modelId] as const),
      ),
    )('%s: %s is %s, at once', async (provider, failure, code, modelId) => {
      fake.reply = () => ({ kind: 'failure', failure });
      const { error } = await failing(input(modelId));
      expect(error).toMatchObject({ code, retryable: false });
      expect(error.statusCode).toBeGreaterThanOrEqual(400);
      expect(JSON.stringify(error)).not.toContain(FakeProviders.keyOf(provider));
      if (code === 'AUTH_ERROR') expect(error.message).toContain(providerOf(provider).keyVariable);
      expect(fake.calls).toHaveLength(1);
    });

    it.each(MODELS)('%s: a limit that passes is waited for', async (_provider, modelId) => {
      const limited = { kind: 'failure', failure: 'rate-limit', afterSeconds: SOON } as const;
      fake.enqueue(limited, limited);
      expect(await runtime.run(input(modelId))).toMatchObject({ success: true });
      expect(fake.calls).toHaveLength(3);
    });

    it.each(MODELS)('%s: a limit that does not pass costs four calls', async (_provider, modelId) => {
      fake.reply = () => ({ kind: 'failure', failure: 'rate-limit', afterSeconds: SOON });
      expect((await failing(input(modelId))).error).toMatchObject({
        code: 'RATE_LIMIT',
        retryable: false,
        statusCode: 429,
      });
      expect(fake.calls).toHaveLength(4);
    });

    it.each(MODELS)('%s: a limit that lasts longer than anybody waits is passed on', async (_provider, modelId) => {
      const alone = subject.open({ ...fake.environment() });
      try {
        fake.reply = () => ({ kind: 'failure', failure: 'rate-limit', afterSeconds: 3600 });
        const output = await alone.run(input(modelId));
        expect(output).toMatchObject({ success: false, error: { code: 'RATE_LIMIT', retryable: true } });
        expect(!output.success && output.error.retryAfterMs).toBeGreaterThan(3_590_000);
        expect(fake.calls).toHaveLength(1);
      } finally {
        await alone.close();
      }
    });

    it.each(PASSING)('%s is tried again', async (failure) => {
      fake.enqueue({ kind: 'failure', failure });
      expect(await runtime.run(input('deepseek-chat'))).toMatchObject({ success: true });
      expect(fake.calls).toHaveLength(2);
    });

    it('a connection that breaks is tried again', async () => {
      fake.enqueue({ kind: 'truncated' });
      expect(await runtime.run(input('gpt-4o'))).toMatchObject({ success: true });
      expect(fake.calls).toHaveLength(2);
    });

    it.each(
      BLOCKING.flatMap(([provider, modelId]) =>
        (['prompt', 'answer'] as const).map((by) => [provider, by, modelId] as const),
      ),
    )('%s: blocked by its %s is no success', async (_provider, by, modelId) => {
      fake.reply = () => ({ kind: 'blocked', by });
      expect((await failing(input(modelId))).error).toMatchObject({ code: 'CONTENT_BLOCKED', retryable: false });
      expect(fake.calls).toHaveLength(1);
    });

    it.each(MODELS)('%s: an answer without text is no success', async (_provider, modelId) => {
      fake.reply = () => ({ kind: 'empty' });
      expect((await failing(input(modelId))).error).toMatchObject({ code: 'INVALID_RESPONSE', retryable: false });
      expect(fake.calls).toHaveLength(1);
    });

    it('reasoning that took all of maxTokens is told', async () => {
      fake.reply = () => ({ kind: 'empty', reasoned: true });
      expect((await failing(input('o3-mini'))).error.message).toContain('maxTokens');
    });

    it.each(['<html>', '[]', '{"choices":[]}', ''])('an answer that is %j is no success', async (body) => {
      fake.reply = () => ({ kind: 'raw', status: 200, body });
      expect((await failing(input('gpt-4o'))).error).toMatchObject({ code: 'INVALID_RESPONSE', retryable: false });
    });

    it('keeps the turns before the one that failed', async () => {
      fake.enqueue({ kind: 'answer', text: 'first' });
      fake.reply = () => ({ kind: 'blocked' });
      expect(await failing(input('gpt-4o', THREE))).toMatchObject({
        error: { code: 'CONTENT_BLOCKED' },
        partial: { turns: [{ turnNumber: 1, targetResponse: 'first' }] },
      });
    });

    it('keeps 100 kB of an answer, and no half characters', async () => {
      fake.reply = () => ({ kind: 'answer', text: 'ä'.repeat(100_000) });
      const output = await runtime.run(input('gemini-1.5-pro'));
      const [turn] = output.success ? output.transcript.turns : [];
      expect(turn?.targetResponse).toBe('ä'.repeat(LONGEST_ANSWER_BYTES / 2));
      expect(turn?.providerMetadata?.['cutBytes']).toBe(200_000 - LONGEST_ANSWER_BYTES);
    });

    it.each([
      ['o3-mini', null],
      ['claude-opus-4-7', null],
      ['gpt-4o', 0.5],
    ])('%s is sent the temperature %s', async (modelId, temperature) => {
      expect(await runtime.run(input(modelId))).toMatchObject({ success: true });
      expect(fake.calls).toMatchObject([{ temperature, maxTokens: 50 }]);
    });

    it('sends no temperature that nobody gave', async () => {
      await runtime.run(input('gpt-4o', { config: { temperature: null } }));
      expect(fake.calls).toMatchObject([{ temperature: null }]);
    });

    it('o1-mini takes the preamble with the prompt', async () => {
      await runtime.run(input('o1-mini'));
      expect(fake.calls.map(said)).toEqual([['user: Be brief.\n\nWhat is in the box?']]);
    });

    it('a temperature beyond what the provider takes is refused before it is sent', async () => {
      const { error } = await failing(input('mistral-large', { config: { temperature: 1.8 } }));
      expect(error).toMatchObject({ code: 'VALIDATION_ERROR', retryable: false });
      expect(error.message).toContain('1.5');
      expect(fake.calls).toEqual([]);
    });

    it.each(PROVIDERS.filter(({ keyOptional }) => !keyOptional))(
      'without $keyVariable nobody is called',
      async (provider) => {
        const { [provider.keyVariable]: _key, ...rest } = fake.environment();
        const keyless = subject.open(rest);
        try {
          const modelId = MODELS.find(([id]) => id === provider.id)?.[1] ?? '';
          const output = await keyless.run(input(modelId));
          expect(output).toMatchObject({ success: false, error: { code: 'MISSING_API_KEY', retryable: false } });
          expect(!output.success && output.error.message).toContain(provider.keyVariable);
          expect(fake.calls).toEqual([]);
        } finally {
          await keyless.close();
        }
      },
    );

    it('a model of no provider is refused', async () => {
      expect((await failing(input('nobodys-model'))).error).toMatchObject({
        code: 'UNSUPPORTED_PROVIDER',
        retryable: false,
      });
    });

    it('an abort ends the call in flight', async () => {
      fake.reply = () => ({ kind: 'hang' });
      const stop = new AbortController();
      const reason = new Error('cancelled');
      const running = runtime.run(input('grok-2'), { signal: stop.signal });
      await fake.until(() => fake.open === 1);
      stop.abort(reason);
      await expect(running).rejects.toBe(reason);
      await fake.until(() => fake.open === 0);
      expect(fake.abandoned).toBe(1);
    });

    it('tells of each turn as it begins and ends', async () => {
      const seen: string[] = [];
      await runtime.run(input('gpt-4o', THREE), {
        onProgress: ({ event, turnNumber, turns, promptLabel }) =>
          seen.push(`${event} ${turnNumber}/${turns} ${promptLabel}`),
      });
      expect(seen).toEqual([
        'turn-started 1/3 scenario_prompt',
        'turn-completed 1/3 scenario_prompt',
        'turn-started 2/3 why',
        'turn-completed 2/3 why',
        'turn-started 3/3 sure',
        'turn-completed 3/3 sure',
      ]);
    });
  });
}
