/**
 * The `fetch` that the SDK's providers call through: undici's `request` underneath, which costs a third of `fetch`, bounded and
 * without redirects (a key must not follow one to another host).
 */
import { messageOf } from '@switchyard/core';
import { type Dispatcher, request } from 'undici';
import { AnswerTooLarge, ProviderUnreachable } from '../model/errors.ts';
import type { Provider } from './provider-table.ts';

/** Bytes of an answer; the longest that a model writes is a few hundred kilobytes. */
const LARGEST_ANSWER = 16 * 1024 * 1024;

export type ProviderFetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/**
 * @param provider for messages
 * @param dispatcher default: undici's own, which keeps connections
 */
export function createProviderFetch(
  { title, baseUrlVariable }: Pick<Provider, 'title' | 'baseUrlVariable'>,
  dispatcher?: Dispatcher,
): ProviderFetch {
  return async (input, init = {}) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const signal = init.signal ?? undefined;
    try {
      const { statusCode, headers, body } = await request(url, {
        method: 'POST',
        headers: recordOf(init.headers),
        body: typeof init.body === 'string' ? init.body : null,
        ...(signal && { signal }),
        ...(dispatcher && { dispatcher }),
      });
      const text = await readBounded(body, title);
      return new Response(text, { status: statusCode, headers: plainHeaders(headers) });
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof AnswerTooLarge) throw error;
      throw new ProviderUnreachable(title, url.host, reasonOf(error), baseUrlVariable, error);
    }
  };
}

/** The SDK gives a record, which is taken as it is. */
function recordOf(headers: RequestInit['headers']): Record<string, string | undefined> {
  if (headers === undefined || headers instanceof Headers || Array.isArray(headers)) {
    return Object.fromEntries(new Headers(headers));
  }
  return headers;
}

async function readBounded(body: Dispatcher.ResponseData['body'], title: string): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    if (!Buffer.isBuffer(chunk)) continue;
    size += chunk.length;
    // Leaving the loop destroys the body.
    if (size > LARGEST_ANSWER) throw new AnswerTooLarge(title, LARGEST_ANSWER);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function plainHeaders(headers: Dispatcher.ResponseData['headers']): [string, string][] {
  return Object.entries(headers).flatMap(([name, value]): [string, string][] => {
    if (value === undefined) return [];
    return [[name, Array.isArray(value) ? value.join(', ') : value]];
  });
}

/** A refused connection to a name with several addresses comes as an AggregateError without words. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join(', ');
  return messageOf(error);
}
