/** From what the SDK throws to a ModelError: classified by status and body, its message cut and free of the key. */
import { APICallError } from '@ai-sdk/provider';
import { messageOf, redact } from '@switchyard/core';
import { ModelError } from '../model/errors.ts';
import { classifyFailure } from './failure-table.ts';
import type { Provider } from './provider-table.ts';
import { waitHint } from './wait-hint.ts';

/** Characters of a provider's own words that a message quotes. */
const QUOTED_CHARACTERS = 300;
const OK = 200;

export interface FailureContext {
  readonly provider: Provider;
  readonly model: string;
  /** What must not show in a message. */
  readonly secrets: readonly string[];
  readonly today: () => number;
}

export function toModelError(error: unknown, context: FailureContext): ModelError {
  const known = find(error, (one) => one instanceof ModelError);
  if (known instanceof ModelError) return known;
  const call = find(error, (one) => APICallError.isInstance(one));
  if (APICallError.isInstance(call) && call.statusCode !== undefined && call.statusCode !== OK) {
    return refusal(call, call.statusCode, context);
  }
  const { provider, model, secrets } = context;
  const why = quote(messageOf(error), secrets);
  return new ModelError('INVALID_RESPONSE', `the answer of ${provider.title} for ${model} cannot be read: ${why}`, {
    statusCode: OK,
  });
}

function refusal({ responseBody, responseHeaders }: APICallError, status: number, context: FailureContext): ModelError {
  const { provider, model, secrets, today } = context;
  const body = parse(responseBody);
  const { code, retryable, meaning, todo } = classifyFailure(provider.id, status, body);
  const words = quote(wordsOf(body) ?? responseBody ?? '', secrets);
  const retryAfterMs = retryable ? waitHint(responseHeaders ?? {}, body, today) : undefined;
  return new ModelError(
    code,
    `${provider.title} refused the call of ${model} with HTTP ${status}: ${meaning}${words === '' ? '' : ` (“${words}”)`}${todo === null ? '' : `; ${todo}`}`,
    { retryable, statusCode: status, ...(retryAfterMs !== undefined && { retryAfterMs }) },
  );
}

function find(error: unknown, wanted: (error: unknown) => boolean): unknown {
  // Chains of causes are short; the bound is against one that bites its tail.
  for (let current = error, depth = 0; depth < 8 && current instanceof Error; current = current.cause, depth += 1) {
    if (wanted(current)) return current;
  }
  return undefined;
}

function parse(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '') as unknown;
  } catch {
    return undefined;
  }
}

/** The provider's message, wherever it keeps it. */
function wordsOf(body: unknown): string | undefined {
  if (typeof body === 'string') return body;
  if (typeof body !== 'object' || body === null) return undefined;
  for (const name of ['message', 'error', 'detail', 'msg']) {
    const value: unknown = Reflect.get(body, name);
    const words = wordsOf(Array.isArray(value) ? value[0] : value);
    if (words !== undefined) return words;
  }
  return undefined;
}

function quote(text: string, secrets: readonly string[]): string {
  const line = redact(text, secrets).replaceAll(/\s+/g, ' ').trim();
  return line.length > QUOTED_CHARACTERS ? `${line.slice(0, QUOTED_CHARACTERS)}…` : line;
}
