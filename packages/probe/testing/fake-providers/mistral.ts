/** Mistral's wire: OpenAI's form, errors as `{object: "error", …}`, 422 with FastAPI's `detail[]`, thinking as parts of the content. */
import { type ChatStyle, chatBody, readChat } from './chat-completions.ts';
import type { FailureName, FakeCall, Wire, WireAnswer } from './reply.ts';

const BASE = '/mistral/v1';
const STYLE: ChatStyle = {
  blocked: 'error',
  reasoningCounted: true,
  idPrefix: 'fake-',
  message: ({ text, reasoningTokens }) => (reasoningTokens > 0 ? { content: thoughtful(text) } : {}),
};

function thoughtful(text: string): object[] {
  const thinking = [{ type: 'text', text: 'Let me think about this first.' }];
  return [{ type: 'thinking', thinking, closed: true }, ...(text === '' ? [] : [{ type: 'text', text }])];
}

function error(
  status: number,
  type: string,
  code: string,
  message: string,
  headers?: Record<string, string>,
): WireAnswer {
  return {
    status,
    body: { object: 'error', message, type, param: null, code, raw_status_code: status },
    ...(headers && { headers }),
  };
}

function detail(loc: readonly string[], msg: string, input: unknown): WireAnswer {
  return { status: 422, body: { detail: [{ type: 'value_error', loc: ['body', ...loc], msg, input }] } };
}

function fail(failure: FailureName, { model }: FakeCall, after: number | undefined): WireAnswer {
  switch (failure) {
    case 'bad-key':
      return { status: 401, body: { detail: 'Unauthorized' } };
    case 'forbidden':
      return error(403, 'forbidden', '1800', 'This model is not available to your workspace.');
    case 'no-balance':
    case 'spend-limit':
      return error(402, 'payment_required', '1900', 'Your workspace has reached its spending limit.');
    case 'rate-limit':
      return error(
        429,
        'rate_limited',
        '1300',
        'Rate limit exceeded',
        after === undefined ? {} : { 'retry-after': String(after) },
      );
    case 'overloaded':
      return error(503, 'service_unavailable', '3700', 'Service unavailable.');
    case 'server-error':
      return error(500, 'internal_server_error', '3000', 'Internal server error');
    case 'unknown-model':
      return error(400, 'invalid_model', '1500', `Invalid model: ${model}`);
    case 'bad-request':
      return detail(
        ['messages'],
        'Prompt contains 250001 tokens, too large for model with 131072 maximum context length',
        null,
      );
  }
}

export const mistral: Wire = {
  provider: 'mistral',
  base: BASE,
  modelsPath: `${BASE}/models`,
  read: (path, headers, body) => readChat('mistral', BASE, path, headers, body),
  refuse: ({ messages, temperature }) => {
    if (messages.length === 0) return detail(['messages'], 'Field required', null);
    if (temperature !== null && temperature > 1.5)
      return detail(['temperature'], 'Input should be less than or equal to 1.5', temperature);
    return null;
  },
  answer: (call, spoken) => ({ status: 200, body: chatBody(call, spoken, STYLE) }),
  blockedPrompt: () => null,
  fail,
};
