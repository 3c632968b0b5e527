/** The fake against the providers' documented wire, asked by plain fetch: it must not be our own clients that define it. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PROVIDER_IDS, PROVIDERS, type ProviderId } from '../src/index.ts';
import { FAILURES, FakeProviders } from '../testing/index.ts';

const MODELS: { readonly [provider in ProviderId]: string } = {
  openai: 'gpt-4o',
  anthropic: 'claude-3-haiku',
  google: 'gemini-1.5-pro',
  xai: 'grok-2',
  deepseek: 'deepseek-chat',
  mistral: 'mistral-large',
  'openai-compatible': 'llama3:8b',
};

let fake: FakeProviders;
beforeAll(async () => {
  fake = await FakeProviders.open();
});
afterAll(() => fake.close());
beforeEach(() => fake.reset());

function headersOf(provider: ProviderId, key: string): Record<string, string> {
  if (provider === 'anthropic') return { 'x-api-key': key, 'anthropic-version': '2023-06-01' };
  return provider === 'google' ? { 'x-goog-api-key': key } : { authorization: `Bearer ${key}` };
}

async function ask(
  provider: ProviderId,
  body: object = {},
  key = FakeProviders.keyOf(provider),
): Promise<{ status: number; headers: Headers; body: unknown }> {
  const path = PROVIDERS.find(({ id }) => id === provider)?.path.replace('{model}', MODELS[provider]) ?? '';
  const usual =
    provider === 'google'
      ? { contents: [{ role: 'user', parts: [{ text: 'hello there' }] }], generationConfig: { maxOutputTokens: 50 } }
      : { model: MODELS[provider], max_tokens: 50, messages: [{ role: 'user', content: 'hello there' }] };
  const response = await fetch(`${fake.baseUrl(provider)}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headersOf(provider, key) },
    body: JSON.stringify({ ...usual, ...body }),
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

describe('a fake provider', () => {
  it.each(PROVIDER_IDS)('%s answers a good call and knows what it said', async (provider) => {
    const { status, body } = await ask(provider);
    expect(status).toBe(200);
    expect(JSON.stringify(body)).toContain('Answer to: hello there');
    expect(fake.calls).toMatchObject([
      { provider, model: MODELS[provider], maxTokens: 50, messages: [{ role: 'user', content: 'hello there' }] },
    ]);
  });

  it.each(PROVIDER_IDS)('%s refuses another key', async (provider) => {
    const { status } = await ask(provider, {}, 'sk-wrong');
    expect(status).toBe(provider === 'xai' || provider === 'google' ? 400 : 401);
  });

  it.each(PROVIDER_IDS.flatMap((provider) => FAILURES.map((failure) => [provider, failure] as const)))(
    '%s can fail by %s',
    async (provider, failure) => {
      fake.enqueue({ kind: 'failure', failure, afterSeconds: 7 });
      const { status, headers, body } = await ask(provider);
      if (provider === 'deepseek' && failure === 'overloaded') {
        expect(JSON.stringify(body)).toContain('"finish_reason":"insufficient_system_resource"');
        return;
      }
      expect(status).toBeGreaterThanOrEqual(400);
      if (failure !== 'rate-limit') return;
      expect(status).toBe(429);
      if (provider === 'google') expect(JSON.stringify(body)).toContain('"retryDelay":"7s"');
      else expect(headers.get('retry-after')).toBe('7');
    },
  );

  it('puts reasoning tokens where its provider does', async () => {
    const counts = { kind: 'answer', inputTokens: 10, outputTokens: 20, reasoningTokens: 30 } as const;
    fake.reply = () => counts;
    expect((await ask('openai')).body).toMatchObject({ usage: { completion_tokens: 50, total_tokens: 60 } });
    expect((await ask('xai')).body).toMatchObject({ usage: { completion_tokens: 20, total_tokens: 60 } });
    expect((await ask('google')).body).toMatchObject({
      usageMetadata: { candidatesTokenCount: 20, thoughtsTokenCount: 30, totalTokenCount: 60 },
    });
  });

  it.each([
    ['openai', { model: 'o3-mini' }, 'max_completion_tokens'],
    ['openai', { model: 'o3-mini', max_tokens: undefined, temperature: 0.5 }, 'temperature'],
    ['anthropic', { max_tokens: undefined }, 'max_tokens: Field required'],
    ['anthropic', { model: 'claude-opus-4-7', temperature: 0.5 }, 'temperature'],
    ['anthropic', { messages: [{ role: 'system', content: 'x' }] }, 'system'],
    ['google', { contents: [{ role: 'assistant', parts: [{ text: 'x' }] }] }, 'valid role'],
    ['mistral', { temperature: 1.8 }, 'less than or equal to 1.5'],
  ] as const)('%s refuses %j', async (provider, body, message) => {
    const answer = await ask(provider, body);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(JSON.stringify(answer.body)).toContain(message);
  });

  it('blocks a prompt as its provider does', async () => {
    fake.reply = () => ({ kind: 'blocked', by: 'prompt' });
    expect(await ask('google')).toMatchObject({ status: 200, body: { promptFeedback: {} } });
    expect((await ask('google')).body).not.toHaveProperty('candidates');
    expect(await ask('anthropic')).toMatchObject({ status: 200, body: { stop_reason: 'refusal', content: [] } });
  });

  it('breaks off an answer in the middle, or before it begins', async () => {
    fake.enqueue({ kind: 'truncated' }, { kind: 'reset' });
    await expect(ask('openai')).rejects.toThrow(/terminated|fetch failed/);
    await expect(ask('openai')).rejects.toThrow(/terminated|fetch failed/);
  });

  it('notices a client that goes away', async () => {
    fake.enqueue({ kind: 'hang' });
    const stop = new AbortController();
    const left = fetch(`${fake.baseUrl('openai')}/chat/completions`, {
      method: 'POST',
      headers: headersOf('openai', FakeProviders.keyOf('openai')),
      body: JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: 'x' }] }),
      signal: stop.signal,
    });
    await fake.until(() => fake.open === 1);
    stop.abort();
    await expect(left).rejects.toThrow('aborted');
    await fake.until(() => fake.abandoned === 1);
  });

  it('lists its models to whoever has a key', async () => {
    const url = `${fake.baseUrl('xai')}/models`;
    expect((await fetch(url, { headers: headersOf('xai', FakeProviders.keyOf('xai')) })).status).toBe(200);
    expect((await fetch(url, { headers: headersOf('xai', 'sk-wrong') })).status).toBe(400);
  });
});
