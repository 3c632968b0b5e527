/** The configuration of the clients that send traces: `SWITCHYARD_TRACE_*` from the environment, checked by one schema. */
import { z } from 'zod';
import { LONGEST_TIMER_MS } from './clock.ts';
import { SwitchyardError } from './errors.ts';
import { DEFAULT_RETRY_STATUS_CODES } from './transport/http/retry-policy.ts';

const ENVIRONMENT_PREFIX = 'SWITCHYARD_TRACE_';
const SHOWN_CHARACTERS = 80;
const MOST_RETRIES = 100;
const MOST_RESPONSE_BYTES = 2 ** 30;
const LOWEST_STATUS = 100;
const HIGHEST_STATUS = 599;

const URL_FORM = {
  error: 'an http or https URL without user, query or fragment, as https://collector.example.com/base',
};
const TOKEN = { error: 'a token: visible ASCII characters, no spaces' };
const TIMEOUT = { error: `whole milliseconds from 1 to ${LONGEST_TIMER_MS}` };
const DELAY = { error: `milliseconds from 0 to ${LONGEST_TIMER_MS}` };
const RETRIES = { error: `a whole number from 0 to ${MOST_RETRIES}` };
const MULTIPLIER = { error: 'a number from 1 to 1000' };
const CODES = { error: `status codes from ${LOWEST_STATUS} to ${HIGHEST_STATUS}, as 429,500-599` };
const STRATEGY = { error: 'half-jitter or extra-quarter' };
const BYTES = { error: `a whole number from 1 to ${MOST_RESPONSE_BYTES}` };

/** The source document's names and defaults (CONTRACTS.md, section 1), and what bounds them. */
export const clientConfigSchema = z.object({
  /** Where the other side is. A path prefix is kept. */
  apiUrl: z.string(URL_FORM).refine(isPlainHttpUrl, URL_FORM),
  /** Sent as `Authorization: Bearer`; without one no such header goes out. */
  apiToken: z
    .string(TOKEN)
    .regex(/^[\x21-\x7e]*$/, TOKEN)
    .optional(),
  /** Milliseconds for each attempt, from its start to the last byte of the answer. Default 30,000. */
  requestTimeout: z.int(TIMEOUT).min(1, TIMEOUT).max(LONGEST_TIMER_MS, TIMEOUT).default(30_000),
  /** Milliseconds for all attempts and waits of a request. Default 300,000: four attempts and three longest waits. */
  totalTimeout: z.int(TIMEOUT).min(1, TIMEOUT).max(LONGEST_TIMER_MS, TIMEOUT).default(300_000),
  /** Attempts after the first. Default 3. */
  maxRetries: z.int(RETRIES).min(0, RETRIES).max(MOST_RETRIES, RETRIES).default(3),
  /** Milliseconds before the first retry. Default 1,000. */
  initialRetryDelay: z.number(DELAY).min(0, DELAY).max(LONGEST_TIMER_MS, DELAY).default(1_000),
  /** The longest wait before a retry, in milliseconds; a longer Retry-After fails at once. Default 60,000. */
  maxRetryDelay: z.number(DELAY).min(0, DELAY).max(LONGEST_TIMER_MS, DELAY).default(60_000),
  /** What the wait grows by from retry to retry. Default 2. */
  retryMultiplier: z.number(MULTIPLIER).min(1, MULTIPLIER).max(1_000, MULTIPLIER).default(2),
  /** How the waits are spread; see RetryDelayStrategy. Default `half-jitter`. */
  retryStrategy: z.enum(['half-jitter', 'extra-quarter'], STRATEGY).default('half-jitter'),
  /** Statuses that are worth asking again for. Default 429 and 500 to 599. */
  retryOnStatusCodes: z
    .array(z.int(CODES).min(LOWEST_STATUS, CODES).max(HIGHEST_STATUS, CODES), CODES)
    .readonly()
    .default(DEFAULT_RETRY_STATUS_CODES),
  /** The largest answer that is read, in bytes. Default 16 MiB. */
  maxResponseBytes: z
    .int(BYTES)
    .min(1, BYTES)
    .max(MOST_RESPONSE_BYTES, BYTES)
    .default(16 * 2 ** 20),
});

export type ClientConfigInput = Readonly<z.input<typeof clientConfigSchema>>;
export type ClientConfig = Readonly<z.output<typeof clientConfigSchema>>;
export type ClientConfigName = keyof ClientConfig;

/** One or more settings of a client cannot be used. `problems` holds one line each, without secrets. */
export class ClientConfigInvalid extends SwitchyardError {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    const [only, ...more] = problems;
    super(
      'client_config_invalid',
      'invalid',
      more.length === 0
        ? `the client's configuration is wrong: ${only}`
        : `the client's configuration is wrong in ${problems.length} places:\n${problems.map((line) => `  ${line}`).join('\n')}`,
    );
    this.problems = problems;
  }
}

export const CLIENT_CONFIG_NAMES = clientConfigSchema.keyof().options;

/** The environment variable of a setting: `requestTimeout` is `SWITCHYARD_TRACE_REQUEST_TIMEOUT`. */
export function environmentNameOf(name: ClientConfigName): string {
  return ENVIRONMENT_PREFIX + name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

/**
 * The configuration from what is given, else the environment, else the defaults. An empty variable counts as not set.
 *
 * @throws {ClientConfigInvalid} naming every value that is wrong, what it was and what it may be
 */
export function createConfig(
  options: Partial<ClientConfigInput> = {},
  env: { readonly [name: string]: string | undefined } = process.env,
): ClientConfig {
  const values: Record<string, unknown> = {};
  const origins: Record<string, string> = {};
  for (const name of CLIENT_CONFIG_NAMES) {
    const variable = environmentNameOf(name);
    const text = env[variable];
    if (options[name] !== undefined) values[name] = options[name];
    else if (text !== undefined && text.trim() !== '') {
      values[name] = FROM_TEXT[name]?.(text.trim()) ?? text.trim();
      origins[name] = variable;
    }
  }
  return parseClientConfig(values, origins);
}

/**
 * @param origins where a value came from, when it was not given under its own name
 * @throws {ClientConfigInvalid}
 */
export function parseClientConfig(
  values: { readonly [name: string]: unknown },
  origins: { readonly [name: string]: string } = {},
): ClientConfig {
  const parsed = clientConfigSchema.safeParse(values);
  if (parsed.success) return parsed.data;
  const problems = new Map<string, string>();
  for (const issue of parsed.error.issues) {
    const name = String(issue.path[0]);
    if (!problems.has(name)) problems.set(name, describe(name, values[name], issue.message, origins[name]));
  }
  throw new ClientConfigInvalid([...problems.values()]);
}

const FROM_TEXT: { readonly [name in ClientConfigName]?: (text: string) => unknown } = {
  requestTimeout: numberFromText,
  totalTimeout: numberFromText,
  maxRetries: numberFromText,
  initialRetryDelay: numberFromText,
  maxRetryDelay: numberFromText,
  retryMultiplier: numberFromText,
  retryOnStatusCodes: codesFromText,
  maxResponseBytes: numberFromText,
};

/** The text itself where it is no number: the schema then names it as it was written. */
function numberFromText(text: string): unknown {
  const number = Number(text);
  return Number.isNaN(number) ? text : number;
}

/** `429,500-599` as its numbers; the text itself where it has another form. */
function codesFromText(text: string): unknown {
  const codes: number[] = [];
  for (const part of text.split(',')) {
    const [, low, high = low] = /^\s*(\d{3})(?:\s*-\s*(\d{3}))?\s*$/.exec(part) ?? [];
    if (low === undefined || high === undefined) return text;
    for (let code = Number(low); code <= Number(high); code += 1) codes.push(code);
  }
  return codes;
}

function describe(name: string, value: unknown, mayBe: string, origin: string | undefined): string {
  const called = origin === undefined ? name : `${origin} (${name})`;
  if (value === undefined) return `${called} is missing; it must be ${mayBe}`;
  // A token, or a URL that may hold one, is never part of a message.
  const was = name === 'apiToken' || name === 'apiUrl' ? '' : ` is ${shown(value)}, but`;
  return `${called}${was} must be ${mayBe}`;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}

/** Credentials in a URL end up in logs and errors; a query or fragment has no place before a path. */
function isPlainHttpUrl(text: string): boolean {
  const url = URL.parse(text);
  return (
    url !== null &&
    (url.protocol === 'http:' || url.protocol === 'https:') &&
    url.username === '' &&
    url.password === '' &&
    !/[?#]/.test(text)
  );
}
