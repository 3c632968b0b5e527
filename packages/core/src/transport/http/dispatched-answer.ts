/**
 * An answer as undici delivers it, in events: the head resolves the request, the body is collected for whoever reads it.
 *
 * 1. Nothing that happens after the head rejects anything but the reading of the body, and only where somebody reads it.
 * 2. Given up, it ends its connection: the rest of the body never arrives.
 */
import type { Dispatcher } from 'undici';
import { isErrno } from '../../errno.ts';
import { decoded } from './bounded-body.ts';
import { AnswerTooLarge, type IncomingAnswer } from './exchange.ts';

const FIRST_FINAL_STATUS = 200;

type Headers = Readonly<Record<string, string | string[] | undefined>>;

type Body =
  | { readonly is: 'arriving' }
  | { readonly is: 'complete' }
  | { readonly is: 'broken'; readonly error: unknown };

interface Reader {
  readonly maxBytes: number;
  readonly resolve: (text: string) => void;
  /** Null where the beginning will do. */
  readonly reject: ((error: unknown) => void) | null;
}

export class DispatchedAnswer implements IncomingAnswer, Dispatcher.DispatchHandler {
  status = 0;
  statusText = '';
  readonly #onHead: (answer: IncomingAnswer) => void;
  readonly #onFailure: (error: unknown) => void;
  #headers: Headers = {};
  #chunks: Buffer[] = [];
  #bytes = 0;
  #body: Body = ARRIVING;
  #reader: Reader | null = null;
  #controller: Dispatcher.DispatchController | null = null;
  #givenUp: Error | null = null;

  /** One of the two is called, once: at the head of the answer, or when there will be none. */
  constructor(onHead: (answer: IncomingAnswer) => void, onFailure: (error: unknown) => void) {
    this.#onHead = onHead;
    this.#onFailure = onFailure;
  }

  header(name: string): string | null {
    const value = this.#headers[name];
    return typeof value === 'string' ? value : (value?.[0] ?? null);
  }

  text(maxBytes: number): Promise<string> {
    return new Promise((resolve, reject) => this.#read({ maxBytes, resolve, reject }));
  }

  beginning(maxBytes: number): Promise<string> {
    return new Promise((resolve) => this.#read({ maxBytes, resolve, reject: null }));
  }

  /** Ends the connection, also one that is yet to be made. */
  giveUp(reason: unknown): void {
    this.#givenUp = reason instanceof Error ? reason : new Error('given up');
    this.#controller?.abort(this.#givenUp);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#givenUp !== null) controller.abort(this.#givenUp);
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Headers,
    statusText: string = '',
  ): void {
    if (status < FIRST_FINAL_STATUS) return;
    this.status = status;
    this.statusText = statusText;
    this.#headers = headers;
    this.#onHead(this);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#reader !== null && this.#bytes > this.#reader.maxBytes) this.#settle(this.#reader);
  }

  onResponseEnd(): void {
    this.#body = COMPLETE;
    if (this.#reader !== null) this.#settle(this.#reader);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: unknown): void {
    this.#body = { is: 'broken', error };
    if (this.status === 0) this.#onFailure(error);
    else if (this.#reader !== null) this.#settle(this.#reader);
  }

  #read(reader: Reader): void {
    if (this.#body.is === 'arriving' && this.#bytes <= reader.maxBytes) this.#reader = reader;
    else this.#settle(reader);
  }

  #settle({ maxBytes, resolve, reject }: Reader): void {
    this.#reader = null;
    const tooLarge = this.#bytes > maxBytes;
    if (tooLarge) this.giveUp(new AnswerTooLarge());
    if (reject !== null && tooLarge) reject(new AnswerTooLarge());
    else if (reject !== null && this.#body.is === 'broken') reject(failureOf(this.#body.error));
    else resolve(decoded(this.#chunks, maxBytes));
    this.#chunks = [];
  }
}

const ARRIVING: Body = { is: 'arriving' };
const COMPLETE: Body = { is: 'complete' };

/** undici bounds bodies as well, by the length that they announce too. */
function failureOf(error: unknown): unknown {
  return isErrno(error, 'UND_ERR_RES_EXCEEDED_MAX_SIZE') ? new AnswerTooLarge() : error;
}
