/** OpenAI's wire, and that of servers that imitate it (Ollama, vLLM, LM Studio). Bodies as its API reference and error guide give them. */
import { chatBody, readChat } from './chat-completions.ts';
import { field } from './json-fields.ts';
import type { FailureName, FakeCall, Wire, WireAnswer } from './reply.ts';

const REASONING = /^(o[1-9](-|$)|gpt-([5-9]|[1-9][0-9]))/;
const STYLE = { blocked: 'content_filter', reasoningCounted: true, idPrefix: 'chatcmpl-' };

interface OpenAiError {
  readonly message: string;
  readonly type: string;
  readonly param?: string | null;
  readonly code: string | null;
}

function error(status: number, said: OpenAiError, headers?: Record<string, string>): WireAnswer {
  return { status, body: { error: { param: null, ...said } }, ...(headers && { headers }) };
}

/** As OpenAI writes a duration in its rate-limit headers: `1s`, `6m0s`, `120ms`. */
function duration(seconds: number): string {
  if (seconds < 1) return `${Math.round(seconds * 1000)}ms`;
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}

function refuse({ model, body, messages }: FakeCall): WireAnswer | null {
  const invalid = (message: string, param: string, code: string | null): WireAnswer =>
    error(400, { message, type: 'invalid_request_error', param, code });
  if (messages.length === 0)
    return invalid("Missing required parameter: 'messages'.", 'messages', 'missing_required_parameter');
  if (!REASONING.test(model)) return null;
  if (field(body, 'max_tokens') !== undefined) {
    return invalid(
      "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
      'max_tokens',
      'unsupported_parameter',
    );
  }
  const temperature = field(body, 'temperature');
  if (temperature !== undefined && temperature !== 1) {
    return invalid(
      `Unsupported value: 'temperature' does not support ${JSON.stringify(temperature)} with this model. Only the default (1) value is supported.`,
      'temperature',
      'unsupported_value',
    );
  }
  if (/^o1-(mini|preview)/.test(model) && messages.some(({ role }) => role === 'system' || role === 'developer')) {
    return invalid(
      "Unsupported value: 'messages[0].role' does not support 'system' with this model.",
      'messages[0].role',
      'unsupported_value',
    );
  }
  return null;
}

function fail(failure: FailureName, { model, key }: FakeCall, after: number | undefined): WireAnswer {
  switch (failure) {
    case 'bad-key':
      // The real one masks the middle; gateways in front of it do not always.
      return error(401, {
        message: `Incorrect API key provided: ${key ?? ''}. You can find your API key at https://platform.openai.com/account/api-keys.`,
        type: 'invalid_request_error',
        code: 'invalid_api_key',
      });
    case 'forbidden':
      return error(403, {
        message: 'Country, region, or territory not supported',
        type: 'request_forbidden',
        code: 'unsupported_country_region_territory',
      });
    case 'no-balance':
      return error(429, {
        message: 'You exceeded your current quota, please check your plan and billing details.',
        type: 'insufficient_quota',
        code: 'insufficient_quota',
      });
    case 'spend-limit':
      return error(429, {
        message: 'Your project has reached its spend limit.',
        type: 'requests',
        code: 'project_spend_limit_exceeded',
      });
    case 'rate-limit': {
      const seconds = after ?? 0.02;
      return error(
        429,
        {
          message: `Rate limit reached for ${model} in organization org-fake on requests per min (RPM): Limit 500, Used 500, Requested 1. Please try again in ${duration(seconds)}.`,
          type: 'requests',
          code: 'rate_limit_exceeded',
        },
        {
          'x-ratelimit-limit-requests': '500',
          'x-ratelimit-remaining-requests': '0',
          'x-ratelimit-reset-requests': duration(seconds),
          ...(after === undefined
            ? {}
            : { 'retry-after': String(Math.ceil(after)), 'retry-after-ms': String(after * 1000) }),
        },
      );
    }
    case 'overloaded':
      return error(503, {
        message: 'The engine is currently overloaded, please try again later',
        type: 'server_error',
        code: null,
      });
    case 'server-error':
      return error(500, {
        message: 'The server had an error while processing your request. Sorry about that!',
        type: 'server_error',
        code: null,
      });
    case 'unknown-model':
      return error(404, {
        message: `The model \`${model}\` does not exist or you do not have access to it.`,
        type: 'invalid_request_error',
        code: 'model_not_found',
      });
    case 'bad-request':
      return error(400, {
        message:
          "This model's maximum context length is 128000 tokens. However, your messages resulted in 250001 tokens.",
        type: 'invalid_request_error',
        param: 'messages',
        code: 'context_length_exceeded',
      });
  }
}

function wire(provider: 'openai' | 'openai-compatible', base: string): Wire {
  return {
    provider,
    base,
    modelsPath: `${base}/models`,
    read: (path, headers, body) => readChat(provider, base, path, headers, body),
    refuse,
    answer: (call, spoken) => ({ status: 200, body: chatBody(call, spoken, STYLE) }),
    blockedPrompt: () =>
      error(400, {
        message: 'Your request was rejected as a result of our safety system.',
        type: 'invalid_request_error',
        code: 'content_policy_violation',
      }),
    fail,
  };
}

export const openai = wire('openai', '/openai/v1');
export const openaiCompatible = wire('openai-compatible', '/openai-compatible/v1');
