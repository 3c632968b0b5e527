/**
 * The client of the Reflex protocol, for any server that speaks it.
 *
 * Owns: the protocol's paths, its retry rules, what its answers mean. Leaves to core's HttpClient: the making of requests,
 * the counting of attempts, the circuit breaker.
 *
 * 1. Three attempts: a timeout, a network error, a 429 and any 5xx are tried again after 1 and 2 seconds (5 at most) and up to
 *    25 % on top, never sooner than a Retry-After; every other 4xx fails at once. Screening changes nothing, so a POST may
 *    be repeated.
 * 2. An answer that is no verdict is an error, never a clean text.
 * 3. `health()` and `ready()` are asked once, and no breaker stands before them: they are how one sees that it is back.
 * 4. Neither user, password and query of the address nor the words of an answer that is no JSON are part of an error.
 */
import {
  type AnswerHead,
  ClientConfigInvalid,
  HttpClient,
  type HttpClientCounters,
  type HttpClientDependencies,
  HttpClientError,
} from '@switchyard/core';
import { type ReflexHealth, type ReflexVerdict, readHealth, readVerdict } from './answers.ts';
import { ScreenTextInvalid } from './errors.ts';

const TIMEOUT_MS = 10_000;
const PROBE_TIMEOUT_MS = 5_000;
const RETRIES = 2;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 5_000;
/** Three attempts and the longest waits between them. */
const ATTEMPTS_AND_WAITS = { attempts: RETRIES + 1, waitsMs: RETRIES * LONGEST_WAIT_MS * 1.25 };
const LONGEST_TEXT = 100_000;
const ANSWER_LIMIT_BYTES = 8 * 1024 * 1024;
const OK = 200;

export interface ReflexClientOptions {
  /** Milliseconds for each attempt. Default 10,000. */
  readonly timeoutMs?: number | undefined;
}

export interface ProcessOptions {
  /** Default true. */
  readonly check_pii?: boolean | undefined;
  /** Default true. */
  readonly check_injection?: boolean | undefined;
  /** Default true. */
  readonly use_cache?: boolean | undefined;
  /** `^[a-zA-Z0-9_-]{1,64}$`, by which the server limits. */
  readonly user_id?: string | undefined;
  /** Sent along as it is. */
  readonly context?: unknown;
  /** Ends the call with its reason. */
  readonly signal?: AbortSignal | undefined;
}

export class ReflexClient {
  readonly #http: HttpClient;
  readonly #probes: HttpClient;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #query: string;

  /**
   * @param url where the server is; a path prefix and a query are kept, user and password are sent as Basic authentication
   * @throws {ClientConfigInvalid}
   */
  constructor(
    url: string,
    { timeoutMs = TIMEOUT_MS }: ReflexClientOptions = {},
    dependencies: HttpClientDependencies = {},
  ) {
    const base = URL.parse(url);
    // The address itself is not told: it may hold a password.
    if (base === null) throw new ClientConfigInvalid(['the address of the screen is no URL; it may be http or https']);
    this.#headers = authorizationOf(base);
    this.#query = base.search;
    const apiUrl = `${base.origin}${base.pathname}`;
    this.#http = new HttpClient(
      {
        apiUrl,
        requestTimeout: timeoutMs,
        totalTimeout: ATTEMPTS_AND_WAITS.attempts * timeoutMs + ATTEMPTS_AND_WAITS.waitsMs,
        maxRetries: RETRIES,
        initialRetryDelay: FIRST_WAIT_MS,
        retryMultiplier: 2,
        maxRetryDelay: LONGEST_WAIT_MS,
        retryStrategy: 'extra-quarter',
        maxResponseBytes: ANSWER_LIMIT_BYTES,
      },
      dependencies,
    );
    this.#probes = new HttpClient(
      {
        apiUrl,
        requestTimeout: PROBE_TIMEOUT_MS,
        totalTimeout: PROBE_TIMEOUT_MS,
        maxRetries: 0,
        maxResponseBytes: ANSWER_LIMIT_BYTES,
        breaker: { failureThreshold: Number.POSITIVE_INFINITY },
      },
      { ...dependencies, breaker: undefined },
    );
  }

  /**
   * Has a text screened.
   *
   * @throws {ScreenTextInvalid} before anything is sent
   * @throws {HttpClientError}, or the signal's reason
   */
  async process(text: string, { signal, ...options }: ProcessOptions = {}): Promise<ReflexVerdict> {
    if (text.trim() === '') throw new ScreenTextInvalid(text === '' ? 'was empty' : 'was only whitespace');
    if (text.length > LONGEST_TEXT) throw new ScreenTextInvalid(`had ${text.length} characters`);
    try {
      return await this.#http.request(`process${this.#query}`, {
        method: 'POST',
        body: { text, ...options },
        headers: this.#headers,
        idempotent: true,
        signal,
        parse: readVerdict,
      });
    } catch (error) {
      throw withoutWords(error);
    }
  }

  /**
   * What the server says of itself.
   *
   * @throws {HttpClientError}, or the signal's reason
   */
  async health(signal?: AbortSignal): Promise<ReflexHealth> {
    return this.#probe('health', signal, readHealth);
  }

  /** True only when the server answers 200 within five seconds; the signal's reason is thrown. */
  async ready(signal?: AbortSignal): Promise<boolean> {
    return (await this.readiness(signal)) === null;
  }

  /** Null when it is ready, else why not. */
  async readiness(signal?: AbortSignal): Promise<string | null> {
    try {
      const status = await this.#probe('ready', signal, (_answer, head) => head.status);
      return status === OK ? null : `it answers ${status}`;
    } catch (error) {
      if (error instanceof HttpClientError)
        return error.status === undefined ? error.message : `it answers ${error.status}`;
      throw error;
    }
  }

  /** What it has counted since it was made: requests, latency, errors, retries, the state of its breaker. */
  counters(): HttpClientCounters {
    return this.#http.counters();
  }

  /** Ends every connection and what is under way. */
  async close(): Promise<void> {
    await Promise.all([this.#http.close(), this.#probes.close()]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #probe<T>(
    path: string,
    signal: AbortSignal | undefined,
    parse: (answer: unknown, head: AnswerHead) => T,
  ): Promise<T> {
    return this.#probes.request(`${path}${this.#query}`, { headers: this.#headers, signal, parse });
  }
}

function authorizationOf({ username, password }: URL): Record<string, string> {
  if (username === '' && password === '') return {};
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

/** The parser of JSON quotes what it could not read, which may be what was found. */
function withoutWords(error: unknown): unknown {
  if (!(error instanceof HttpClientError) || error.code !== 'http_invalid_answer') return error;
  const { method, url, attempts } = error;
  const isVerdict = error.cause instanceof Error && error.cause.cause instanceof TypeError;
  const problem = isVerdict ? 'its answer is something else than a verdict' : 'its answer is no JSON';
  return new HttpClientError({ code: 'http_invalid_answer', method, url, attempts, retryable: false, problem });
}
