/** HTTP by any `fetch`: an injected one, or the global one under Bun. */
import { readAll, readBeginning } from './bounded-body.ts';
import type { Exchange, IncomingAnswer, OutgoingRequest } from './exchange.ts';

/** What HttpClient needs of `fetch`. */
export type FetchFunction = (url: string, init: RequestInit) => Promise<Response>;

export class FetchExchange implements Exchange {
  readonly #fetch: FetchFunction;

  constructor(fetchFn: FetchFunction) {
    this.#fetch = fetchFn;
  }

  async send({ method, target, headers, body, interruption }: OutgoingRequest): Promise<IncomingAnswer> {
    const response = await this.#fetch(target.origin + target.path, {
      method,
      headers,
      ...(body === undefined ? {} : { body }),
      signal: interruption.signal,
      // Followed, a redirect would carry the token to wherever it points.
      redirect: 'manual',
    });
    return {
      status: response.status,
      statusText: response.statusText,
      header: (name) => response.headers.get(name),
      text: (maxBytes) => (response.body === null ? Promise.resolve('') : readAll(response.body, maxBytes)),
      beginning: (maxBytes) => (response.body === null ? Promise.resolve('') : readBeginning(response.body, maxBytes)),
    };
  }

  /** Nothing to end: the connections belong to the fetch. */
  async close(): Promise<void> {}
}
