/**
 * HTTP by undici, on keep-alive connections of its own: the default under Node.
 *
 * By `dispatch`, the call that undici offers to libraries, rather than `request`: that one makes a stream of each answer
 * and a listener on an AbortSignal for each request, which together cost more than this client does.
 */
import type { Agent } from 'undici';
import { DispatchedAnswer } from './dispatched-answer.ts';
import type { Exchange, IncomingAnswer, OutgoingRequest } from './exchange.ts';

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

  async send(request: OutgoingRequest): Promise<IncomingAnswer> {
    const agent = this.#agent ?? (await (this.#opening ??= this.#open()));
    return dispatch(agent, request);
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

function dispatch(
  agent: Agent,
  { method, target, headers, body, interruption }: OutgoingRequest,
): Promise<IncomingAnswer> {
  return new Promise((resolve, reject) => {
    const answer = new DispatchedAnswer(resolve, reject);
    interruption.onInterrupt((reason) => answer.giveUp(reason));
    agent.dispatch({ origin: target.origin, path: target.path, method, headers, body: body ?? null }, answer);
  });
}
