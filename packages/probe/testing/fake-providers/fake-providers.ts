/**
 * The six providers, and a compatible server, on one port of loopback: their paths, their keys, their bodies and headers, their
 * ways of failing. A client that works with the real ones works with it, and the other way round.
 *
 * What it answers is decided call by call: `reply` says, or `enqueue` for the next ones; else a good answer made from the prompt.
 * The key and the form of every call are checked first, as the real ones do.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { readJson } from '@switchyard/core/testing';
import { PROVIDERS, type ProviderId } from '../../src/index.ts';
import { anthropic } from './anthropic.ts';
import { deepseek } from './deepseek.ts';
import { google } from './google.ts';
import { mistral } from './mistral.ts';
import { openai, openaiCompatible } from './openai.ts';
import type { FailureName, FakeAnswer, FakeCall, FakeReply, Spoken, Wire, WireAnswer } from './reply.ts';
import { xai } from './xai.ts';

const WIRES: readonly Wire[] = [openai, anthropic, google, xai, deepseek, mistral, openaiCompatible];
const CHARACTERS_PER_TOKEN = 4;
/** Of a prompt, quoted in the answer to it. */
const QUOTED_CHARACTERS = 60;

export interface FakeProvidersOptions {
  /** Milliseconds before each answer. Default 0. */
  readonly latencyMs?: number;
  /** 0 takes any free one. Default 0. */
  readonly port?: number;
  /** False: calls are counted and not kept. Default true. */
  readonly keepCalls?: boolean;
}

export class FakeProviders implements AsyncDisposable {
  /** Every call that had a path and a body of its provider, in the order of arrival. */
  readonly calls: FakeCall[] = [];
  /** Decides a call's answer; undefined: a good one. */
  reply: (call: FakeCall) => FakeReply | undefined = () => undefined;
  /** Calls that are being answered now, and the most that there were at once. */
  open = 0;
  mostOpen = 0;
  /** Calls whose client went away before it had the answer. */
  abandoned = 0;
  #count = 0;
  readonly #queue: FakeReply[] = [];
  readonly #latencyMs: number;
  readonly #keepCalls: boolean;
  readonly #server = createServer((request, response) => void this.#receive(request, response));
  readonly #timers = new Set<NodeJS.Timeout>();

  private constructor({ latencyMs = 0, keepCalls = true }: FakeProvidersOptions) {
    this.#latencyMs = latencyMs;
    this.#keepCalls = keepCalls;
  }

  static async open(options: FakeProvidersOptions = {}): Promise<FakeProviders> {
    const fake = new FakeProviders(options);
    fake.#server.keepAliveTimeout = 60_000;
    fake.#server.listen(options.port ?? 0, '127.0.0.1');
    await once(fake.#server, 'listening');
    return fake;
  }

  get origin(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the fake providers do not listen');
    return `http://127.0.0.1:${address.port}`;
  }

  /** The one key that a provider takes. */
  static keyOf(provider: ProviderId): string {
    return `sk-fake-${provider}-0123456789abcdefghij`;
  }

  baseUrl(provider: ProviderId): string {
    return `${this.origin}${wireOf(provider).base}`;
  }

  /** Keys and addresses as the environment gives them. */
  environment(): Record<string, string> {
    return Object.fromEntries(
      PROVIDERS.flatMap(({ id, keyVariable, baseUrlVariable }) => [
        [keyVariable, FakeProviders.keyOf(id)],
        [baseUrlVariable, this.baseUrl(id)],
      ]),
    );
  }

  /** The refusal itself, without a call. */
  static refusal(provider: ProviderId, failure: FailureName): WireAnswer {
    return wireOf(provider).fail(failure, nobodysCall(provider), undefined);
  }

  /** What the next calls are answered, before `reply` is asked. */
  enqueue(...replies: readonly FakeReply[]): void {
    this.#queue.push(...replies);
  }

  /** Forgets calls and what was queued, for the next test on the same port. */
  reset(): void {
    this.calls.length = 0;
    this.#queue.length = 0;
    this.#count = 0;
    this.mostOpen = 0;
    this.abandoned = 0;
    this.reply = () => undefined;
  }

  /** Resolves once `done` holds, which is looked at after each arrival and each end of a call. */
  async until(done: () => boolean): Promise<void> {
    while (!done()) await once(this.#server, 'switchyard-changed');
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    if (!this.#server.listening) return;
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '').split('?')[0] ?? '';
    const wire = WIRES.find(({ base }) => path.startsWith(`${base}/`));
    if (request.method === 'GET' && wire !== undefined && path === wire.modelsPath) {
      send(response, listModels(wire, request));
      return;
    }
    const read = wire?.read(path, request.headers, await readJson(request));
    if (wire === undefined || read === undefined || read === null) {
      send(response, { status: 404, body: { error: `no provider has ${request.method} ${path}` } });
      return;
    }
    const call: FakeCall = { ...read, index: this.#count };
    this.#count += 1;
    if (this.#keepCalls) this.calls.push(call);
    this.open += 1;
    this.mostOpen = Math.max(this.mostOpen, this.open);
    response.once('close', () => {
      this.open -= 1;
      if (!response.writableFinished) this.abandoned += 1;
      this.#server.emit('switchyard-changed');
    });
    this.#server.emit('switchyard-changed');
    this.#answer(wire, call, response);
  }

  #answer(wire: Wire, call: FakeCall, response: ServerResponse): void {
    const refused = refusal(wire, call);
    const reply = refused === null ? (this.#queue.shift() ?? this.reply(call) ?? { kind: 'answer' }) : null;
    if (reply?.kind === 'hang') return;
    const deliver = (): void => {
      if (refused !== null) send(response, refused);
      else if (reply?.kind === 'reset') response.socket?.resetAndDestroy();
      else if (reply?.kind === 'truncated') sendHalf(response, wire.answer(call, speak(call, { kind: 'answer' })));
      else if (reply?.kind === 'raw') sendText(response, reply.status, reply.body, reply.headers);
      else if (reply !== null) send(response, wireAnswer(wire, call, reply), reply.headers);
    };
    const delayMs = reply?.delayMs ?? this.#latencyMs;
    if (delayMs === 0) {
      deliver();
      return;
    }
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      deliver();
    }, delayMs);
    this.#timers.add(timer);
  }
}

function wireOf(provider: ProviderId): Wire {
  const wire = WIRES.find((one) => one.provider === provider);
  if (wire === undefined) throw new Error(`there is no fake of ${provider}`);
  return wire;
}

/** What is wrong with a call before its content is looked at: its key, its form. */
function refusal(wire: Wire, call: FakeCall): WireAnswer | null {
  // A compatible server asks for no key, but refuses a wrong one.
  const keyless = wire.provider === 'openai-compatible' && call.key === null;
  if (!keyless && call.key !== FakeProviders.keyOf(wire.provider)) return wire.fail('bad-key', call, undefined);
  if (call.model === '' || call.model.includes('no-such')) return wire.fail('unknown-model', call, undefined);
  return wire.refuse(call);
}

type Said = Exclude<FakeReply, { readonly kind: 'raw' | 'hang' | 'reset' | 'truncated' }>;

function wireAnswer(wire: Wire, call: FakeCall, reply: Said): WireAnswer {
  switch (reply.kind) {
    case 'answer':
      return wire.answer(call, speak(call, reply));
    case 'failure':
      return wire.fail(reply.failure, call, reply.afterSeconds);
    case 'empty': {
      const reasoningTokens = reply.reasoned === true ? (call.maxTokens ?? 1) : 0;
      const said: FakeAnswer = {
        kind: 'answer',
        text: '',
        outputTokens: 0,
        reasoningTokens,
        cut: reply.reasoned === true,
      };
      return wire.answer(call, speak(call, said));
    }
    case 'blocked':
      return (
        (reply.by === 'prompt' ? wire.blockedPrompt(call) : null) ??
        wire.answer(call, { ...speak(call, { kind: 'answer', text: '', outputTokens: 0 }), finish: 'blocked' })
      );
  }
}

function speak(call: FakeCall, reply: FakeAnswer): Spoken {
  const asked = call.messages.at(-1)?.content ?? '';
  const text = reply.text ?? `Answer to: ${asked.slice(0, QUOTED_CHARACTERS)}`;
  const said = call.messages.reduce((sum, { content }) => sum + content.length, call.system?.length ?? 0);
  return {
    text,
    inputTokens: reply.inputTokens ?? Math.ceil(said / CHARACTERS_PER_TOKEN),
    outputTokens: reply.outputTokens ?? Math.ceil(text.length / CHARACTERS_PER_TOKEN),
    reasoningTokens: reply.reasoningTokens ?? 0,
    served: reply.served === undefined ? `${call.model}-2026-01-01` : reply.served,
    finish: reply.cut === true ? 'cut' : 'stop',
    usage: reply.usage ?? true,
  };
}

function nobodysCall(provider: ProviderId): FakeCall {
  const nothing = { path: '', headers: {}, body: {}, model: '', key: null, system: null, messages: [] };
  return { ...nothing, provider, maxTokens: null, temperature: null, index: 0 };
}

/** What a health check asks: the list of models, to whoever has a key. */
function listModels(wire: Wire, { headers, url }: IncomingMessage): WireAnswer {
  const key = FakeProviders.keyOf(wire.provider);
  const given = [headers['x-api-key'], headers['x-goog-api-key'], headers.authorization?.replace('Bearer ', '')];
  const query = URL.parse(url ?? '', 'http://localhost')?.searchParams.get('key');
  if (![...given, query].includes(key)) {
    return wire.fail('bad-key', nobodysCall(wire.provider), undefined);
  }
  return { status: 200, body: wire.provider === 'google' ? { models: [] } : { object: 'list', data: [] } };
}

function send(
  response: ServerResponse,
  { status, body, headers }: WireAnswer,
  more: Readonly<Record<string, string>> = {},
): void {
  sendText(response, status, JSON.stringify(body), { ...headers, ...more });
}

function sendText(
  response: ServerResponse,
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (response.destroyed) return;
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    ...headers,
  });
  response.end(text);
}

/** Promises the whole body, sends half of it and cuts the connection. */
function sendHalf(response: ServerResponse, { status, body }: WireAnswer): void {
  const text = JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  response.write(text.slice(0, text.length / 2), () => response.socket?.resetAndDestroy());
}
