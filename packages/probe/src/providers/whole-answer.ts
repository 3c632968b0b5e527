/**
 * One POST and the whole of its answer, by undici's `dispatch`: the call that it offers to libraries. `request` makes a stream of each
 * answer, which is read to its end here in any case.
 */
import type { Dispatcher } from 'undici';

export interface Post {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string | null;
  /** Bytes of the answer. */
  readonly maxBytes: number;
  readonly signal: AbortSignal | undefined;
}

export interface WholeAnswer {
  readonly status: number;
  /** By lower-case names. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** The answer has more bytes than it may; its connection is ended. */
export class TooManyBytes extends Error {}

const FIRST_FINAL_STATUS = 200;

/** @throws TooManyBytes, the signal's reason, what undici says of the network */
export function post(dispatcher: Dispatcher, { url, headers, body, maxBytes, signal }: Post): Promise<WholeAnswer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    let head: Omit<WholeAnswer, 'text'> = { status: 0, headers: {} };
    let controller: Dispatcher.DispatchController | undefined;
    const onAbort = (): void => {
      // One that waits for its connection is not waited for.
      if (controller === undefined) reject(reasonOf(signal));
      else controller.abort(reasonOf(signal));
    };
    const settled = (): void => signal?.removeEventListener('abort', onAbort);
    signal?.addEventListener('abort', onAbort, { once: true });
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart: (started) => {
        controller = started;
        if (signal?.aborted === true) started.abort(reasonOf(signal));
      },
      onResponseStart: (_controller, status, answered) => {
        if (status >= FIRST_FINAL_STATUS) head = { status, headers: answered };
      },
      onResponseData: (arriving, chunk) => {
        bytes += chunk.length;
        if (bytes > maxBytes) arriving.abort(new TooManyBytes());
        else chunks.push(chunk);
      },
      onResponseEnd: () => {
        settled();
        resolve({ ...head, text: Buffer.concat(chunks).toString('utf8') });
      },
      onResponseError: (_controller, error) => {
        settled();
        reject(error);
      },
    };
    const { origin, pathname, search } = url;
    dispatcher.dispatch({ origin, path: `${pathname}${search}`, method: 'POST', headers, body }, handler);
  });
}

function reasonOf(signal: AbortSignal | undefined): Error {
  const reason: unknown = signal?.reason;
  return reason instanceof Error ? reason : new Error('aborted');
}
