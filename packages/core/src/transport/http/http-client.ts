/**
 * The HTTP client that every client of ours is built on: JSON out, JSON in, one server.
 *
 * Owns: its connections, the making of requests and the reading of answers, what each failure means. Leaves to
 * `CallPipeline`: retry, breaker, bulkhead, time limits, in this order.
 *
 * 1. Every request ends with its parsed answer, an HttpClientError, or the reason of the caller's signal.
 * 2. GET, HEAD, OPTIONS, PUT and DELETE may be made again (RFC 9110, section 9.2.2); others only with an idempotency key or
 *    `idempotent: true`. Body and key are the same in every attempt.
 * 3. A request never leaves the server and path prefix of `apiUrl`, and redirects are not followed.
 * 4. No answer is held beyond its bound: `maxResponseBytes` for a good one, 64 KiB for an error.
 * 5. No token, and no user, query or fragment of a URL, is part of an error.
 */
import { type Clock, monotonicClock } from '../../clock.ts';
import { type ClientConfig, type ClientConfigInput, parseClientConfig } from '../../config.ts';
import { messageOf } from '../../errors.ts';
import { createRandomBytes } from '../../random-bytes.ts';
import type { BulkheadOptions } from '../../resilience/bulkhead.ts';
import { type Attempt, CallPipeline } from '../../resilience/call-pipeline.ts';
import { CircuitBreaker, type CircuitBreakerOptions } from '../../resilience/circuit-breaker.ts';
import { RetryBudget, type RetryBudgetOptions, type RetryBudgets } from '../../resilience/retry-budget.ts';
import { sleep } from '../../sleep.ts';
import { childContext, newTraceContext, type TraceContext } from '../../trace-context.ts';
import type { AnswerHead, Exchange } from './exchange.ts';
import { FetchExchange, type FetchFunction } from './fetch-exchange.ts';
import { type HttpClientCounters, RequestCounters } from './http-counters.ts';
import { explainFailure, judgeFailure, type RequestFacts, RequestNotPossible } from './http-failures.ts';
import { type AnswerReader, readAnswer } from './read-answer.ts';
import { buildHeaders, fixedHeaders } from './request-headers.ts';
import { RequestUrls } from './request-url.ts';
import { calculateRetryDelay } from './retry-policy.ts';
import { UndiciExchange } from './undici-exchange.ts';

/** Methods that may be repeated by their meaning. */
const REPEATABLE = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);
const METHOD = /^[A-Z]{1,20}$/;

/** `ClientConfig` (only `apiUrl` is needed) and how failures of the server are contained. */
export type HttpClientConfig = ClientConfigInput & {
  readonly breaker?: Omit<CircuitBreakerOptions, 'now'> | undefined;
  readonly bulkhead?: BulkheadOptions | undefined;
  readonly retryBudget?: Omit<RetryBudgetOptions, 'now'> | undefined;
};

export interface HttpClientDependencies {
  /** Instead of undici. */
  readonly fetchFn?: FetchFunction | undefined;
  /** Waits between attempts. Rejects with the signal's reason when it aborts. */
  readonly sleep?: ((ms: number, signal?: AbortSignal) => Promise<void>) | undefined;
  /** From 0 to below 1. Default `Math.random`. */
  readonly random?: (() => number) | undefined;
  readonly clock?: Clock | undefined;
  /** Milliseconds since 1970, for dates in Retry-After. Default `Date.now`. */
  readonly today?: (() => number) | undefined;
  /** One breaker for several clients of the same server, instead of `config.breaker`. */
  readonly breaker?: CircuitBreaker | undefined;
  /** One set of budgets for all clients, so that each host has one, instead of `config.retryBudget`. */
  readonly retryBudgets?: RetryBudgets | undefined;
  /** The trace that requests belong to where they name none. Default: each begins one. */
  readonly currentTrace?: (() => TraceContext | undefined) | undefined;
}

export interface RequestOptions<T = unknown> {
  /** Default GET, with a body POST. */
  readonly method?: string | undefined;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Milliseconds for each attempt, instead of `requestTimeout`. */
  readonly timeoutMs?: number | undefined;
  /** Milliseconds for all attempts and waits, instead of `totalTimeout`. */
  readonly totalTimeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Sent as `Idempotency-Key`, the same in every attempt; makes the request repeatable. */
  readonly idempotencyKey?: string | undefined;
  /** The server takes a repetition for the same request. */
  readonly idempotent?: boolean | undefined;
  /** The span that the request hangs under. Each attempt goes out with a span id of its own. */
  readonly trace?: TraceContext | undefined;
  /** Checks the answer and gives it its type; what it throws makes an `http_invalid_answer`. Sees status and headers too. */
  readonly parse?: ((answer: unknown, head: AnswerHead) => T) | undefined;
  /** Told of every answer that comes, of refusals and of attempts that are repeated too, before its body. Must not throw. */
  readonly onAnswer?: ((head: AnswerHead) => void) | undefined;
}

export class HttpClient {
  readonly #config: ClientConfig;
  readonly #urls: RequestUrls;
  readonly #fixedHeaders: Readonly<Record<string, string>>;
  readonly #exchange: Exchange;
  readonly #pipeline: CallPipeline;
  readonly #counters = new RequestCounters();
  readonly #clock: Clock;
  readonly #reader: AnswerReader;
  readonly #randomBytes = createRandomBytes();
  readonly #currentTrace: () => TraceContext | undefined;

  /** @throws {ClientConfigInvalid} */
  constructor(config: HttpClientConfig, dependencies: HttpClientDependencies = {}) {
    const { breaker, bulkhead, retryBudget, ...settings } = config;
    const parsed = parseClientConfig(settings);
    const random = dependencies.random ?? Math.random;
    this.#config = parsed;
    this.#urls = new RequestUrls(parsed.apiUrl);
    this.#fixedHeaders = fixedHeaders(parsed.apiToken);
    this.#clock = dependencies.clock ?? monotonicClock;
    this.#reader = { config: parsed, clock: this.#clock, today: dependencies.today ?? Date.now };
    this.#currentTrace = dependencies.currentTrace ?? (() => undefined);
    this.#exchange = openExchange(parsed, dependencies.fetchFn);
    const { now } = this.#clock;
    this.#pipeline = new CallPipeline({
      retry: {
        maxRetries: parsed.maxRetries,
        delayMs: (retry) => calculateRetryDelay(retry, parsed, random),
        longestHintMs: parsed.maxRetryDelay,
      },
      breaker: dependencies.breaker ?? new CircuitBreaker({ ...breaker, now }),
      bulkhead,
      budget: dependencies.retryBudgets?.of(this.#urls.host) ?? new RetryBudget({ ...retryBudget, now }),
      judge: judgeFailure,
      clock: this.#clock,
      sleep: dependencies.sleep ?? sleep,
    });
  }

  /**
   * Makes a request and gives back its parsed answer; undefined when that has no body. Without `parse`, T is what the
   * caller says it is.
   *
   * @param path below `apiUrl`; may have a query
   * @throws {HttpClientError}, or the reason of `signal`
   */
  request<T = unknown>(path: string, options?: RequestOptions<T>): Promise<T>;
  async request(path: string, options: RequestOptions = {}): Promise<unknown> {
    const startedAt = this.#clock.now();
    const method = options.method?.toUpperCase() ?? (options.body === undefined ? 'GET' : 'POST');
    const progress: Progress = { facts: { method, url: this.#config.apiUrl, attempts: 0 } };
    this.#counters.begin();
    try {
      const answer = await this.#send(path, options, progress);
      this.#counters.end('succeeded', this.#clock.now() - startedAt);
      return answer;
    } catch (error) {
      const tookMs = this.#clock.now() - startedAt;
      if (options.signal?.aborted === true && error === options.signal.reason) {
        this.#counters.end('aborted', tookMs);
        throw error;
      }
      const failure = explainFailure(error, progress.facts);
      this.#counters.end(failure.code, tookMs);
      throw failure;
    }
  }

  /** What it has counted since it was made. */
  counters(): HttpClientCounters {
    const { attempts, retries, breaker, bulkhead, budget } = this.#pipeline.snapshot();
    return { ...this.#counters.snapshot(), attempts, retries, breaker, bulkhead, retryBudget: budget };
  }

  /** Ends every connection and what is under way (`http_client_closed`): await your requests first. */
  async close(): Promise<void> {
    this.#pipeline.close();
    await this.#exchange.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #send(path: string, options: RequestOptions, progress: Progress): Promise<unknown> {
    const { signal, idempotencyKey, headers: own, parse, onAnswer, timeoutMs, totalTimeoutMs } = options;
    signal?.throwIfAborted();
    const { method } = progress.facts;
    if (!METHOD.test(method)) throw new RequestNotPossible(`${JSON.stringify(options.method)} is not an HTTP method`);
    const target = this.#urls.targetOf(path);
    const facts = { method, url: target.publicUrl, attempts: 0 };
    progress.facts = facts;
    const body = toJson(options.body);
    const trace = options.trace ?? this.#currentTrace() ?? newTraceContext(this.#randomBytes);
    const parts = { fixed: this.#fixedHeaders, hasBody: body !== undefined, idempotencyKey, own };
    const call = async (attempt: Attempt): Promise<unknown> => {
      progress.facts = { ...facts, attempts: attempt.number };
      const headers = buildHeaders({ ...parts, trace: childContext(trace, this.#randomBytes) });
      const { interruption } = attempt;
      const answer = await this.#exchange.send({ method, target, headers, body, interruption });
      onAnswer?.(answer);
      return readAnswer(answer, progress.facts, this.#reader, parse);
    };
    return this.#pipeline.run(call, {
      timeoutMs: timeLimit(timeoutMs, this.#config.requestTimeout),
      totalTimeoutMs: timeLimit(totalTimeoutMs, this.#config.totalTimeout),
      repeatable: options.idempotent ?? (idempotencyKey !== undefined || REPEATABLE.has(method)),
      signal,
    });
  }
}

/** How far a request has come, for the error that it may end with. */
interface Progress {
  facts: RequestFacts;
}

function openExchange(config: ClientConfig, fetchFn: FetchFunction | undefined): Exchange {
  if (fetchFn !== undefined) return new FetchExchange(fetchFn);
  // Bun has a fetch of its own that is faster than what it gives out as undici.
  if ('bun' in process.versions) return new FetchExchange((url, init) => fetch(url, init));
  return new UndiciExchange({
    connectTimeoutMs: config.requestTimeout,
    maxResponseBytes: config.maxResponseBytes,
  });
}

function timeLimit(asked: number | undefined, configured: number): number {
  if (asked === undefined) return configured;
  if (asked > 0) return asked;
  throw new RequestNotPossible(`a time limit of ${asked} ms; it must be more than 0`);
}

function toJson(body: unknown): string | undefined {
  if (body === undefined) return undefined;
  try {
    const text: string | undefined = JSON.stringify(body);
    if (text !== undefined) return text;
  } catch (error) {
    throw new RequestNotPossible(`the body cannot be sent as JSON: ${messageOf(error)}`, { cause: error });
  }
  throw new RequestNotPossible(`the body cannot be sent as JSON: it is a ${typeof body}`);
}
