/** DeepSeek's wire: OpenAI's form, no version in the path, empty lines before a body that takes long, reasoning as `reasoning_content`. */
import { type ChatStyle, chatBody, readChat } from './chat-completions.ts';
import type { FailureName, FakeCall, Wire, WireAnswer } from './reply.ts';

const BASE = '/deepseek';
const STYLE: ChatStyle = {
  blocked: 'content_filter',
  reasoningCounted: true,
  idPrefix: 'fake-',
  message: ({ reasoningTokens }) =>
    reasoningTokens > 0 ? { reasoning_content: 'Let me think about this first.' } : {},
};

function error(status: number, type: string, message: string, headers?: Record<string, string>): WireAnswer {
  return {
    status,
    body: { error: { message, type, param: null, code: 'invalid_request_error' } },
    ...(headers && { headers }),
  };
}

function fail(failure: FailureName, call: FakeCall, after: number | undefined): WireAnswer {
  switch (failure) {
    case 'bad-key':
      return error(401, 'authentication_error', `Authentication Fails, Your api key: ${call.key ?? ''} is invalid`);
    case 'forbidden':
      return error(403, 'permission_error', 'Forbidden');
    case 'no-balance':
    case 'spend-limit':
      return error(402, 'unknown_error', 'Insufficient Balance');
    case 'rate-limit':
      return error(
        429,
        'rate_limit_error',
        'Rate Limit Reached',
        after === undefined ? {} : { 'retry-after': String(after) },
      );
    case 'overloaded': {
      // Not an error by its status: the answer was broken off.
      const spoken = {
        text: '',
        inputTokens: 1,
        outputTokens: 0,
        reasoningTokens: 0,
        served: call.model,
        finish: 'blocked',
        usage: true,
      } as const;
      return { status: 200, body: chatBody(call, spoken, { ...STYLE, blocked: 'insufficient_system_resource' }) };
    }
    case 'server-error':
      return error(503, 'service_unavailable_error', 'Service is too busy.');
    case 'unknown-model':
      return error(400, 'invalid_request_error', 'Model Not Exist');
    case 'bad-request':
      return error(400, 'invalid_request_error', "This model's maximum context length is 131072 tokens.");
  }
}

export const deepseek: Wire = {
  provider: 'deepseek',
  base: BASE,
  modelsPath: `${BASE}/models`,
  read: (path, headers, body) => readChat('deepseek', BASE, path, headers, body),
  refuse: ({ messages, maxTokens }) => {
    if (messages.length === 0)
      return error(
        422,
        'invalid_request_error',
        'Failed to deserialize the JSON body into the target type: missing field `messages`',
      );
    if (maxTokens !== null && maxTokens > 65_536)
      return error(
        400,
        'invalid_request_error',
        'Invalid max_tokens value, the valid range of max_tokens is [1, 65536]',
      );
    return null;
  },
  answer: (call, spoken) => ({ status: 200, body: chatBody(call, spoken, STYLE) }),
  blockedPrompt: () => error(400, 'invalid_request_error', 'Content Exists Risk'),
  fail,
};
