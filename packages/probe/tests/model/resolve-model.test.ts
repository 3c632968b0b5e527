import { describe, expect, it } from 'vitest';
import {
  ApiKeyMissing,
  estimateTokens,
  isRetryableCode,
  MODEL_ERROR_CODES,
  ModelError,
  ProviderUnsupported,
  parseScript,
  resolveModel,
  ScriptNotFound,
} from '../../src/index.ts';

const request = { messages: [{ role: 'user', content: 'hi' } as const], maxTokens: 50 };
const yes = parseScript({ default: { answer: 'yes' } }, 'test');

describe('resolveModel', () => {
  it('knows the scripted model, with the default script or the given one', async () => {
    expect((await resolveModel('scripted').complete(request)).text).toContain('[scripted]');
    expect((await resolveModel('scripted', { script: yes }).complete(request)).text).toBe('yes');
  });

  it('knows scripts by name; the answer carries the id that was asked for', async () => {
    const model = resolveModel('scripted:yes', { scripts: new Map([['yes', yes]]) });
    expect(await model.complete(request)).toMatchObject({ text: 'yes', model: 'scripted:yes', scripted: true });
  });

  it('passes its sleep on', async () => {
    const waits: number[] = [];
    const script = parseScript({ default: { answer: 'yes', delay_ms: 5 } }, 'test');
    await resolveModel('scripted', { script, sleep: (ms) => Promise.resolve(void waits.push(ms)) }).complete(request);
    expect(waits).toEqual([5]);
  });

  it('names the scripts that there are for an unknown one', () => {
    expect(() => resolveModel('scripted:no', { scripts: new Map([['yes', yes]]) })).toThrow(
      /"no".*configured are: yes/,
    );
    expect(() => resolveModel('scripted:no')).toThrow(ScriptNotFound);
    expect(() => resolveModel('scripted:no')).toThrow('none is configured');
  });

  it.each(['nobodys-model', '', 'Scripted', 'x'.repeat(10_000)])('refuses %j and says what there is', (id) => {
    expect(() => resolveModel(id)).toThrow(ProviderUnsupported);
    expect(() => resolveModel(id)).toThrow(/^.{1,300}use "scripted"/);
  });

  it('names the variable of a key that is missing, also one of white space only', () => {
    expect(() => resolveModel('gpt-4o')).toThrow('set OPENAI_API_KEY');
    expect(() => resolveModel('gpt-4o', { env: { OPENAI_API_KEY: ' ' } })).toThrow(ApiKeyMissing);
    expect(() => resolveModel('openai-compatible:x')).toThrow('set OPENAI_COMPATIBLE_BASE_URL');
  });

  it('calls nobody by itself', () => {
    expect(resolveModel('grok-2', { env: { XAI_API_KEY: 'k' } })).toMatchObject({ id: 'grok-2', provider: 'xai' });
  });
});

describe('error codes', () => {
  it('those of the contract that may pass are retryable, and the kind says so too', () => {
    expect(MODEL_ERROR_CODES.filter(isRetryableCode)).toEqual([
      'RATE_LIMIT',
      'TIMEOUT',
      'NETWORK_ERROR',
      'SERVER_ERROR',
    ]);
    for (const code of MODEL_ERROR_CODES) {
      const error = new ModelError(code, 'x');
      expect(error.code).toBe(code);
      expect(error.retryable).toBe(isRetryableCode(code));
      expect(error.kind === 'transient').toBe(error.retryable);
    }
  });

  it('the word of the provider overrides the code', () => {
    const spent = new ModelError('RATE_LIMIT', 'spend cap', { retryable: false, statusCode: 429 });
    expect(spent).toMatchObject({ retryable: false, kind: 'terminal', statusCode: 429 });
    const later = new ModelError('UNKNOWN', 'later', { retryable: true, retryAfterMs: 1_500, cause: 'x' });
    expect(later).toMatchObject({ retryable: true, kind: 'transient', retryAfterMs: 1_500, cause: 'x' });
  });
});

describe('estimateTokens', () => {
  it('counts four characters a token, rounded up', () => {
    expect(['', 'a', 'abcd', 'abcde'].map(estimateTokens)).toEqual([0, 1, 1, 2]);
  });
});
