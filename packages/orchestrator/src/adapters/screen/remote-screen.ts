/**
 * The screen behind REFLEX_URL: its matches are taken, and our policy is applied to them. Protocol: CONTRACTS.md, section 2.
 * A screen that does not answer is an error: nothing is stored unscreened.
 *
 * Leaves to reflex's client: retries, the circuit breaker, what an answer means.
 */
import { type HttpClientDependencies, HttpClientError } from '@switchyard/core';
import { ReflexClient, type ReflexVerdict } from '@switchyard/reflex';
import { RequestInvalid } from '../../app/errors.ts';
import type { JsonValue } from '../../contract/index.ts';
import type { FoundValue } from '../../domain/redaction.ts';
import { type ScreeningPolicy, treatmentOf } from '../../domain/screening.ts';
import { ScreenUnavailable } from '../../ports/errors.ts';
import type { CallStanding, FieldFinding, Screen, Screened } from '../../ports/screen.ts';
import { pointerOf, type Text, textsOf } from './texts.ts';

/** For all questions of one submission, their retries too. */
const WHOLE_TIMEOUT_MS = 30_000;
const QUESTIONS_AT_ONCE = 8;
/** Texts of one submission. At a millisecond a question, some seconds; more is no task but a table. */
const TEXTS_LIMIT = 5_000;

/** A finding in one text, before it is known what its field may be called. */
interface Match extends Omit<FieldFinding, 'field' | 'treatment'> {
  /** What was found, where the server says so and the text holds it. */
  readonly value: string | null;
}

export interface RemoteScreenOptions {
  /** A path prefix is kept; user and password are sent as Basic authentication. */
  readonly url: string;
  /** Asked instead when the remote one is down; none: the submission is refused. */
  readonly fallback?: Screen | undefined;
  /** For each attempt at a question. Default 10,000 ms. */
  readonly timeoutMs?: number;
  /** Of the client. */
  readonly dependencies?: HttpClientDependencies;
}

export interface RemoteScreen extends Screen {
  calls(): CallStanding;
  close(): Promise<void>;
}

export function createRemoteScreen({ url, fallback, timeoutMs, dependencies }: RemoteScreenOptions): RemoteScreen {
  const client = new ReflexClient(url, { timeoutMs }, dependencies);
  const { host } = new URL(url);
  const calls = (): CallStanding => {
    const { breaker, succeeded, errors, retries } = client.counters();
    return { target: host, breaker: breaker.state, succeeded, failed: errors, retries };
  };
  return {
    description: `at ${host}${fallback === undefined ? '' : ', in process when it is down'}`,
    screen: async (value, policy, signal) => {
      try {
        return await screenWith(client, host, value, policy, signal);
      } catch (error) {
        signal?.throwIfAborted();
        if (fallback !== undefined && error instanceof ScreenUnavailable) {
          return fallback.screen(value, policy, signal);
        }
        throw error;
      }
    },
    problem: async (signal) => {
      if (fallback !== undefined) return null;
      const why = await client.readiness(signal);
      if (why !== null) return why;
      return calls().breaker === 'open'
        ? 'it answers again; its circuit breaker is still open after many failures'
        : null;
    },
    calls,
    close: () => client.close(),
  };
}

/** Asks about every text; each distinct text once. */
async function screenWith(
  client: ReflexClient,
  host: string,
  value: JsonValue,
  policy: ScreeningPolicy,
  signal: AbortSignal | undefined,
): Promise<Screened> {
  const texts: Text[] = [];
  for (const text of textsOf(value)) {
    if (texts.length >= TEXTS_LIMIT) throw tooManyTexts(text);
    texts.push(text);
  }
  const distinct = [...new Set(texts.map(({ text }) => text))].reverse();
  const answers = new Map<string, readonly Match[]>();
  const failed = new AbortController();
  const late = AbortSignal.timeout(WHOLE_TIMEOUT_MS);
  const stop = AbortSignal.any([failed.signal, late, ...(signal === undefined ? [] : [signal])]);
  const askOn = async (): Promise<void> => {
    for (let text = distinct.pop(); text !== undefined; text = distinct.pop()) {
      answers.set(text, matchesIn(text, await client.process(text, { signal: stop })));
    }
  };
  const asking = Array.from({ length: QUESTIONS_AT_ONCE }, () =>
    askOn().catch((error: unknown) => {
      // One text that could not be screened is enough: the others need no answer. The first reason is the one told.
      failed.abort(unavailable(host, error, late));
    }),
  );
  await Promise.all(asking);
  failed.signal.throwIfAborted();
  return judge(texts, answers, policy);
}

function unavailable(host: string, error: unknown, late: AbortSignal): unknown {
  if (error instanceof HttpClientError) {
    const { status, retryAfterMs } = error;
    // Words of the server, which are part of the error, may repeat the text.
    const why = status === undefined ? error.message : `it answers ${status}`;
    return new ScreenUnavailable(`${host}: ${why}`, retryAfterMs === undefined ? {} : { retryAfterMs });
  }
  if (late.aborted) return new ScreenUnavailable(`${host}: not all texts were screened within ${WHOLE_TIMEOUT_MS} ms`);
  return error;
}

function tooManyTexts({ field }: Text): RequestInvalid {
  const detail = `is more than the screen is asked about (${TEXTS_LIMIT} texts); send it in parts`;
  return new RequestInvalid([{ pointer: pointerOf(field), detail }]);
}

function matchesIn(text: string, { pii_matches, injection_matches }: ReflexVerdict): Match[] {
  return [
    ...pii_matches.map(
      ({ pii_type: type, position, value = '' }): Match => ({
        kind: 'pii',
        type,
        position,
        length: value.length,
        value: value !== '' && text.includes(value) ? value : null,
      }),
    ),
    ...injection_matches.map(
      ({ injection_type: type, severity, position, matched_text = '' }): Match => ({
        kind: 'injection',
        type,
        position,
        length: matched_text.length,
        severity,
        value: null,
      }),
    ),
  ];
}

/** The matches with their fields, and the policy applied; what two overlapping parts both found is told once. */
function judge(
  texts: readonly Text[],
  answers: ReadonlyMap<string, readonly Match[]>,
  policy: ScreeningPolicy,
): Screened {
  for (const { field, of, text } of texts) {
    if (field !== null && of === 'key' && (answers.get(text) ?? []).length > 0) field.keyHidden = true;
  }
  const findings = new Map<string, FieldFinding>();
  const redact: FoundValue[] = [];
  for (const { field, of, text, start } of texts) {
    const pointer = pointerOf(field);
    for (const { value, ...match } of answers.get(text) ?? []) {
      const said = treatmentOf(policy, match);
      // What is to be taken out and cannot be, as nobody says what it is, must not be let through.
      const treatment = said === 'redact' && value === null ? 'block' : said;
      if (treatment === 'redact' && value !== null) redact.push({ type: match.type, value });
      const position = match.position + start;
      const name = [pointer, of, match.kind, match.type, position].join('\n');
      if (!findings.has(name)) findings.set(name, { ...match, field: pointer, position, treatment });
    }
  }
  const all = [...findings.values()];
  return { blocked: all.some(({ treatment }) => treatment === 'block'), findings: all, redact };
}
