/**
 * A trace collector on loopback that keeps the protocol of CONTRACTS.md, section 1, and misbehaves when it is told to.
 *
 * It is idempotent as a real one is: the same key is the same call, stored once. What breaks the protocol (a child of an
 * unknown parent, a finish of an unknown span, a span of an instance that has not started) is noted in `violations`.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { isJsonObject, type JsonObject } from '../src/json.ts';
import { answer, readJson } from './loopback-server.ts';

/**
 * What to do with one request instead of answering it.
 *
 * - `status`: answers with that status and does nothing
 * - `reset`: cuts the connection without having done anything
 * - `lose-answer`: does it, then cuts the connection
 * - `hang`: never answers
 * - `hold`: does it and answers once `release` is called
 */
export type Fault =
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly body?: unknown;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'reset' }
  | { readonly kind: 'lose-answer' }
  | { readonly kind: 'hang' }
  | { readonly kind: 'hold' };

export interface CollectorCall {
  readonly method: string;
  readonly path: string;
  /** `register`, `start`, `finish`, `get`, `span`, `span-finish`, `otlp` or `other`. */
  readonly kind: string;
  readonly body: JsonObject;
  readonly headers: IncomingMessage['headers'];
}

export interface StoredSpan {
  readonly id: string;
  readonly details: JsonObject;
  /** The body of its finish. */
  finish: JsonObject | null;
}

export class MisbehavingCollector implements AsyncDisposable {
  /** Every request that arrived, misbehaved to or not. */
  readonly calls: CollectorCall[] = [];
  /** Stored once each, in the order in which they were stored. */
  readonly spans: StoredSpan[] = [];
  readonly instances: {
    readonly id: string;
    readonly body: JsonObject;
    started: boolean;
    finished: JsonObject | null;
  }[] = [];
  readonly violations: string[] = [];
  /** What to do with a request; undefined: answer it. `index` counts all requests from 0. */
  misbehave: (call: CollectorCall, index: number) => Fault | undefined = () => undefined;
  /** What is said of any instance that is asked for, beside that it is active. */
  instanceDetails: JsonObject = {};
  /** Sent with the answers to spans. */
  control: JsonObject | undefined;
  readonly #server = createServer((incoming, response) => void this.#receive(incoming, response));
  readonly #answers = new Map<string, JsonObject>();
  readonly #held: (() => void)[] = [];
  #port = 0;

  static async open(): Promise<MisbehavingCollector> {
    const collector = new MisbehavingCollector();
    await collector.listen();
    return collector;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Answers that are held back. */
  get heldCount(): number {
    return this.#held.length;
  }

  /** Listens, on the port that it had before if there was one. */
  async listen(): Promise<void> {
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the collector has no port');
    this.#port = address.port;
  }

  /** Refuses connections until `listen`. */
  async refuse(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  /** Resolves once `done` holds, which is looked at after each request. */
  async until(done: () => boolean): Promise<void> {
    while (!done()) await once(this.#server, 'switchyard-handled');
  }

  /** Answers what is held back: the last first, so out of order. */
  release(): void {
    for (const answer of this.#held.splice(0).toReversed()) answer();
  }

  /** A field of the payload of each stored span, in the order in which they were stored. */
  payloads(field: string): unknown[] {
    return this.spans.map(({ details: { payload } }) =>
      payload !== undefined && isJsonObject(payload) ? payload[field] : undefined,
    );
  }

  callsOf(kind: string): CollectorCall[] {
    return this.calls.filter((call) => call.kind === kind);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.refuse();
  }

  async #receive(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readJson(incoming);
    const path = incoming.url ?? '';
    const call = { method: incoming.method ?? '', path, kind: kindOf(path), body, headers: incoming.headers };
    const fault = this.misbehave(call, this.calls.length);
    this.calls.push(call);
    this.#answer(call, fault, response);
    this.#server.emit('switchyard-handled');
  }

  #answer(call: CollectorCall, fault: Fault | undefined, response: ServerResponse): void {
    switch (fault?.kind) {
      case 'hang':
        return;
      case 'reset':
        response.socket?.resetAndDestroy();
        return;
      case 'status':
        answer(
          response,
          fault.status,
          fault.body ?? { status: 'error', code: 'asked_for', message: 'as the test asked' },
          fault.headers,
        );
        return;
      case 'lose-answer':
        this.#handle(call);
        response.socket?.resetAndDestroy();
        return;
      case 'hold': {
        const { status, body } = this.#handle(call);
        this.#held.push(() => answer(response, status, body));
        return;
      }
      case undefined: {
        const { status, body } = this.#handle(call);
        answer(response, status, body);
      }
    }
  }

  /** Does what is asked, once for each key. */
  #handle(call: CollectorCall): { readonly status: number; readonly body: JsonObject } {
    const key = call.body['idempotency_key'];
    if (typeof key !== 'string') return { status: 200, body: this.#act(call) };
    const known = this.#answers.get(key);
    if (known !== undefined) return { status: 200, body: known };
    const body = this.#act(call);
    this.#answers.set(key, body);
    return { status: 200, body };
  }

  #act({ kind, path, body }: CollectorCall): JsonObject {
    const id = path.split('/').at(-2) ?? '';
    if (kind === 'register') {
      const instance = { id: `instance-${this.instances.length + 1}`, body, started: false, finished: null };
      this.instances.push(instance);
      return { status: 'success', details: { id: instance.id } };
    }
    if (kind === 'span') return this.#store(body);
    if (kind === 'span-finish') return this.#finishSpan(id, body);
    if (kind === 'get') return { status: 'success', details: { status: 'active', ...this.instanceDetails } };
    const instance = this.instances.find((known) => known.id === id);
    if (kind === 'start' && instance !== undefined) instance.started = true;
    else if (kind === 'finish' && instance !== undefined) instance.finished = body;
    else if (kind === 'start' || kind === 'finish') this.violations.push(`${kind} of the unknown instance ${id}`);
    return { status: 'success' };
  }

  #store(body: JsonObject): JsonObject {
    const details = isJsonObject(body['details']) ? body['details'] : {};
    const parent = details['parent_span_id'];
    const instance = this.instances.find(({ id }) => id === details['agent_instance_id']);
    if (instance?.started !== true) this.violations.push('a span of an instance that has not started');
    if (instance?.finished) this.violations.push('a span of an instance that has finished');
    if (parent !== null && !this.spans.some(({ id }) => id === parent))
      this.violations.push(`a child of the unknown span ${JSON.stringify(parent)}`);
    const span = { id: `backend-${this.spans.length + 1}`, details, finish: null };
    this.spans.push(span);
    return this.#withControl({ status: 'success', details: { id: span.id } });
  }

  #finishSpan(id: string, body: JsonObject): JsonObject {
    const span = this.spans.find((known) => known.id === id);
    if (span === undefined) this.violations.push(`a finish of the unknown span ${id}`);
    else if (span.finish !== null) this.violations.push(`a second finish of ${id}`);
    else span.finish = body;
    return this.#withControl({ status: 'success' });
  }

  #withControl(answer: JsonObject): JsonObject {
    return this.control === undefined ? answer : { ...answer, control: this.control };
  }
}

function kindOf(path: string): string {
  if (path.endsWith('/v1/traces')) return 'otlp';
  if (path.endsWith('/agent_instance/register')) return 'register';
  const [, resource, action] = /\/api\/v1\/(agent_instance|agent_spans)(?:\/[^/]+(?:\/(\w+))?)?$/.exec(path) ?? [];
  if (resource === 'agent_spans') return action === undefined ? 'span' : 'span-finish';
  return resource === undefined ? 'other' : (action ?? 'get');
}
