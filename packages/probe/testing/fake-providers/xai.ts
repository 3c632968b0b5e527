/** xAI's wire: OpenAI's form of a call, with errors of its own (`{code, error}`) and reasoning tokens beside completion_tokens. */
import { chatBody, readChat } from './chat-completions.ts';
import type { FailureName, FakeCall, Wire, WireAnswer } from './reply.ts';

const BASE = '/xai/v1';
const STYLE = { blocked: 'content_filter', reasoningCounted: false, idPrefix: 'fake-' };

function error(status: number, code: string, message: string, headers?: Record<string, string>): WireAnswer {
  return { status, body: { code, error: message }, ...(headers && { headers }) };
}

function fail(failure: FailureName, { model, key }: FakeCall, after: number | undefined): WireAnswer {
  const invalid = 'Client specified an invalid argument';
  const denied = 'The caller does not have permission to execute the specified operation';
  const exhausted = 'Some resource has been exhausted';
  switch (failure) {
    case 'bad-key':
      return error(
        400,
        invalid,
        `Incorrect API key provided: ${key ?? ''}. You can obtain an API key from https://console.x.ai.`,
      );
    case 'forbidden':
      return error(403, denied, 'Your team does not have access to this model.');
    case 'no-balance':
      return error(
        403,
        denied,
        "Your newly created team doesn't have any credits yet. You can purchase credits on https://console.x.ai.",
      );
    case 'spend-limit':
      return error(
        429,
        exhausted,
        'Your team has either used all available credits or reached its monthly spending limit.',
      );
    case 'rate-limit':
      return error(429, exhausted, 'Too many requests for your team. Request rate limit exceeded.', {
        'x-ratelimit-limit-requests': '60',
        'x-ratelimit-remaining-requests': '0',
        ...(after === undefined ? {} : { 'retry-after': String(after) }),
      });
    case 'overloaded':
      return error(503, 'The service is currently unavailable', 'The model is currently at capacity.');
    case 'server-error':
      return error(500, 'Internal error', 'An internal error occurred.');
    case 'unknown-model':
      return error(
        404,
        'Some requested entity was not found',
        `The model ${model} does not exist or your team does not have access to it.`,
      );
    case 'bad-request':
      return error(
        400,
        invalid,
        'This model’s maximum prompt length is 131072 but the request contains 250001 tokens.',
      );
  }
}

export const xai: Wire = {
  provider: 'xai',
  base: BASE,
  modelsPath: `${BASE}/models`,
  read: (path, headers, body) => readChat('xai', BASE, path, headers, body),
  refuse: ({ messages, temperature }) => {
    if (messages.length === 0)
      return error(
        422,
        'Client specified an invalid argument',
        'Failed to deserialize the JSON body: missing field `messages`',
      );
    if (temperature !== null && temperature > 2)
      return error(400, 'Client specified an invalid argument', 'temperature must be between 0 and 2');
    return null;
  },
  answer: (call, spoken) => ({ status: 200, body: chatBody(call, spoken, STYLE) }),
  blockedPrompt: () =>
    error(
      403,
      'The caller does not have permission to execute the specified operation',
      'Content violates usage guidelines.',
    ),
  fail,
};
