/**
 * The `fetch` that the SDK's providers call through: undici underneath, bounded and without redirects (a key must not follow one to
 * another host).
 */
import { messageOf } from '@switchyard/core';
import { type Dispatcher, getGlobalDispatcher } from 'undici';
import { AnswerTooLarge, ProviderUnreachable } from '../model/errors.ts';
import type { Provider } from './provider-table.ts';
import { post, TooManyBytes, type WholeAnswer } from './whole-answer.ts';

/** Bytes of an answer; the longest that a model writes is a few hundred kilobytes. */
const LARGEST_ANSWER = 16 * 1024 * 1024;

export type ProviderFetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/**
 * @param provider for messages
 * @param dispatcher default: undici's own, which keeps connections
 */
export function createProviderFetch(
  { title, baseUrlVariable }: Pick<Provider, 'title' | 'baseUrlVariable'>,
  dispatcher: Dispatcher = getGlobalDispatcher(),
): ProviderFetch {
  return async (input, init = {}) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const signal = init.signal ?? undefined;
    const body = typeof init.body === 'string' ? init.body : null;
    try {
      signal?.throwIfAborted();
      const answer = await post(dispatcher, {
        url,
        headers: recordOf(init.headers),
        body,
        maxBytes: LARGEST_ANSWER,
        signal,
      });
      return new Response(answer.text, { status: answer.status, headers: plainHeaders(answer.headers) });
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof TooManyBytes) throw new AnswerTooLarge(title, LARGEST_ANSWER);
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

function plainHeaders(headers: WholeAnswer['headers']): [string, string][] {
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
