/**
 * The http arm: a remote arm that takes `{task_id, attempt, contract, deadline}` by POST.
 *
 * 200 is the result. 202 with a Location is asked there until it is 200; on cancel or deadline that location gets a
 * DELETE. Requests carry `Idempotency-Key: task_id/attempt`, `traceparent`, and a signature by Standard Webhooks
 * (https://www.standardwebhooks.com) when a secret is set. 4xx is terminal, 429 and 5xx may pass. Any answer may tell in its
 * header Switchyard-Usage what the attempt has used by now; once that is too much the work is cancelled.
 *
 * Who retries: the POST is the attempt itself, so the engine repeats it, as the next attempt; only the polling, whose loss
 * would throw work away, is repeated by the client.
 */
import {
  type AnswerHead,
  HttpClient,
  HttpClientError,
  messageOf,
  type RequestOptions,
  sleep,
  type TraceContext,
} from '@switchyard/core';
import { Webhook } from 'standardwebhooks';
import {
  type ArmRequest,
  type ArmSettingsOf,
  type JsonValue,
  jsonObjectSchema,
  jsonSchema,
  REMOTE_USAGE_HEADER,
} from '../../contract/index.ts';
import type { Arm, ArmContract, Work } from '../../ports/arm.ts';
import {
  ArmAnswerInvalid,
  ArmAnswerTooLarge,
  ArmConfigurationInvalid,
  ArmRefused,
  ArmUnavailable,
} from './arm-errors.ts';
import { requestOf } from './exchange.ts';
import { type ToldUsage, toldUsage } from './told-usage.ts';

const BYTES_A_MB = 1_048_576;
/** For one request; the deadline of the task ends it sooner. */
const REQUEST_TIMEOUT_MS = 3_600_000;
const POLL_TIMEOUT_MS = 30_000;
/** Asking how it stands again is harmless; the client does it this many times. */
const POLL_RETRIES = 3;
/** How long the request to cancel may take. */
const CANCEL_TIMEOUT_MS = 5_000;
const OK = 200;
const ACCEPTED = 202;
const MULTIPLE_CHOICES = 300;
const TOO_MANY_REQUESTS = 429;
const LONGEST_POLL_SECONDS = 300;
const MS = 1000;

export interface HttpArmOptions {
  readonly contract: ArmContract;
  readonly settings: ArmSettingsOf<'http'>;
  readonly concurrency: number;
  /** Where the token and the secret are looked up. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface HttpArm extends Arm {
  close(): Promise<void>;
}

/** What came of a request: a result, or a place to ask at. */
type Standing =
  | { readonly kind: 'result'; readonly result: JsonValue }
  | {
      readonly kind: 'accepted';
      readonly location: string | null;
      readonly waitSeconds: number | null;
      /** How far it has come, where its body is a JSON object that says so. */
      readonly progress: JsonValue | null;
    };

/** @throws ArmConfigurationInvalid when a variable that it names is not set, or the secret is none */
export function createHttpArm({ contract, settings, concurrency, env }: HttpArmOptions): HttpArm {
  const { name } = contract;
  const url = new URL(settings.url);
  const apiToken = variableOf(name, 'tokenEnv', settings.tokenEnv, env);
  const webhook = webhookOf(name, variableOf(name, 'secretEnv', settings.secretEnv, env));
  const client = new HttpClient({
    apiUrl: url.origin,
    apiToken,
    requestTimeout: REQUEST_TIMEOUT_MS,
    totalTimeout: REQUEST_TIMEOUT_MS,
    maxRetries: POLL_RETRIES,
    maxResponseBytes: settings.maxOutputMb * BYTES_A_MB,
    bulkhead: { maxConcurrent: concurrency, maxQueued: concurrency },
  });
  return {
    ...contract,
    concurrency,
    problem: () => {
      const { breaker } = client.counters();
      return breaker.state === 'open' ? `${url.host} failed again and again; it is asked again soon` : null;
    },
    close: () => client.close(),
    run: async (work) => {
      const over = new AbortController();
      const signal = AbortSignal.any([work.signal, over.signal]);
      const usage = toldUsage({ arm: name, meter: work.meter, stop: (reason) => over.abort(reason) });
      try {
        const result = await perform({ ...work, signal }, { name, url, client, webhook, settings }, usage);
        await usage.counted();
        return { result, ...usage.whole() };
      } catch (error) {
        throw await usage.failureOf(explained(name, error, settings.maxOutputMb), work.signal);
      }
    },
  };
}

interface Remote {
  readonly name: string;
  readonly url: URL;
  readonly client: HttpClient;
  readonly webhook: Webhook | null;
  readonly settings: ArmSettingsOf<'http'>;
}

async function perform(work: Work, remote: Remote, usage: ToldUsage): Promise<JsonValue> {
  const { name, url, client, settings } = remote;
  const { signal, task } = work;
  const trace: TraceContext = { traceId: task.traceId, spanId: task.spanId, sampled: true };
  const body = requestOf(work);
  const ask = askerOf(client, usage);
  const first = await ask(url, {
    method: 'POST',
    body,
    headers: signed(body, remote),
    // Not by the client: the engine makes the next attempt of it, with a key of its own.
    idempotent: false,
    trace,
    signal,
    parse: standingOf,
  });
  if (first.kind === 'result') return first.result;
  const place = placeOf(name, first.location, url);
  let standing: Standing = first;
  try {
    while (standing.kind === 'accepted') {
      const { waitSeconds, progress } = standing;
      if (progress !== null) work.progress(progress);
      await sleep((waitSeconds ?? settings.pollSeconds) * MS, signal);
      standing = await ask(place, { trace, signal, timeoutMs: POLL_TIMEOUT_MS, parse: standingOf });
    }
    return standing.result;
  } catch (error) {
    if (signal.aborted || isUnreadable(error)) await askToCancel(place, ask, trace);
    throw error;
  }
}

type Ask = <T>(place: URL, options: RequestOptions<T>) => Promise<T>;

/** The requests of one attempt. What their answers tell of its usage is heard, of refusals too: they may have cost something. */
function askerOf(client: HttpClient, usage: ToldUsage): Ask {
  return async (place, options) => {
    const heads: AnswerHead[] = [];
    try {
      return await client.request(place.pathname + place.search, { ...options, onAnswer: (head) => heads.push(head) });
    } finally {
      const head = heads.at(-1);
      if (head !== undefined) usage.hearTotal(head.header(REMOTE_USAGE_HEADER), isResult(head.status));
    }
  };
}

function isResult(status: number): boolean {
  return status >= OK && status < MULTIPLE_CHOICES && status !== ACCEPTED;
}

function standingOf(answer: unknown, head: AnswerHead): Standing {
  if (isResult(head.status)) return { kind: 'result', result: jsonSchema.parse(answer ?? null) };
  const progress = jsonObjectSchema.safeParse(answer);
  const seconds = Number(head.header('retry-after') ?? Number.NaN);
  return {
    kind: 'accepted',
    location: head.header('location'),
    waitSeconds: seconds >= 0 && seconds <= LONGEST_POLL_SECONDS ? seconds : null,
    progress: progress.success && Object.keys(progress.data).length > 0 ? progress.data : null,
  };
}

function signed(body: ArmRequest, { webhook }: Remote): Record<string, string> {
  const { id } = body;
  const headers: Record<string, string> = { 'Idempotency-Key': id };
  if (webhook === null) return headers;
  const at = new Date();
  return {
    ...headers,
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': webhook.sign(id, at, JSON.stringify(body)),
  };
}

/** Where to ask on. It must be on the same server: an arm does not send us to others' doors. */
function placeOf(arm: string, location: string | null, url: URL): URL {
  if (location === null) throw new ArmAnswerInvalid(arm, 'a 202 without a Location to ask at');
  const place = URL.parse(location, url.href);
  if (place === null || place.origin !== url.origin) {
    throw new ArmAnswerInvalid(arm, `a 202 whose Location is not on ${url.origin}`);
  }
  return place;
}

/** It works on, and what it answers is of no use. */
function isUnreadable(error: unknown): boolean {
  return error instanceof HttpClientError && ['http_answer_too_large', 'http_invalid_answer'].includes(error.code);
}

/** Best effort and bounded: whether the other side hears it or not, the attempt is over. */
async function askToCancel(place: URL, ask: Ask, trace: TraceContext): Promise<void> {
  const limits = { timeoutMs: CANCEL_TIMEOUT_MS, totalTimeoutMs: CANCEL_TIMEOUT_MS };
  await ask(place, { method: 'DELETE', trace, ...limits }).catch(() => undefined);
}

function explained(arm: string, error: unknown, limitMb: number): unknown {
  if (!(error instanceof HttpClientError)) return error;
  const { code, status, message } = error;
  if (code === 'http_answer_too_large') return new ArmAnswerTooLarge(arm, limitMb);
  if (code === 'http_invalid_answer') return new ArmAnswerInvalid(arm, message, { cause: error });
  const refused = status !== undefined && status >= 400 && status < 500 && status !== TOO_MANY_REQUESTS;
  if (refused) return new ArmRefused(arm, message, { cause: error });
  return new ArmUnavailable(arm, message, error);
}

function variableOf(
  arm: string,
  setting: string,
  variable: string | undefined,
  env: HttpArmOptions['env'],
): string | undefined {
  if (variable === undefined) return undefined;
  const value = env[variable];
  if (value !== undefined && value !== '') return value;
  throw new ArmConfigurationInvalid(arm, `its ${setting} names ${variable}, which is not set`);
}

function webhookOf(arm: string, secret: string | undefined): Webhook | null {
  if (secret === undefined) return null;
  try {
    return new Webhook(secret);
  } catch (error) {
    throw new ArmConfigurationInvalid(
      arm,
      `its secret is not one of Standard Webhooks, whsec_ and base64 (${messageOf(error)})`,
    );
  }
}
