import { describe, expect, it } from 'vitest';
import { classifyFailure, PROVIDER_IDS } from '../../src/index.ts';
import { FAILURES, type FailureName, FakeProviders } from '../../testing/index.ts';

const CODES: { readonly [failure in FailureName]: string } = {
  'bad-key': 'AUTH_ERROR',
  forbidden: 'AUTH_ERROR',
  'no-balance': 'AUTH_ERROR',
  'spend-limit': 'AUTH_ERROR',
  'rate-limit': 'RATE_LIMIT',
  overloaded: 'SERVER_ERROR',
  'server-error': 'SERVER_ERROR',
  'unknown-model': 'NOT_FOUND',
  'bad-request': 'VALIDATION_ERROR',
};

describe('a refusal of a provider', () => {
  const all = PROVIDER_IDS.flatMap((provider) => FAILURES.map((failure) => [provider, failure] as const));
  // DeepSeek is overloaded with a 200: the answer's end says so.
  const refusals = all.filter(([provider, failure]) => provider !== 'deepseek' || failure !== 'overloaded');

  it.each(refusals)('%s: %s', (provider, failure) => {
    const { status, body } = FakeProviders.refusal(provider, failure);
    const { code, retryable } = classifyFailure(provider, status, body);
    expect(code).toBe(CODES[failure]);
    expect(retryable).toBe(['rate-limit', 'overloaded', 'server-error'].includes(failure));
  });

  it.each([
    ['google', 401, 'check GOOGLE_API_KEY'],
    ['xai', 403, 'check what XAI_API_KEY may do'],
    ['mistral', 402, 'settle that with the provider, or set MISTRAL_API_KEY to another'],
    ['openai-compatible', 404, 'check the name of the model, and OPENAI_COMPATIBLE_BASE_URL if it is set'],
    ['openai', 500, null],
  ] as const)('of %s with %d says what to do', (provider, status, todo) => {
    expect(classifyFailure(provider, status, {}).todo).toBe(todo);
  });

  it('of a day’s quota is a rate limit that waiting does not lift', () => {
    const body = {
      error: { details: [{}, { violations: [{ quotaId: 'GenerateRequestsPerDayPerProjectPerModel' }] }] },
    };
    expect(classifyFailure('google', 429, body)).toMatchObject({ code: 'RATE_LIMIT', retryable: false });
    expect(classifyFailure('google', 429, {})).toMatchObject({ code: 'RATE_LIMIT', retryable: true });
  });

  it.each([
    [418, 'VALIDATION_ERROR'],
    [408, 'TIMEOUT'],
    [504, 'TIMEOUT'],
    [529, 'SERVER_ERROR'],
    [599, 'SERVER_ERROR'],
    [302, 'UNKNOWN'],
  ])('with status %s and no words is %s', (status, code) => {
    for (const body of [undefined, null, 'text', [], { error: null }]) {
      expect(classifyFailure('openai', status, body).code).toBe(code);
    }
  });

  it('is not read from its prose', () => {
    const body = { error: { message: 'you exceeded your current quota: insufficient_quota 500', type: 'requests' } };
    expect(classifyFailure('openai', 429, body)).toMatchObject({ code: 'RATE_LIMIT', retryable: true });
  });
});
