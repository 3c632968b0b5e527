/**
 * The screen behind REFLEX_URL: its matches are taken, and our policy is applied to them. Protocol: CONTRACTS.md,
 * section 2 (POST /process). A screen that does not answer is an error: nothing is stored unscreened.
 */
import { errorCodeOf, messageOf } from '@switchyard/core';
import { z } from 'zod';
import { RequestInvalid } from '../../app/errors.ts';
import type { JsonValue } from '../../contract/index.ts';
import { ScreenUnavailable } from '../../ports/errors.ts';
import type { FieldFinding, Screen } from '../../ports/screen.ts';
import { pointerOf, type Text, textsOf } from './texts.ts';

/** For each question. */
const TIMEOUT_MS = 10_000;
/** For all questions of one submission. */
const WHOLE_TIMEOUT_MS = 30_000;
const QUESTIONS_AT_ONCE = 8;
/** Texts of one submission. At a millisecond a question, some seconds; more is no task but a table. */
const TEXTS_LIMIT = 5_000;
const ANSWER_LIMIT_BYTES = 8 * 1024 * 1024;
/** What the enforcing policy lets through when it is found; everything else of PII blocks. */
const REPORTED_ONLY = new Set(['IPv4', 'IPv6', 'MACAddress', 'URL', 'Coordinates', 'VIN']);

const answerSchema = z.object({
  /** The protocol has `RateLimited` and `Error` too: then nothing was screened, whatever the HTTP status says. */
  status: z.enum(['Success', 'Blocked']),
  pii_matches: z
    .array(z.object({ pii_type: z.string(), value: z.string().optional(), position: z.int().min(0) }))
    .default([]),
  injection_matches: z
    .array(
      z.object({
        injection_type: z.string(),
        severity: z.string(),
        matched_text: z.string().optional(),
        position: z.int().min(0),
      }),
    )
    .default([]),
});

/** A finding in one text, before it is known what its field may be called. */
type Match = Omit<FieldFinding, 'field'>;

export interface RemoteScreenOptions {
  /** A path prefix is kept; user and password are sent as Basic authentication. */
  readonly url: string;
  readonly piiPolicy?: 'block' | 'report' | undefined;
  /** Asked instead when the remote one is down; none: the submission is refused. */
  readonly fallback?: Screen | undefined;
  readonly fetchFn?: typeof fetch;
  /** For each question. Default 10,000 ms. */
  readonly timeoutMs?: number;
}

export function createRemoteScreen(options: RemoteScreenOptions): Screen {
  const { piiPolicy, fallback, fetchFn = fetch } = options;
  const remote = remoteOf(options.url);
  return {
    description: `at ${remote.host}${fallback === undefined ? '' : ', in process when it is down'}`,
    screen: async (value, screening, signal) => {
      try {
        const findings = await findingsIn(value, remote, options, signal);
        const piiBlocks = piiPolicy === undefined ? screening === 'enforce' : piiPolicy === 'block';
        const blocked = findings.some((finding) =>
          finding.kind === 'pii'
            ? piiBlocks && !REPORTED_ONLY.has(finding.type)
            : screening === 'enforce' && finding.severity === 'Critical',
        );
        return { blocked, findings };
      } catch (error) {
        signal?.throwIfAborted();
        if (fallback !== undefined && error instanceof ScreenUnavailable) {
          return fallback.screen(value, screening, signal);
        }
        throw error;
      }
    },
    problem: async (signal) => {
      if (fallback !== undefined) return null;
      try {
        const { ok, status, body } = await fetchFn(remote.endpoint('ready'), { headers: remote.headers, signal });
        await body?.cancel();
        return ok ? null : `it answers ${status}`;
      } catch (error) {
        return reasonOf(error);
      }
    },
  };
}

interface Remote {
  readonly host: string;
  readonly headers: Record<string, string>;
  endpoint(path: string): string;
}

/** fetch refuses a URL that holds a password, and would repeat it in its message. */
function remoteOf(url: string): Remote {
  const base = new URL(url);
  const user = decodeURIComponent(base.username);
  const secret = Buffer.from(`${user}:${decodeURIComponent(base.password)}`).toString('base64');
  const headers: Record<string, string> =
    base.username === '' && base.password === '' ? {} : { authorization: `Basic ${secret}` };
  const prefix = `${base.origin}${base.pathname.replace(/\/+$/, '')}`;
  return { host: base.host, headers, endpoint: (path) => `${prefix}/${path}${base.search}` };
}

/** Asks about every text; each distinct text once. */
async function findingsIn(
  value: JsonValue,
  remote: Remote,
  options: RemoteScreenOptions,
  signal: AbortSignal | undefined,
): Promise<FieldFinding[]> {
  const texts: Text[] = [];
  for (const text of textsOf(value)) {
    if (texts.length >= TEXTS_LIMIT) throw tooManyTexts(text);
    texts.push(text);
  }
  const distinct = [...new Set(texts.map(({ text }) => text))];
  const answers = new Map<string, readonly Match[]>();
  const failed = new AbortController();
  const signals = [failed.signal, AbortSignal.timeout(WHOLE_TIMEOUT_MS), ...(signal === undefined ? [] : [signal])];
  const stop = AbortSignal.any(signals);
  const askOn = async (): Promise<void> => {
    for (let text = distinct.pop(); text !== undefined; text = distinct.pop()) {
      answers.set(text, await ask(text, remote, options, stop));
    }
  };
  const asking = Array.from({ length: QUESTIONS_AT_ONCE }, () =>
    askOn().catch((error: unknown) => {
      // One text that could not be screened is enough: the others need no answer. The first reason is the one told.
      failed.abort(error);
    }),
  );
  await Promise.all(asking);
  failed.signal.throwIfAborted();
  return placed(texts, answers);
}

function tooManyTexts({ field }: Text): RequestInvalid {
  const detail = `is more than the screen is asked about (${TEXTS_LIMIT} texts); send it in parts`;
  return new RequestInvalid([{ pointer: pointerOf(field), detail }]);
}

/** The matches with their fields; what two overlapping parts both found is told once. */
function placed(texts: readonly Text[], answers: ReadonlyMap<string, readonly Match[]>): FieldFinding[] {
  for (const { field, of, text } of texts) {
    if (field !== null && of === 'key' && (answers.get(text) ?? []).length > 0) field.keyHidden = true;
  }
  const findings = new Map<string, FieldFinding>();
  for (const { field, of, text, start } of texts) {
    const pointer = pointerOf(field);
    for (const match of answers.get(text) ?? []) {
      const position = match.position + start;
      const name = [pointer, of, match.kind, match.type, position].join('\n');
      if (!findings.has(name)) findings.set(name, { ...match, field: pointer, position });
    }
  }
  return [...findings.values()];
}

async function ask(
  text: string,
  remote: Remote,
  { fetchFn = fetch, timeoutMs = TIMEOUT_MS }: RemoteScreenOptions,
  stop: AbortSignal,
): Promise<Match[]> {
  let body: unknown;
  try {
    const response = await fetchFn(remote.endpoint('process'), {
      method: 'POST',
      headers: { ...remote.headers, 'content-type': 'application/json' },
      body: JSON.stringify({ text, check_pii: true, check_injection: true }),
      signal: AbortSignal.any([stop, AbortSignal.timeout(timeoutMs)]),
    });
    if (!response.ok) {
      await response.body?.cancel();
      throw new Error(`it answers ${response.status}`);
    }
    body = await readJson(response);
  } catch (error) {
    throw new ScreenUnavailable(`${remote.host}: ${reasonOf(error)}`, { cause: error });
  }
  const answer = answerSchema.safeParse(body);
  if (!answer.success) throw new ScreenUnavailable(`${remote.host} answers something else than a verdict`);
  return [
    ...answer.data.pii_matches.map(
      (match): Match => ({
        kind: 'pii',
        type: match.pii_type,
        position: match.position,
        length: match.value?.length ?? 0,
      }),
    ),
    ...answer.data.injection_matches.map(
      (match): Match => ({
        kind: 'injection',
        type: match.injection_type,
        position: match.position,
        length: match.matched_text?.length ?? 0,
        severity: match.severity,
      }),
    ),
  ];
}

/** The parser's own words would quote the answer, which holds what was found. */
async function readJson(response: Response): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const body: AsyncIterable<Uint8Array> | null = response.body;
  for await (const chunk of body ?? emptyBody()) {
    size += chunk.byteLength;
    if (size > ANSWER_LIMIT_BYTES) throw new Error('its answer is too long');
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new Error('its answer is no JSON');
  }
}

async function* emptyBody(): AsyncGenerator<Uint8Array, void, undefined> {}

/** fetch says only "fetch failed"; the reason is behind it. */
function reasonOf(error: unknown): string {
  const cause = error instanceof TypeError && error.cause !== undefined ? error.cause : error;
  return errorCodeOf(cause) ?? messageOf(cause);
}
