/** The port of HttpClient to the network: one request out, one answer in, no retries, no limits of its own. */
import type { Interruption } from '../../resilience/interruptible-run.ts';
import type { RequestTarget } from './request-url.ts';

export interface OutgoingRequest {
  readonly method: string;
  readonly target: RequestTarget;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** Comes when the answer is no longer wanted, or not in time. */
  readonly interruption: Interruption;
}

/** What stands before the body of an answer. */
export interface AnswerHead {
  readonly status: number;
  readonly statusText: string;
  /** A header by its lower-case name; null when it is absent. */
  header(name: string): string | null;
}

/** An answer whose headers are there. Its body must be read or discarded. */
export interface IncomingAnswer extends AnswerHead {
  /**
   * The whole body as text.
   *
   * @throws {AnswerTooLarge} past `maxBytes`
   */
  text(maxBytes: number): Promise<string>;
  /** The body up to `maxBytes`; the rest is given up. Never rejects. */
  beginning(maxBytes: number): Promise<string>;
}

export interface Exchange {
  send(request: OutgoingRequest): Promise<IncomingAnswer>;
  /** Ends every connection. */
  close(): Promise<void>;
}

/** Internal to the transport: HttpClient makes an HttpClientError of it. */
export class AnswerTooLarge extends Error {}
