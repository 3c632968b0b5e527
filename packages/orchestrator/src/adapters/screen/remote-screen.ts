/**
 * The screen behind REFLEX_URL: its matches are taken, and our policy is applied to them. Protocol: CONTRACTS.md,
 * section 2 (POST /process). A screen that does not answer is an error: nothing is stored unscreened.
 */
import { isJsonObject, type Json, messageOf } from '@switchyard/core';
import { z } from 'zod';
import type { JsonValue } from '../../contract/index.ts';
import { ScreenUnavailable } from '../../ports/errors.ts';
import type { FieldFinding, Screen } from '../../ports/screen.ts';

const TIMEOUT_MS = 10_000;
/** The protocol's bound on a text. */
const TEXT_LIMIT = 100_000;
/** What the enforcing policy lets through when it is found; everything else of PII blocks. */
const REPORTED_ONLY = new Set(['IPv4', 'IPv6', 'MACAddress', 'URL', 'Coordinates', 'VIN']);

const answerSchema = z.object({
  status: z.string(),
  pii_matches: z.array(z.object({ pii_type: z.string(), value: z.string().optional(), position: z.int() })).default([]),
  injection_matches: z
    .array(
      z.object({
        injection_type: z.string(),
        severity: z.string(),
        matched_text: z.string().optional(),
        position: z.int(),
      }),
    )
    .default([]),
});

export interface RemoteScreenOptions {
  readonly url: string;
  readonly piiPolicy?: 'block' | 'report' | undefined;
  /** Asked instead when the remote one is down; none: the submission is refused. */
  readonly fallback?: Screen | undefined;
  readonly fetchFn?: typeof fetch;
}

export function createRemoteScreen(options: RemoteScreenOptions): Screen {
  const { piiPolicy, fallback } = options;
  return {
    description: `at ${new URL(options.url).host}${fallback === undefined ? '' : ', in process when it is down'}`,
    screen: async (value, screening, signal) => {
      try {
        const findings: FieldFinding[] = [];
        for (const [field, text] of textsIn(value, '')) findings.push(...(await ask(options, field, text, signal)));
        const piiBlocks = piiPolicy === undefined ? screening === 'enforce' : piiPolicy === 'block';
        const blocked = findings.some((finding) =>
          finding.kind === 'pii'
            ? piiBlocks && !REPORTED_ONLY.has(finding.type)
            : screening === 'enforce' && finding.severity === 'Critical',
        );
        return { blocked, findings };
      } catch (error) {
        if (fallback !== undefined && error instanceof ScreenUnavailable)
          return fallback.screen(value, screening, signal);
        throw error;
      }
    },
    problem: async (signal) => {
      if (fallback !== undefined) return null;
      try {
        const { ok, status } = await (options.fetchFn ?? fetch)(endpoint(options.url, 'ready'), { signal });
        return ok ? null : `it answers ${status}`;
      } catch (error) {
        return messageOf(error);
      }
    },
  };
}

/** A path prefix in the base URL is kept. */
function endpoint(base: string, path: string): string {
  return `${base.replace(/\/+$/, '')}/${path}`;
}

async function ask(
  { url, fetchFn = fetch }: RemoteScreenOptions,
  field: string,
  text: string,
  signal: AbortSignal | undefined,
): Promise<FieldFinding[]> {
  const limit = AbortSignal.timeout(TIMEOUT_MS);
  let body: unknown;
  try {
    const response = await fetchFn(endpoint(url, 'process'), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ text, check_pii: true, check_injection: true }),
      signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
    });
    body = await response.json();
    if (!response.ok) throw new Error(`it answers ${response.status}`);
  } catch (error) {
    throw new ScreenUnavailable(`${new URL(url).host}: ${messageOf(error)}`, { cause: error });
  }
  const answer = answerSchema.safeParse(body);
  if (!answer.success)
    throw new ScreenUnavailable(`${new URL(url).host} answers something else than the protocol says`);
  return [
    ...answer.data.pii_matches.map(
      (match): FieldFinding => ({
        kind: 'pii',
        type: match.pii_type,
        field,
        position: match.position,
        length: match.value?.length ?? 0,
      }),
    ),
    ...answer.data.injection_matches.map(
      (match): FieldFinding => ({
        kind: 'injection',
        type: match.injection_type,
        field,
        position: match.position,
        length: match.matched_text?.length ?? 0,
        severity: match.severity,
      }),
    ),
  ];
}

/** Every text that is worth a question, keys too, with its JSON Pointer; longer ones in parts that overlap. */
function* textsIn(value: JsonValue | Json, pointer: string): Generator<[string, string]> {
  if (typeof value === 'string') {
    const step = TEXT_LIMIT / 2;
    for (let start = 0; start === 0 || start + step < value.length; start += step) {
      const part = value.slice(start, start + TEXT_LIMIT);
      if (part.trim() !== '') yield [pointer, part];
    }
    return;
  }
  if (Array.isArray(value)) {
    for (const [index, inner] of value.entries()) yield* textsIn(inner, `${pointer}/${index}`);
    return;
  }
  if (!isJsonObject(value)) return;
  for (const [key, inner] of Object.entries(value)) {
    if (key.trim() !== '') yield [pointer, key];
    yield* textsIn(inner, `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`);
  }
}
