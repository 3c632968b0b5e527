/** The one error of HttpClient. */
import { type ErrorKind, messageOf, SwitchyardError } from '../../errors.ts';
import { isJsonObject } from '../../json.ts';

/**
 * - `http_status`: the server answered something else than 2xx
 * - `http_timeout`: no complete answer in time, for an attempt or for all of them
 * - `http_network`: no connection, or one that broke
 * - `http_circuit_open`: not sent, the server has failed too often in a row
 * - `http_too_many_calls`: not sent, too many wait already
 * - `http_invalid_request`: not sent, it cannot be made (a path off the server, a body that is no JSON)
 * - `http_invalid_answer`: a 2xx answer that is not what was asked for
 * - `http_answer_too_large`: a 2xx answer over `maxResponseBytes`
 * - `http_client_closed`: the client was closed
 * - `http_failed`: something failed that is neither the network nor the server, as an injected fetch that throws
 */
export type HttpFailureCode =
  | 'http_status'
  | 'http_timeout'
  | 'http_network'
  | 'http_circuit_open'
  | 'http_too_many_calls'
  | 'http_invalid_request'
  | 'http_invalid_answer'
  | 'http_answer_too_large'
  | 'http_client_closed'
  | 'http_failed';

export interface HttpFailure {
  readonly code: HttpFailureCode;
  readonly method: string;
  /** Without user, password, query and fragment: these may hold secrets. */
  readonly url: string;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  /** What went wrong, as the end of a sentence that begins with the request; not needed for `http_status`. */
  readonly problem?: string;
  readonly status?: number | undefined;
  readonly statusText?: string | undefined;
  /** The error body: parsed where it is JSON, else its text; cut after 64 KiB. */
  readonly responseBody?: unknown;
  /** How long the server, or the open breaker, asks to wait. */
  readonly retryAfterMs?: number | undefined;
  /** Attempts made; 0 when the request was never sent. */
  readonly attempts: number;
  readonly cause?: unknown;
}

/** Characters of the server's own words that go into the message. */
const QUOTED_CHARACTERS = 200;
const UNAUTHORIZED = 401;
const FORBIDDEN = 403;
const CONFLICT = 409;
const BAD_REQUEST = 400;
const INTERNAL_ERROR = 500;

/** A request that did not succeed, for good or for now. `kind` is `transient` exactly when `retryable` is true. */
export class HttpClientError extends SwitchyardError {
  declare readonly code: HttpFailureCode;
  readonly url: string;
  readonly method: string;
  readonly status: number | undefined;
  readonly statusText: string | undefined;
  readonly responseBody: unknown;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  readonly attempts: number;

  constructor(failure: HttpFailure) {
    super(failure.code, kindOf(failure), compose(failure), 'cause' in failure ? { cause: failure.cause } : undefined);
    this.url = failure.url;
    this.method = failure.method;
    this.status = failure.status;
    this.statusText = failure.statusText;
    this.responseBody = failure.responseBody;
    this.retryable = failure.retryable;
    this.retryAfterMs = failure.retryAfterMs;
    this.attempts = failure.attempts;
  }
}

function kindOf({ code, retryable, status = 0 }: HttpFailure): ErrorKind {
  if (retryable) return 'transient';
  if (code === 'http_invalid_request') return 'invalid';
  if (code === 'http_failed') return 'bug';
  if (code !== 'http_status') return 'terminal';
  if (status === UNAUTHORIZED || status === FORBIDDEN) return 'refused';
  if (status === CONFLICT) return 'conflict';
  return status >= BAD_REQUEST && status < INTERNAL_ERROR ? 'invalid' : 'terminal';
}

function compose(failure: HttpFailure): string {
  const { method, url, attempts, retryAfterMs } = failure;
  const tried = attempts > 1 ? ` (after ${attempts} attempts)` : '';
  const wait = retryAfterMs === undefined ? '' : `; it asks to wait ${Math.ceil(retryAfterMs / 1000)} s`;
  return `${method} ${url}: ${failure.problem ?? answered(failure)}${tried}${failure.code === 'http_status' ? wait : ''}`;
}

function answered({ status, statusText, responseBody }: HttpFailure): string {
  const words = serverWords(responseBody);
  const line = `the server answered ${status}${statusText === undefined || statusText === '' ? '' : ` ${statusText}`}`;
  const quoted = words === undefined ? line : `${line}: ${words}`;
  if (status === UNAUTHORIZED || status === FORBIDDEN) return `${quoted}; check the token`;
  return status !== undefined && status < BAD_REQUEST
    ? `${quoted}; check the address, redirects are not followed`
    : quoted;
}

/** What the server says about it, on one line. */
function serverWords(body: unknown): string | undefined {
  const said = isJsonObject(body) ? (body['message'] ?? body['detail'] ?? body['error'] ?? body['title']) : undefined;
  if (typeof said !== 'string' || said === '') return undefined;
  const line = said.replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ');
  return line.length > QUOTED_CHARACTERS ? `${line.slice(0, QUOTED_CHARACTERS)}…` : line;
}

/** The words of what went wrong beneath. fetch says only that it failed; its cause says why. */
export function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : undefined;
  return cause === undefined || cause.message === '' ? messageOf(error) : `${messageOf(error)} (${cause.message})`;
}
