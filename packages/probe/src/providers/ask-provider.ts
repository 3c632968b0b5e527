/** Whether a provider answers, and takes the key: by asking for its list of models, which costs nothing. */
import { messageOf, redact } from '@switchyard/core';
import { request } from 'undici';
import { ModelError } from '../model/errors.ts';
import { baseUrlOf } from './base-url.ts';
import { classifyFailure } from './failure-table.ts';
import type { Provider } from './provider-table.ts';

const TIMEOUT_MS = 10_000;
const FIRST_REFUSAL = 400;
const ANTHROPIC_VERSION = '2023-06-01';

export type ProviderAnswer =
  | { readonly answers: true; readonly host: string; readonly ms: number }
  | { readonly answers: false; readonly host: string; readonly reason: string };

/** Never throws but the signal's reason; no reason holds the key. */
export async function askProvider(
  provider: Provider,
  env: { readonly [variable: string]: string | undefined },
  signal?: AbortSignal,
): Promise<ProviderAnswer> {
  const key = env[provider.keyVariable]?.trim() ?? '';
  const limit = AbortSignal.timeout(TIMEOUT_MS);
  let host = provider.title;
  try {
    const url = new URL(`${baseUrlOf(provider, env[provider.baseUrlVariable])}/models`);
    host = url.host;
    const startedAt = performance.now();
    const { statusCode, body } = await request(url, {
      headers: headersOf(provider, key),
      signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
    });
    if (statusCode < FIRST_REFUSAL) {
      await body.dump();
      return { answers: true, host, ms: performance.now() - startedAt };
    }
    const { meaning } = classifyFailure(provider.id, statusCode, await body.json().catch(() => undefined));
    return { answers: false, host, reason: `HTTP ${statusCode}: ${meaning}` };
  } catch (error) {
    signal?.throwIfAborted();
    if (limit.aborted) return { answers: false, host, reason: `no answer within ${TIMEOUT_MS / 1000} s` };
    const reason =
      error instanceof ModelError || !(error instanceof AggregateError)
        ? messageOf(error)
        : error.errors.map(messageOf).join(', ');
    return { answers: false, host, reason: redact(reason, [key]) };
  }
}

function headersOf({ id }: Provider, key: string): Record<string, string> {
  if (id === 'anthropic') return { 'x-api-key': key, 'anthropic-version': ANTHROPIC_VERSION };
  if (id === 'google') return { 'x-goog-api-key': key };
  return key === '' ? {} : { authorization: `Bearer ${key}` };
}
