import type { PiiMatch } from '../verdict.ts';
import { isBefore } from './cue-words.ts';
import { VERSION } from './cues.ts';
import { isDigit, isWordCharacter, type Run, type Subject } from './lexemes.ts';

/** `255.255.255.255`. */
const LONGEST = 15;
const DOT = 0x2e;
const COLON = 0x3a;
const ZERO = 0x30;
const IPV6_TAIL = /:[0-9a-f]{1,4}:$/i;

const VERSION_WINDOW = 16;

/** IPv4 addresses in dotted decimal: four numbers from 0 to 255 without leading zeros, nothing joined to either end. */
export function findIpv4s(subject: Subject): PiiMatch[] {
  const { text, lexemes } = subject;
  const found: PiiMatch[] = [];
  const { digits } = lexemes;
  for (let index = 0; index + 3 < digits.length; index++) {
    const first = digits[index];
    const last = digits[index + 3];
    if (!first || !last || last.end - first.start > LONGEST || text.charCodeAt(first.end) !== DOT) continue;
    const second = digits[index + 1];
    const third = digits[index + 2];
    if (!isOctet(text, first, undefined) || !isOctet(text, second, first)) continue;
    if (!isOctet(text, third, second) || !isOctet(text, last, third)) continue;
    const run = { start: first.start, end: last.end };
    if (!standsAlone(text, run) || isBefore(subject, run.start, VERSION_WINDOW, VERSION)) continue;
    found.push({ type: 'IPv4', position: run.start, length: run.end - run.start, confidence: 0.9 });
  }
  return found;
}

function isOctet(text: string, octet: Run | undefined, before: Run | undefined): boolean {
  if (!octet || octet.end - octet.start > 3) return false;
  const { start, end } = octet;
  if (before && (before.end !== start - 1 || text.charCodeAt(before.end) !== DOT)) return false;
  let value = 0;
  for (let at = start; at < end; at++) value = value * 10 + text.charCodeAt(at) - ZERO;
  return value <= 255 && (end - start === 1 || text.charCodeAt(start) !== ZERO);
}

function standsAlone(text: string, { start, end }: Run): boolean {
  const before = text.charCodeAt(start - 1);
  if (isWordCharacter(before) || isWordCharacter(text.charCodeAt(end))) return false;
  // In ::ffff:192.0.2.1 it is the tail of an IPv6 address.
  if (
    before === COLON &&
    text.charCodeAt(start - 2) !== COLON &&
    IPV6_TAIL.test(text.slice(Math.max(0, start - 8), start))
  )
    return false;
  return before !== DOT && !(text.charCodeAt(end) === DOT && isDigit(text.charCodeAt(end + 1)));
}
