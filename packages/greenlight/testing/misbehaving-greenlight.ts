/**
 * A server of the handoff protocol on loopback that answers as it is told and misbehaves to order: delays, any status, cut
 * connections, executions that stay pending. It grades nothing.
 *
 * It keeps the protocol's word on keys: a POST with an Idempotency-Key that was answered before gets the same answer again.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { JsonObject } from '@switchyard/core';
import { answer, readJson } from '@switchyard/core/testing';

/**
 * What to do with one request instead of answering it at once.
 *
 * - `delay`: does and answers it after `ms` milliseconds (5,000 unless said)
 * - `status`: answers with that status and does nothing
 * - `drop`: cuts the connection without having done anything
 * - `lose-answer`: does it, then cuts the connection
 * - `hang`: never answers
 * - `garbage`: answers 200 with a body that is no JSON
 */
export type GreenlightFault =
  | { readonly kind: 'delay'; readonly ms?: number }
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly body?: JsonObject;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'drop' | 'lose-answer' | 'hang' | 'garbage' };

export interface GreenlightCall {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: JsonObject;
}

interface Answer {
  readonly status: number;
  readonly body: JsonObject;
}

const DELAY_MS = 5_000;

export class MisbehavingGreenlight implements AsyncDisposable {
  /** Every request that arrived, misbehaved to or not. */
  readonly calls: GreenlightCall[] = [];
  /** What to do with a request; undefined: answer it. `index` counts all requests from 0. */
  misbehave: (call: GreenlightCall, index: number) => GreenlightFault | undefined = () => undefined;
  /** What run-atom answers, and what an execution becomes; the atom's id is put in. */
  result: JsonObject = {
    partial_score: 1,
    tests_passed: 1,
    tests_total: 1,
    test_results: [{ name: 'test 1', passed: true, duration_ms: 1 }],
    error_class: null,
    git_suggestions: [],
    execution_time_ms: 1,
  };
  /** How an execution stands; `pending` until told. */
  readonly executions = new Map<string, JsonObject>();
  /** Atoms that were run or queued to effect: once for each key. */
  done = 0;
  readonly #server = createServer((incoming, response) => void this.#receive(incoming, response));
  readonly #answered = new Map<string, Answer>();
  readonly #timers = new Set<NodeJS.Timeout>();

  static async open(): Promise<MisbehavingGreenlight> {
    const server = new MisbehavingGreenlight();
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the server has no port');
    return `http://127.0.0.1:${address.port}`;
  }

  /** Makes an execution complete, with `result` as it stands now. */
  complete(executionId: string): void {
    const execution = this.executions.get(executionId);
    const result = { ...this.result, atom_id: execution?.['atom_id'] ?? '', status: 'complete' };
    this.executions.set(executionId, { ...execution, status: 'complete', result });
  }

  /** Makes an execution fail. */
  fail(executionId: string, message: string): void {
    this.executions.set(executionId, {
      ...this.executions.get(executionId),
      status: 'failed',
      error_message: message,
    });
  }

  /** Resolves once so many requests have arrived. */
  async received(count: number): Promise<void> {
    while (this.calls.length < count) await once(this.#server, 'switchyard-received');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  async #receive(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readJson(incoming);
    const call = { method: incoming.method ?? '', path: incoming.url ?? '', headers: incoming.headers, body };
    const fault = this.misbehave(call, this.calls.length);
    this.calls.push(call);
    this.#server.emit('switchyard-received');
    this.#react(call, fault, response);
  }

  #react(call: GreenlightCall, fault: GreenlightFault | undefined, response: ServerResponse): void {
    switch (fault?.kind) {
      case 'hang':
        return;
      case 'drop':
        response.socket?.resetAndDestroy();
        return;
      case 'lose-answer':
        this.#handle(call);
        response.socket?.resetAndDestroy();
        return;
      case 'garbage':
        response.end('<html>not what you asked for</html>');
        return;
      case 'status':
        answer(
          response,
          fault.status,
          fault.body ?? { error: 'asked_for', message: 'as the test asked' },
          fault.headers,
        );
        return;
      case 'delay': {
        const timer = setTimeout(() => {
          this.#timers.delete(timer);
          this.#react(call, undefined, response);
        }, fault.ms ?? DELAY_MS);
        this.#timers.add(timer);
        return;
      }
      case undefined: {
        const { status, body } = this.#handle(call);
        answer(response, status, body);
      }
    }
  }

  /** Does what is asked, once for each key. */
  #handle(call: GreenlightCall): Answer {
    const { method, path, headers } = call;
    const polled = /\/greenlight\/execution\/([^/?]+)$/.exec(path)?.[1];
    if (method === 'GET' && polled !== undefined) return this.#poll(decodeURIComponent(polled));
    const action = /\/greenlight\/(run|queue)-atom$/.exec(path)?.[1];
    if (method !== 'POST' || action === undefined) {
      return { status: 404, body: { error: 'not_found', message: `there is no ${method} ${path}` } };
    }
    const key = headers['idempotency-key'];
    const known = typeof key === 'string' ? this.#answered.get(key) : undefined;
    if (known !== undefined) return known;
    const answer = action === 'run' ? this.#run(call.body) : this.#queue(call.body);
    if (typeof key === 'string') this.#answered.set(key, answer);
    return answer;
  }

  #run(body: JsonObject): Answer {
    this.done += 1;
    return { status: 200, body: { ...this.result, atom_id: body['atom_id'] ?? '' } };
  }

  #queue(body: JsonObject): Answer {
    this.done += 1;
    const id = `execution-${this.done}`;
    this.executions.set(id, { execution_id: id, atom_id: body['atom_id'] ?? '', status: 'pending' });
    return { status: 202, body: { execution_id: id, status: 'pending' } };
  }

  #poll(id: string): Answer {
    const execution = this.executions.get(id);
    return execution === undefined
      ? { status: 404, body: { error: 'execution_unknown', message: `there is no execution ${id}` } }
      : { status: 200, body: execution };
  }
}
