/** HTTP by undici's `request`, on keep-alive connections of its own: the default under Node. */
import type { Agent } from 'undici';
import { isErrno } from '../../errno.ts';
import { readBeginning } from './bounded-body.ts';
import { AnswerTooLarge, type Exchange, type IncomingAnswer, type OutgoingRequest } from './exchange.ts';

export interface UndiciExchangeOptions {
  /** Milliseconds to make a connection. */
  readonly connectTimeoutMs: number;
  readonly maxResponseBytes: number;
}

export class UndiciExchange implements Exchange {
  readonly #options: UndiciExchangeOptions;
  #agent: Agent | null = null;
  #opening: Promise<Agent> | null = null;

  constructor(options: UndiciExchangeOptions) {
    this.#options = options;
  }

  async send({ method, url, headers, body, signal }: OutgoingRequest): Promise<IncomingAnswer> {
    const agent = this.#agent ?? (await (this.#opening ??= this.#open()));
    const answer = await agent.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method,
      headers,
      body: body ?? null,
      signal,
    });
    // Ends of the body reach whoever reads it; given up halfway, nobody does, and the event must not end the process.
    answer.body.on('error', ignore);
    return {
      status: answer.statusCode,
      statusText: answer.statusText,
      header: (name) => {
        const value = answer.headers[name];
        return typeof value === 'string' ? value : (value?.[0] ?? null);
      },
      text: async () => {
        try {
          return await answer.body.text();
        } catch (error) {
          throw isErrno(error, 'UND_ERR_RES_EXCEEDED_MAX_SIZE') ? new AnswerTooLarge() : error;
        }
      },
      beginning: (maxBytes) => readBeginning(answer.body, maxBytes),
    };
  }

  async close(): Promise<void> {
    const agent = this.#agent ?? (await this.#opening);
    await agent?.destroy();
  }

  /** Loaded when first needed: undici takes as long to load as all the rest of core. */
  async #open(): Promise<Agent> {
    const { Agent } = await import('undici');
    this.#agent = new Agent({
      connect: { timeout: this.#options.connectTimeoutMs },
      maxResponseSize: this.#options.maxResponseBytes,
      // The attempt's own time limit covers both, to the millisecond.
      headersTimeout: 0,
      bodyTimeout: 0,
      // One HTTP/2 connection that goes stale fails every request on it; HTTP/1.1 connections fail one by one.
      allowH2: false,
    });
    return this.#agent;
  }
}

function ignore(): void {}
