/** The body of POST /process. Messages tell lengths and kinds, never the text: a 400 must not carry what was to be found. */
import { ProcessRequestInvalid, type RequestProblem } from './errors.ts';

/** UTF-16 code units. */
export const LONGEST_TEXT = 100_000;
const USER_ID = /^[a-zA-Z0-9_-]{1,64}$/;

export interface ProcessRequest {
  readonly text: string;
  readonly user_id: string | null;
  readonly check_pii: boolean;
  readonly check_injection: boolean;
  readonly use_cache: boolean;
}

/**
 * Takes what the protocol names; `null` counts as left out, further fields and `context` (any JSON) are let be.
 *
 * @throws {ProcessRequestInvalid} with everything that is wrong
 */
export function readProcessRequest(body: unknown): ProcessRequest {
  if (!isObject(body)) {
    throw new ProcessRequestInvalid([{ field: '', detail: `was ${kindOf(body)}; it may be an object with a text` }]);
  }
  const problems: RequestProblem[] = [];
  const text = readText(body['text'], problems);
  const userId = readUserId(body['user_id'], problems);
  const flag = (field: string): boolean => {
    const value = body[field] ?? true;
    if (typeof value === 'boolean') return value;
    problems.push({ field, detail: `was ${kindOf(value)}; it may be true or false` });
    return true;
  };
  const request: ProcessRequest = {
    text,
    user_id: userId,
    check_pii: flag('check_pii'),
    check_injection: flag('check_injection'),
    use_cache: flag('use_cache'),
  };
  if (problems.length > 0) throw new ProcessRequestInvalid(problems);
  return request;
}

function readText(value: unknown, problems: RequestProblem[]): string {
  const detail = typeof value === 'string' ? problemOf(value) : `was ${kindOf(value)}; it may be a string`;
  if (detail === null && typeof value === 'string') return value;
  problems.push({ field: 'text', detail: detail ?? '' });
  return '';
}

function problemOf(text: string): string | null {
  const allowed = `it may have 1 to ${LONGEST_TEXT} characters`;
  if (text === '') return `was empty; ${allowed}`;
  if (text.length > LONGEST_TEXT) return `had ${text.length} characters; ${allowed}`;
  if (text.trim() === '') return 'was only whitespace; it may be any text that says something';
  const nul = text.indexOf('\0');
  if (nul >= 0) return `held U+0000 at ${nul}; it may hold any other character`;
  if (!text.isWellFormed()) return 'held half of a surrogate pair; it may hold whole characters only';
  return null;
}

function readUserId(value: unknown, problems: RequestProblem[]): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string' && USER_ID.test(value)) return value;
  const was = typeof value === 'string' ? `had ${value.length} characters` : `was ${kindOf(value)}`;
  problems.push({ field: 'user_id', detail: `${was}; it may be 1 to 64 of a-z, A-Z, 0-9, _ and -` });
  return null;
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

function isObject(value: unknown): value is { readonly [field: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
