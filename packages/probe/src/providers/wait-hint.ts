/**
 * When a provider says that calls may go on: `Retry-After` and its kin, the reset headers of limits that are used up, and Google's
 * delay, which stands in the body.
 */
import { isJsonObject, readRetryAfter } from '@switchyard/core';

/** Remaining and reset of each limit: OpenAI's names (xAI, DeepSeek, Mistral and compatible servers use them too), Anthropic's. */
const LIMITS: readonly (readonly [remaining: string, reset: string])[] = [
  ['x-ratelimit-remaining-requests', 'x-ratelimit-reset-requests'],
  ['x-ratelimit-remaining-tokens', 'x-ratelimit-reset-tokens'],
  ['anthropic-ratelimit-requests-remaining', 'anthropic-ratelimit-requests-reset'],
  ['anthropic-ratelimit-tokens-remaining', 'anthropic-ratelimit-tokens-reset'],
  ['anthropic-ratelimit-input-tokens-remaining', 'anthropic-ratelimit-input-tokens-reset'],
  ['anthropic-ratelimit-output-tokens-remaining', 'anthropic-ratelimit-output-tokens-reset'],
];
const UNIT_MS: { readonly [unit: string]: number } = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** `6m0s`, `1.5s`, `120ms`. */
const DURATION = /^(?:\d+(?:\.\d+)?(?:ms|[smhd]))+$/;
const DURATION_PART = /(\d+(?:\.\d+)?)(ms|[smhd])/g;
/** A plain number above this is a time since 1970 in seconds, not a span. */
const SMALLEST_EPOCH_SECONDS = 1_000_000_000;

export type AnswerHeaders = Readonly<Record<string, string>>;

/**
 * Milliseconds, at least 0; undefined when a refused call's answer does not say.
 *
 * @param headers by lower-case names
 * @param today milliseconds since 1970
 */
export function waitHint(headers: AnswerHeaders, body: unknown, today: () => number): number | undefined {
  return readRetryAfter((name) => headers[name] ?? null, today) ?? delayInBody(body) ?? exhaustedFor(headers, today);
}

/** For how long a limit of the provider is used up, by its own headers; undefined when none is. */
export function exhaustedFor(headers: AnswerHeaders, today: () => number): number | undefined {
  const waits = LIMITS.flatMap(([remaining, reset]) => {
    const left = headers[remaining];
    if (left === undefined || Number(left) > 0 || left.trim() === '') return [];
    const wait = untilReset(headers[reset], today);
    return wait === undefined ? [] : [wait];
  });
  return waits.length === 0 ? undefined : Math.max(...waits);
}

function untilReset(text: string | undefined, today: () => number): number | undefined {
  if (text === undefined) return undefined;
  if (DURATION.test(text)) {
    return [...text.matchAll(DURATION_PART)].reduce(
      (sum, [, n, unit = '']) => sum + Number(n) * (UNIT_MS[unit] ?? 0),
      0,
    );
  }
  if (/^\d+(\.\d+)?$/.test(text)) {
    const seconds = Number(text);
    return Math.max(0, seconds < SMALLEST_EPOCH_SECONDS ? seconds * 1_000 : seconds * 1_000 - today());
  }
  const time = /^\d{4}-\d{2}-\d{2}T/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? undefined : Math.max(0, time - today());
}

/** google.rpc.RetryInfo, whose `retryDelay` is a protobuf Duration in JSON: `37s`, `0.5s`. */
function delayInBody(body: unknown): number | undefined {
  const error = isJsonObject(body) ? body['error'] : undefined;
  const details = error !== undefined && isJsonObject(error) ? error['details'] : undefined;
  if (!Array.isArray(details)) return undefined;
  for (const detail of details) {
    const delay: unknown = isJsonObject(detail) ? detail['retryDelay'] : undefined;
    if (typeof delay === 'string' && /^\d+(\.\d+)?s$/.test(delay)) return Number(delay.slice(0, -1)) * 1_000;
  }
  return undefined;
}
