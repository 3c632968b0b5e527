/** The SDK's own model of each provider. Each package is loaded when its first model is made: together they take a quarter of a second. */
import type { LanguageModelV4 } from '@ai-sdk/provider';
import type { ModelName } from './model-id.ts';
import type { ProviderFetch } from './provider-fetch.ts';

export interface SdkSettings {
  /** Empty for servers that want none. */
  readonly apiKey: string;
  readonly baseURL: string;
  readonly fetch: ProviderFetch;
}

/** Chat completions where a provider has several ways: the one that all of them, and their imitators, have. */
export async function sdkLanguageModel(
  { provider, model }: ModelName,
  settings: SdkSettings,
): Promise<LanguageModelV4> {
  switch (provider) {
    case 'openai':
      return (await import('@ai-sdk/openai')).createOpenAI(settings).chat(model);
    case 'anthropic':
      return (await import('@ai-sdk/anthropic')).createAnthropic(settings)(model);
    case 'google':
      return (await import('@ai-sdk/google')).createGoogle(settings)(model);
    case 'xai':
      return (await import('@ai-sdk/xai')).createXai(settings).chat(model);
    case 'deepseek':
      return (await import('@ai-sdk/deepseek')).createDeepSeek(settings)(model);
    case 'mistral':
      return (await import('@ai-sdk/mistral')).createMistral(settings)(model);
    case 'openai-compatible': {
      const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible');
      const { apiKey, baseURL, fetch } = settings;
      return createOpenAICompatible({ name: provider, baseURL, fetch, ...(apiKey !== '' && { apiKey }) })(model);
    }
  }
}
