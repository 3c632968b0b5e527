/** A Model on the Vercel AI SDK, whose own retries, warnings and telemetry are off. One call, no repetition. */
import type { LanguageModelV4 } from '@ai-sdk/provider';
import { isJsonObject } from '@switchyard/core';
import type { GenerateTextResult, ModelMessage as SdkMessage } from 'ai';
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

type Generated = Pick<
  GenerateTextResult<Record<string, never>, Record<string, unknown>, never>,
  'text' | 'finishReason' | 'rawFinishReason' | 'usage' | 'response'
>;

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
      loaded ??= options.load().then(withoutWarnings);
      try {
        return answerOf(await generate(await loaded, request, options, signal), request, options);
      } catch (error) {
        signal?.throwIfAborted();
        throw toModelError(error, { ...options, model: name.model });
      }
    },
  };
}

/** The SDK would print warnings to the console; what they are about is decided by the quirk table before. */
function withoutWarnings(model: LanguageModelV4): LanguageModelV4 {
  return {
    specificationVersion: model.specificationVersion,
    provider: model.provider,
    modelId: model.modelId,
    supportedUrls: model.supportedUrls,
    doGenerate: async (call) => ({ ...(await model.doGenerate(call)), warnings: [] }),
    doStream: (call) => model.doStream(call),
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
  const { generateText } = await import('ai');
  const byOtherName = quirks.maxTokensParameter === 'max_completion_tokens';
  const openai = {
    systemMessageMode: quirks.preamble === 'developer' ? 'developer' : 'system',
    ...(byOtherName && { maxCompletionTokens: request.maxTokens }),
  };
  return generateText({
    model,
    ...promptOf(request.messages, quirks),
    ...(!byOtherName && { maxOutputTokens: request.maxTokens }),
    ...(request.temperature !== undefined && quirks.temperature === 'send' && { temperature: request.temperature }),
    ...(provider.id === 'openai' && { providerOptions: { openai } }),
    ...(signal && { abortSignal: signal }),
    maxRetries: 0,
    telemetry: { isEnabled: false },
    include: { responseBody: true },
  });
}

function promptOf(
  messages: readonly ModelMessage[],
  { preamble }: Required<ModelConfig>,
): { instructions?: string; messages: SdkMessage[] } {
  const instructions = messages
    .filter(({ role }) => role === 'system')
    .map(({ content }) => content)
    .join('\n\n');
  const said = messages.flatMap(({ role, content }) => (role === 'system' ? [] : [{ role, content }]));
  if (instructions === '') return { messages: said };
  if (preamble !== 'prepend') return { instructions, messages: said };
  const [first, ...rest] = said;
  if (first?.role !== 'user') return { messages: [{ role: 'user', content: instructions }, ...said] };
  return { messages: [{ role: 'user', content: `${instructions}\n\n${first.content}` }, ...rest] };
}

function answerOf(
  generated: Generated,
  request: ModelRequest,
  { id, provider, name, today }: SdkModelOptions,
): ModelAnswer {
  const { text, rawFinishReason, response } = generated;
  if (generated.finishReason === 'error') {
    throw new ModelError(
      'SERVER_ERROR',
      `${provider.title} broke off the answer of ${name.model} (${rawFinishReason ?? 'error'})`,
      {
        statusCode: 200,
      },
    );
  }
  const modelVersion = servedModel(response.body);
  const exhaustedForMs = exhaustedFor(response.headers ?? {}, today);
  return {
    text,
    model: id,
    ...(modelVersion !== undefined && { modelVersion }),
    provider: provider.id,
    scripted: false,
    finish: finishOf(generated),
    usage: usageOf(generated, request),
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

function finishOf({ finishReason, text }: Generated): Finish {
  if (finishReason === 'content-filter') return 'blocked';
  if (text.trim() === '') return 'empty';
  return finishReason === 'length' ? 'length' : 'stop';
}

/** The provider's counts; those that it does not give are estimated. */
function usageOf({ usage, text }: Generated, { messages }: ModelRequest): TokenUsage {
  const { inputTokens, outputTokens } = usage;
  const reasoning = usage.outputTokenDetails.reasoningTokens;
  const cached = usage.inputTokenDetails.cacheReadTokens;
  const known = inputTokens !== undefined && outputTokens !== undefined && inputTokens > 0;
  return {
    inputTokens: known ? inputTokens : messages.reduce((sum, { content }) => sum + estimateTokens(content), 0),
    outputTokens: known ? outputTokens : estimateTokens(text),
    ...(known && reasoning !== undefined && reasoning > 0 && { reasoningTokens: reasoning }),
    ...(known && cached !== undefined && cached > 0 && { cachedInputTokens: cached }),
    estimated: !known,
  };
}
