import { describe, expect, it } from 'vitest';
import {
  baseUrlOf,
  PROVIDER_IDS,
  PROVIDERS,
  ProviderAddressInvalid,
  ProviderAddressMissing,
  ProviderUnsupported,
  parseModelId,
  providerOf,
  QUIRKS,
  quirksOf,
} from '../../src/index.ts';

describe('a model id', () => {
  it.each([
    [
      'openai',
      'gpt-4',
      'gpt-4-turbo',
      'gpt-4o',
      'gpt-3.5-turbo',
      'o1',
      'o3-mini',
      'chatgpt-4o-latest',
      'ft:gpt-4o:org::id',
    ],
    ['anthropic', 'claude-3-opus', 'claude-3-sonnet', 'claude-3-haiku', 'claude-sonnet-4-5'],
    ['google', 'gemini-1.5-pro', 'gemini-1.5-flash', 'gemma-3-27b-it'],
    ['xai', 'grok-1', 'grok-2', 'grok-4-fast'],
    ['deepseek', 'deepseek-chat', 'deepseek-coder', 'deepseek-reasoner'],
    ['mistral', 'mistral-large', 'mistral-medium', 'open-mixtral-8x22b', 'codestral-latest', 'ministral-8b-latest'],
  ])('of %s is known by itself', (provider, ...ids) => {
    for (const id of ids) {
      expect(parseModelId(id)).toEqual({ provider, model: id });
      expect(parseModelId(`${provider}:${id}`)).toEqual({ provider, model: id });
    }
  });

  it('may hold colons after its provider', () => {
    expect(parseModelId('openai-compatible:llama3:8b')).toEqual({ provider: 'openai-compatible', model: 'llama3:8b' });
    expect(parseModelId('mistral:gpt-4o')).toEqual({ provider: 'mistral', model: 'gpt-4o' });
  });

  it.each(['llama3:8b', 'openai:', ':gpt-4o', '', 'o99x', 'GPT-4o'])('%j is refused, naming what there is', (id) => {
    expect(() => parseModelId(id)).toThrow(ProviderUnsupported);
    expect(() => parseModelId(id)).toThrow(PROVIDER_IDS.join(', '));
  });
});

describe('the provider table', () => {
  it('holds each provider once', () => {
    expect(PROVIDERS.map(({ id }) => id)).toEqual(PROVIDER_IDS);
  });
});

describe('the address of a provider', () => {
  it.each([
    ['openai', undefined, 'https://api.openai.com/v1'],
    ['openai', '', 'https://api.openai.com/v1'],
    ['openai', 'http://127.0.0.1:1234', 'http://127.0.0.1:1234/v1'],
    ['openai', 'http://127.0.0.1:1234/', 'http://127.0.0.1:1234/v1'],
    ['openai', 'https://gateway.example.com/openai/v1/', 'https://gateway.example.com/openai/v1'],
    ['google', 'http://127.0.0.1:1234', 'http://127.0.0.1:1234/v1beta'],
    ['deepseek', 'http://127.0.0.1:1234', 'http://127.0.0.1:1234'],
    ['openai-compatible', 'http://127.0.0.1:11434', 'http://127.0.0.1:11434/v1'],
  ] as const)('%s with %j is %s', (id, configured, expected) => {
    expect(baseUrlOf(providerOf(id), configured)).toBe(expected);
  });

  it.each(['localhost:1234', 'ftp://host', 'https://user:secret@host/v1', 'https://host/v1?key=secret', 'no'])(
    '%j is refused without being repeated',
    (configured) => {
      expect(() => baseUrlOf(providerOf('xai'), configured)).toThrow(ProviderAddressInvalid);
      expect(() => baseUrlOf(providerOf('xai'), configured)).toThrow(/^XAI_BASE_URL is no address/);
      expect(() => baseUrlOf(providerOf('xai'), configured)).not.toThrow('secret');
    },
  );

  it('has to be said where the provider has none', () => {
    expect(() => baseUrlOf(providerOf('openai-compatible'), undefined)).toThrow(ProviderAddressMissing);
    expect(() => baseUrlOf(providerOf('openai-compatible'), undefined)).toThrow('set OPENAI_COMPATIBLE_BASE_URL');
  });
});

describe('quirks', () => {
  const quirks = (id: string): ReturnType<typeof quirksOf> => quirksOf(parseModelId(id));

  it('are none for most models', () => {
    const usual = { temperature: 'send', maxTokensParameter: 'max_tokens', preamble: 'system' };
    for (const id of ['gpt-4o', 'gpt-4.1-mini', 'claude-3-opus', 'gemini-1.5-pro', 'grok-2', 'mistral-large']) {
      expect(quirks(id)).toEqual(usual);
    }
  });

  it('of reasoning models by OpenAI', () => {
    const reasoning = { temperature: 'omit', maxTokensParameter: 'max_completion_tokens', preamble: 'developer' };
    for (const id of ['o1', 'o3-mini', 'o4-mini-2025-04-16', 'gpt-5', 'gpt-5.1-mini', 'gpt-10']) {
      expect(quirks(id)).toEqual(reasoning);
    }
    expect(quirks('gpt-5-chat-latest')).toEqual({ ...reasoning, preamble: 'system' });
    expect(quirks('o1-mini')).toEqual({ ...reasoning, preamble: 'prepend' });
  });

  it.each([
    ['claude-opus-4-7', 'omit'],
    ['claude-opus-5', 'omit'],
    ['claude-sonnet-5-5-20261001', 'omit'],
    ['claude-fable-5', 'omit'],
    ['claude-something-new', 'omit'],
    ['claude-opus-4-6', 'send'],
    ['claude-opus-4-6-20260101', 'send'],
    ['claude-sonnet-4-20250514', 'send'],
    ['claude-haiku-4-5', 'send'],
    ['claude-3-7-sonnet-latest', 'send'],
    ['claude-2.1', 'send'],
  ])('%s: its temperature is to %s', (id, temperature) => {
    expect(quirks(id).temperature).toBe(temperature);
  });

  it('give way to what is configured for a model', () => {
    expect(quirksOf(parseModelId('o3-mini'), { temperature: 'send' })).toEqual({
      temperature: 'send',
      maxTokensParameter: 'max_completion_tokens',
      preamble: 'developer',
    });
  });

  it('each name models that their provider is known by', () => {
    for (const { provider, models } of QUIRKS) {
      expect(PROVIDER_IDS).toContain(provider);
      expect(() => new RegExp(models)).not.toThrow();
    }
  });
});
