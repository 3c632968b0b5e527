import { isDigit, isWordCharacter } from '../ascii.ts';
import type { PiiMatch } from '../verdict.ts';
import { isBefore } from './cue-words.ts';
import { VERSION } from './cues.ts';
import type { Runs, Subject } from './lexemes.ts';

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
  const { count, starts, ends } = digits;
  for (let index = 0; index + 3 < count; index++) {
    const start = starts[index] ?? 0;
    const end = ends[index + 3] ?? 0;
    if (end - start > LONGEST || text.charCodeAt(ends[index] ?? 0) !== DOT) continue;
    if (!isOctet(text, digits, index) || !isNext(text, digits, index + 1)) continue;
    if (!isNext(text, digits, index + 2) || !isNext(text, digits, index + 3)) continue;
    if (!standsAlone(text, start, end) || isBefore(subject, start, VERSION_WINDOW, VERSION)) continue;
    found.push({ type: 'IPv4', position: start, length: end - start, confidence: 0.9 });
  }
  return found;
}

/** An octet behind a dot behind the run before. */
function isNext(text: string, digits: Runs, index: number): boolean {
  const before = digits.ends[index - 1] ?? 0;
  return digits.starts[index] === before + 1 && text.charCodeAt(before) === DOT && isOctet(text, digits, index);
}

function isOctet(text: string, { starts, ends }: Runs, index: number): boolean {
  const start = starts[index] ?? 0;
  const end = ends[index] ?? 0;
  if (end - start > 3) return false;
  let value = 0;
  for (let at = start; at < end; at++) value = value * 10 + text.charCodeAt(at) - ZERO;
  return value <= 255 && (end - start === 1 || text.charCodeAt(start) !== ZERO);
}

function standsAlone(text: string, start: number, end: number): boolean {
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
