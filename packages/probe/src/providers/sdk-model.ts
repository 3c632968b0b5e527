/**
 * A Model on a provider package of the Vercel AI SDK, asked by the SDK's own specification of a model: one call, no repetition. What
 * `ai` puts around such a call (retries, steps of tools, telemetry, warnings) is not wanted here and costs more than the call.
 */
import type {
  LanguageModelV4GenerateResult as Generated,
  LanguageModelV4,
  LanguageModelV4Prompt as Prompt,
} from '@ai-sdk/provider';
import { isJsonObject } from '@switchyard/core';
import { ModelError, ModelRequestInvalid } from '../model/errors.ts';
import type { Finish, Model, ModelAnswer, ModelMessage, ModelRequest, TokenUsage } from '../model/port.ts';
import { checkRequest } from '../model/request.ts';
import { estimateTokens } from '../model/token-estimate.ts';
import type { ModelConfig } from '../worker-contract/input.ts';
import type { ModelName } from './model-id.ts';
import type { Provider } from './provider-table.ts';
import { toModelError } from './sdk-failure.ts';
import { exhaustedFor } from './wait-hint.ts';

export interface SdkModelOptions {
  /** As it was asked for. */
  readonly id: string;
  readonly name: ModelName;
  readonly provider: Provider;
  readonly quirks: Required<ModelConfig>;
  /** Called at the first call. */
  readonly load: () => Promise<LanguageModelV4>;
  /** What must not show in a message. */
  readonly secrets: readonly string[];
  /** Milliseconds since 1970, for headers that name a time. */
  readonly today: () => number;
}

export function sdkModel(options: SdkModelOptions): Model {
  const { id, provider, name } = options;
  let loaded: Promise<LanguageModelV4> | undefined;
  return {
    id,
    provider: provider.id,
    async complete(request, signal) {
      signal?.throwIfAborted();
      checkRequest(request);
      checkTemperature(request, options);
      loaded ??= options.load();
      try {
        return answerOf(await generate(await loaded, request, options, signal), request, options);
      } catch (error) {
        signal?.throwIfAborted();
        throw toModelError(error, { ...options, model: name.model });
      }
    },
  };
}

function checkTemperature({ temperature }: ModelRequest, { provider, quirks, name }: SdkModelOptions): void {
  if (temperature === undefined || quirks.temperature === 'omit' || temperature <= provider.maxTemperature) return;
  throw new ModelRequestInvalid(
    'temperature',
    `${temperature} for ${name.model}`,
    `a number from 0 to ${provider.maxTemperature}`,
  );
}

async function generate(
  model: LanguageModelV4,
  request: ModelRequest,
  { quirks, provider }: SdkModelOptions,
  signal: AbortSignal | undefined,
): Promise<Generated> {
  const byOtherName = quirks.maxTokensParameter === 'max_completion_tokens';
  const openai = {
    systemMessageMode: quirks.preamble === 'developer' ? 'developer' : 'system',
    ...(byOtherName && { maxCompletionTokens: request.maxTokens }),
  };
  return await model.doGenerate({
    prompt: promptOf(request.messages, quirks),
    ...(!byOtherName && { maxOutputTokens: request.maxTokens }),
    ...(request.temperature !== undefined && quirks.temperature === 'send' && { temperature: request.temperature }),
    ...(provider.id === 'openai' && { providerOptions: { openai } }),
    ...(signal && { abortSignal: signal }),
  });
}

function promptOf(messages: readonly ModelMessage[], { preamble }: Required<ModelConfig>): Prompt {
  const instructions = messages
    .filter(({ role }) => role === 'system')
    .map(({ content }) => content)
    .join('\n\n');
  const said = messages.filter(({ role }) => role !== 'system');
  if (instructions === '') return said.map(partOf);
  if (preamble !== 'prepend') return [{ role: 'system', content: instructions }, ...said.map(partOf)];
  const [first, ...rest] = said;
  if (first?.role !== 'user') return [{ role: 'user', content: instructions } as const, ...said].map(partOf);
  return [{ role: 'user', content: `${instructions}\n\n${first.content}` } as const, ...rest].map(partOf);
}

function partOf({ role, content }: ModelMessage): Prompt[number] {
  return role === 'system' ? { role, content } : { role, content: [{ type: 'text', text: content }] };
}

function answerOf(
  generated: Generated,
  request: ModelRequest,
  { id, provider, name, today }: SdkModelOptions,
): ModelAnswer {
  const { finishReason, response } = generated;
  if (finishReason.unified === 'error') {
    throw new ModelError(
      'SERVER_ERROR',
      `${provider.title} broke off the answer of ${name.model} (${finishReason.raw ?? 'error'})`,
      {
        statusCode: 200,
      },
    );
  }
  const text = generated.content.map((part) => (part.type === 'text' ? part.text : '')).join('');
  const modelVersion = servedModel(response?.body);
  const exhaustedForMs = exhaustedFor(response?.headers ?? {}, today);
  return {
    text,
    model: id,
    ...(modelVersion !== undefined && { modelVersion }),
    provider: provider.id,
    scripted: false,
    finish: finishOf(finishReason, text),
    usage: usageOf(generated, text, request),
    ...(exhaustedForMs !== undefined && { exhaustedForMs }),
  };
}

/** Read from the body, not from the SDK: it fills in what was asked for where the provider does not say. */
function servedModel(body: unknown): string | undefined {
  if (!isJsonObject(body)) return undefined;
  const { model, modelVersion } = body;
  if (typeof model === 'string' && model !== '') return model;
  return typeof modelVersion === 'string' && modelVersion !== '' ? modelVersion : undefined;
}

function finishOf({ unified }: Generated['finishReason'], text: string): Finish {
  if (unified === 'content-filter') return 'blocked';
  if (text.trim() === '') return 'empty';
  return unified === 'length' ? 'length' : 'stop';
}

/** The provider's counts; those that it does not give are estimated. */
function usageOf({ usage }: Generated, text: string, { messages }: ModelRequest): TokenUsage {
  const { total: inputTokens, cacheRead: cached } = usage.inputTokens;
  const { total: outputTokens, reasoning } = usage.outputTokens;
  const known = inputTokens !== undefined && outputTokens !== undefined && inputTokens > 0;
  return {
    inputTokens: known ? inputTokens : messages.reduce((sum, { content }) => sum + estimateTokens(content), 0),
    outputTokens: known ? outputTokens : estimateTokens(text),
    ...(known && reasoning !== undefined && reasoning > 0 && { reasoningTokens: reasoning }),
    ...(known && cached !== undefined && cached > 0 && { cachedInputTokens: cached }),
    estimated: !known,
  };
}
