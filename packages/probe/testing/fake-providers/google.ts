/** Google's wire: POST /v1beta/models/M:generateContent. Errors are google.rpc.Status with google.rpc details, as its API reference gives them. */
import { contentOf, field, listOf, numberOf, textOf } from './json-fields.ts';
import type { FailureName, FakeCall, Spoken, Wire, WireAnswer } from './reply.ts';

const BASE = '/google/v1beta';
const CALL = /^\/google\/v1beta\/models\/([^/]+):generateContent$/;
const RPC = 'type.googleapis.com/google.rpc.';

function error(code: number, status: string, message: string, details: readonly object[] = []): WireAnswer {
  return { status: code, body: { error: { code, message, status, ...(details.length > 0 && { details }) } } };
}

function quota(message: string, quotaId: string, after: number | undefined): WireAnswer {
  return error(429, 'RESOURCE_EXHAUSTED', message, [
    {
      '@type': `${RPC}QuotaFailure`,
      violations: [
        { quotaMetric: 'generativelanguage.googleapis.com/generate_content_requests', quotaId, quotaValue: '15' },
      ],
    },
    {
      '@type': `${RPC}Help`,
      links: [{ description: 'Learn more', url: 'https://ai.google.dev/gemini-api/docs/rate-limits' }],
    },
    ...(after === undefined ? [] : [{ '@type': `${RPC}RetryInfo`, retryDelay: `${after}s` }]),
  ]);
}

function answer(
  call: FakeCall,
  { text, inputTokens, outputTokens, reasoningTokens, served, finish, usage }: Spoken,
): WireAnswer {
  const content = text === '' ? { role: 'model' } : { role: 'model', parts: [{ text }] };
  return {
    status: 200,
    body: {
      candidates: [
        {
          ...(finish === 'blocked' ? {} : { content }),
          finishReason: { stop: 'STOP', cut: 'MAX_TOKENS', blocked: 'SAFETY' }[finish],
          index: 0,
        },
      ],
      ...(usage && {
        usageMetadata: {
          promptTokenCount: inputTokens,
          ...(outputTokens > 0 && { candidatesTokenCount: outputTokens }),
          totalTokenCount: inputTokens + outputTokens + reasoningTokens,
          ...(reasoningTokens > 0 && { thoughtsTokenCount: reasoningTokens }),
        },
      }),
      ...(served === null ? {} : { modelVersion: served }),
      responseId: `fake-${call.index}`,
    },
  };
}

function fail(failure: FailureName, { model }: FakeCall, after: number | undefined): WireAnswer {
  switch (failure) {
    case 'bad-key':
      return error(400, 'INVALID_ARGUMENT', 'API key not valid. Please pass a valid API key.', [
        {
          '@type': `${RPC}ErrorInfo`,
          reason: 'API_KEY_INVALID',
          domain: 'googleapis.com',
          metadata: { service: 'generativelanguage.googleapis.com' },
        },
      ]);
    case 'forbidden':
      return error(
        403,
        'PERMISSION_DENIED',
        'Generative Language API has not been used in this project before or it is disabled.',
      );
    case 'no-balance':
      return error(
        402,
        'RESOURCE_EXHAUSTED',
        'Your prepayment credits are depleted. Please go to AI Studio to manage your project and billing.',
      );
    case 'spend-limit':
      return error(
        429,
        'RESOURCE_EXHAUSTED',
        'Your prepayment credits are depleted. Please go to AI Studio to manage your project and billing.',
      );
    case 'rate-limit':
      return quota(
        'You exceeded your current quota, please check your plan and billing details.',
        'GenerateRequestsPerMinutePerProjectPerModel-FreeTier',
        after,
      );
    case 'overloaded':
      return error(503, 'UNAVAILABLE', 'The model is overloaded. Please try again later.');
    case 'server-error':
      return error(500, 'INTERNAL', 'An internal error has occurred. Please retry.');
    case 'unknown-model':
      return error(
        404,
        'NOT_FOUND',
        `models/${model} is not found for API version v1beta, or is not supported for generateContent.`,
      );
    case 'bad-request':
      return error(
        400,
        'INVALID_ARGUMENT',
        'The input token count (2500001) exceeds the maximum number of tokens allowed (1048576).',
      );
  }
}

export const google: Wire = {
  provider: 'google',
  base: BASE,
  modelsPath: `${BASE}/models`,
  read: (path, headers, body) => {
    const model = CALL.exec(path)?.[1];
    if (model === undefined) return null;
    const key = headers['x-goog-api-key'];
    const generation = field(body, 'generationConfig');
    const system = field(body, 'systemInstruction') ?? field(body, 'system_instruction');
    return {
      provider: 'google',
      path,
      headers,
      body,
      model: decodeURIComponent(model),
      key: typeof key === 'string' ? key : null,
      system: system === undefined ? null : contentOf(field(system, 'parts')),
      messages: listOf(field(body, 'contents')).map((content) => ({
        role: textOf(field(content, 'role')),
        content: contentOf(field(content, 'parts')),
      })),
      maxTokens: numberOf(field(generation, 'maxOutputTokens')),
      temperature: numberOf(field(generation, 'temperature')),
    };
  },
  refuse: ({ messages, temperature }) => {
    if (messages.length === 0)
      return error(400, 'INVALID_ARGUMENT', '* GenerateContentRequest.contents: contents is not specified');
    const stray = messages.find(({ role }) => role !== 'user' && role !== 'model');
    if (stray !== undefined) return error(400, 'INVALID_ARGUMENT', 'Please use a valid role: user, model.');
    if (temperature !== null && temperature > 2)
      return error(
        400,
        'INVALID_ARGUMENT',
        '* GenerateContentRequest.generation_config.temperature: temperature must be in the range [0.0, 2.0].',
      );
    return null;
  },
  answer,
  // A 200 without candidates.
  blockedPrompt: ({ messages, model }) => ({
    status: 200,
    body: {
      promptFeedback: {
        blockReason: 'PROHIBITED_CONTENT',
        safetyRatings: [{ category: 'HARM_CATEGORY_DANGEROUS_CONTENT', probability: 'HIGH', blocked: true }],
      },
      usageMetadata: { promptTokenCount: messages.length, totalTokenCount: messages.length },
      modelVersion: model,
    },
  }),
  fail,
};
