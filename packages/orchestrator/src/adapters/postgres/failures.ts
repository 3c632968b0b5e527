import { messageOf } from '@switchyard/core';
import { DatabaseUnavailable } from '../../ports/errors.ts';

/**
 * SQLSTATEs of a server that is not there for us now: class 08 (connection), class 53 (no room on the disk, no memory, too
 * many connections), 57P01–57P03 (shutting down, crashed, starting), 25P03 and 57P05 (our idle session was ended), 25006
 * (read-only: a standby, in the middle of a failover); and of a transaction that was undone for another's sake, 40001 and
 * 40P01 (deadlock). Source: PostgreSQL manual, appendix A.
 */
const AWAY_STATES = /^(08...|53...|57P01|57P02|57P03|57P05|25P03|25006|40001|40P01)$/;
/** What people should read instead of a state. */
const WORDS: { readonly [state: string]: string } = {
  '53100': 'its disk is full',
  '53200': 'it is out of memory',
  '25006': 'it is read-only, as a standby is',
};
const AWAY_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOENT',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);
/** The driver's own errors carry no code. */
const AWAY_MESSAGES =
  /Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error|not queryable|Cannot use a pool after calling end/i;

export function codeOf(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;
}

export function isAway(error: unknown): boolean {
  const code = codeOf(error);
  if (code !== undefined && (AWAY_CODES.has(code) || AWAY_STATES.test(code))) return true;
  return error instanceof Error && AWAY_MESSAGES.test(error.message);
}

/** Translates the driver's word for "the server is away" into ours; everything else passes as it is. */
export function translated(error: unknown): unknown {
  if (!isAway(error)) return error;
  const code = codeOf(error) ?? messageOf(error);
  return new DatabaseUnavailable(WORDS[code] ?? code, { cause: error });
}
