/** The part of the wire that OpenAI, xAI, DeepSeek, Mistral and compatible servers share: POST …/chat/completions. */
import { bearerOf, field, messagesOf, numberOf, textOf } from './json-fields.ts';
import type { FakeCall, Spoken, Wire } from './reply.ts';

const CREATED = 1_767_225_600;

export function readChat(
  provider: Wire['provider'],
  base: string,
  path: string,
  headers: FakeCall['headers'],
  body: unknown,
): Omit<FakeCall, 'index'> | null {
  if (path !== `${base}/chat/completions`) return null;
  return {
    provider,
    path,
    headers,
    body,
    model: textOf(field(body, 'model')),
    key: bearerOf(headers),
    system: null,
    messages: messagesOf(field(body, 'messages')),
    maxTokens: numberOf(field(body, 'max_completion_tokens')) ?? numberOf(field(body, 'max_tokens')),
    temperature: numberOf(field(body, 'temperature')),
  };
}

export interface ChatStyle {
  /** What ends an answer that was withheld. */
  readonly blocked: string;
  /** False: reasoning tokens stand beside completion_tokens, not in them (xAI). */
  readonly reasoningCounted: boolean;
  readonly idPrefix: string;
  /** Fields of the message that are not as OpenAI's. */
  readonly message?: (spoken: Spoken) => object;
}

/** A chat.completion object. */
export function chatBody(call: FakeCall, spoken: Spoken, style: ChatStyle): Record<string, unknown> {
  const { text, inputTokens, outputTokens, reasoningTokens, served, finish, usage } = spoken;
  const reason = { stop: 'stop', cut: 'length', blocked: style.blocked }[finish];
  const completion = outputTokens + (style.reasoningCounted ? reasoningTokens : 0);
  return {
    id: `${style.idPrefix}${call.index}`,
    object: 'chat.completion',
    created: CREATED,
    ...(served === null ? {} : { model: served }),
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: text, refusal: null, ...style.message?.(spoken) },
        logprobs: null,
        finish_reason: reason,
      },
    ],
    ...(usage && {
      usage: {
        prompt_tokens: inputTokens,
        completion_tokens: completion,
        total_tokens: inputTokens + outputTokens + reasoningTokens,
        prompt_tokens_details: { cached_tokens: 0 },
        completion_tokens_details: { reasoning_tokens: reasoningTokens },
      },
    }),
    system_fingerprint: null,
  };
}
