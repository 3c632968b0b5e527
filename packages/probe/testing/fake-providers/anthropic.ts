/** Anthropic's wire: POST /v1/messages. Bodies as its API reference and its page on errors give them. */
import { contentOf, field, messagesOf, numberOf, textOf } from './json-fields.ts';
import type { FailureName, FakeCall, Spoken, Wire, WireAnswer } from './reply.ts';

const BASE = '/anthropic/v1';
const WITH_TEMPERATURE = /^claude-(instant|[123](?![0-9])|(opus|sonnet|haiku)-4(-[0-6])?(-[0-9]{8}|-latest)?$)/;

function error(
  status: number,
  type: string,
  message: string,
  more: object = {},
  headers?: Record<string, string>,
): WireAnswer {
  return {
    status,
    body: { type: 'error', error: { type, message, ...more }, request_id: 'req_fake' },
    ...(headers && { headers }),
  };
}

function refuse({ model, headers, maxTokens, temperature, messages }: FakeCall): WireAnswer | null {
  const invalid = (message: string): WireAnswer => error(400, 'invalid_request_error', message);
  if (headers['anthropic-version'] === undefined) return invalid('anthropic-version: header is required');
  if (maxTokens === null) return invalid('max_tokens: Field required');
  if (messages.length === 0) return invalid('messages: at least one message is required');
  if (messages.some(({ role }) => role === 'system'))
    return invalid('messages: Unexpected role "system". The Messages API accepts a top-level `system` parameter.');
  if (temperature !== null && !WITH_TEMPERATURE.test(model))
    return invalid('`temperature` is deprecated for this model.');
  if (temperature !== null && temperature > 1) return invalid('temperature: range: 0..1');
  return null;
}

function answer(
  call: FakeCall,
  { text, inputTokens, outputTokens, reasoningTokens, served, finish, usage }: Spoken,
): WireAnswer {
  return {
    status: 200,
    headers: { 'request-id': 'req_fake', 'anthropic-ratelimit-requests-remaining': '999' },
    body: {
      id: `msg_${call.index}`,
      type: 'message',
      role: 'assistant',
      ...(served === null ? {} : { model: served }),
      content: text === '' ? [] : [{ type: 'text', text }],
      stop_reason: { stop: 'end_turn', cut: 'max_tokens', blocked: 'refusal' }[finish],
      stop_sequence: null,
      ...(usage && {
        usage: {
          input_tokens: inputTokens,
          cache_creation_input_tokens: 0,
          cache_read_input_tokens: 0,
          output_tokens: outputTokens + reasoningTokens,
          ...(reasoningTokens > 0 && { output_tokens_details: { thinking_tokens: reasoningTokens } }),
        },
      }),
    },
  };
}

function fail(failure: FailureName, { model }: FakeCall, after: number | undefined): WireAnswer {
  switch (failure) {
    case 'bad-key':
      return error(401, 'authentication_error', 'invalid x-api-key');
    case 'forbidden':
      return error(403, 'permission_error', 'Your API key does not have permission to use the specified resource.');
    case 'no-balance':
      return error(402, 'billing_error', 'There is a problem with the billing of your organization.');
    case 'spend-limit':
      return error(429, 'rate_limit_error', 'Your organization has reached its monthly spend limit.', {
        details: { error_code: 'enforced_spend_limit_reached' },
      });
    case 'rate-limit':
      return error(
        429,
        'rate_limit_error',
        'This request would exceed the rate limit of your organization (50 requests per minute).',
        {},
        {
          'anthropic-ratelimit-requests-limit': '50',
          'anthropic-ratelimit-requests-remaining': '0',
          ...(after === undefined
            ? {}
            : {
                'retry-after': String(after),
                'anthropic-ratelimit-requests-reset': new Date(Date.now() + after * 1000).toISOString(),
              }),
        },
      );
    case 'overloaded':
      return error(529, 'overloaded_error', 'Overloaded');
    case 'server-error':
      return error(500, 'api_error', 'Internal server error');
    case 'unknown-model':
      return error(404, 'not_found_error', `model: ${model}`);
    case 'bad-request':
      return error(400, 'invalid_request_error', 'prompt is too long: 250001 tokens > 200000 maximum');
  }
}

export const anthropic: Wire = {
  provider: 'anthropic',
  base: BASE,
  modelsPath: `${BASE}/models`,
  read: (path, headers, body) => {
    if (path !== `${BASE}/messages`) return null;
    const key = headers['x-api-key'];
    return {
      provider: 'anthropic',
      path,
      headers,
      body,
      model: textOf(field(body, 'model')),
      key: typeof key === 'string' ? key : null,
      system: field(body, 'system') === undefined ? null : contentOf(field(body, 'system')),
      messages: messagesOf(field(body, 'messages')),
      maxTokens: numberOf(field(body, 'max_tokens')),
      temperature: numberOf(field(body, 'temperature')),
    };
  },
  refuse,
  answer,
  blockedPrompt: () => null,
  fail,
};
