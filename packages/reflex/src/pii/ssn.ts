import { isAlphanumeric, isDigit, isWordCharacter } from '../ascii.ts';
import type { PiiMatch } from '../verdict.ts';
import { hasCue, isNamedOtherwise } from './cue-words.ts';
import { SSN } from './cues.ts';
import type { Run, Subject } from './lexemes.ts';

/** Printed on cards in wallets and in advertisements, later voided by the Social Security Administration. */
const VOIDED: ReadonlySet<string> = new Set(['078051120', '219099999']);

/**
 * The number everybody makes up. Its area was in use, so it may be somebody's, and it is what people type to try a
 * screen: found, with the confidence of a placeholder.
 */
const PLACEHOLDER = '123456789';

const NINE = 9;
/** Digits of the area, the first of three groups. */
const AREA = 3;

/**
 * United States social security numbers: `536-22-8714`, `536 22 8714` and `536.22.8714` anywhere but after words such as "part", nine digits in a row only with a
 * cue word nearby. Never assigned: area 000, 666 and 900 to 999, group 00, serial 0000 (SSA, randomization FAQ).
 */
export function findSsns(subject: Subject): PiiMatch[] {
  const { digits } = subject.lexemes;
  const found: PiiMatch[] = [];
  const { count, starts, ends } = digits;
  for (let index = 0; index < count; index++) {
    const start = starts[index] ?? 0;
    const end = ends[index] ?? 0;
    const length = end - start;
    if (length !== NINE && length !== AREA) continue;
    const match = length === NINE ? unformatted(subject, { start, end }) : formatted(subject, index);
    if (match) found.push(match);
  }
  return found;
}

function unformatted(subject: Subject, run: Run): PiiMatch | null {
  const { text } = subject;
  const number = text.slice(run.start, run.end);
  if (!isAssignable(number) || !isBounded(text, run, '')) return null;
  return hasCue(subject, run, SSN) ? matchOf(run, number, 0.9) : null;
}

function formatted(subject: Subject, index: number): PiiMatch | null {
  const { text } = subject;
  const { count, starts, ends } = subject.lexemes.digits;
  if (index + 2 >= count) return null;
  const areaEnd = ends[index] ?? 0;
  const group = starts[index + 1] ?? 0;
  const groupEnd = ends[index + 1] ?? 0;
  const serial = starts[index + 2] ?? 0;
  const serialEnd = ends[index + 2] ?? 0;
  if (groupEnd - group !== 2 || serialEnd - serial !== 4 || group !== areaEnd + 1 || serial !== groupEnd + 1)
    return null;
  const separator = text.charAt(areaEnd);
  if (separator !== text.charAt(groupEnd)) return null;
  const run = { start: areaEnd - AREA, end: serialEnd };
  const number = text.slice(run.start, areaEnd) + text.slice(group, groupEnd) + text.slice(serial, serialEnd);
  if (!isAssignable(number) || !isBounded(text, run, separator)) return null;
  const cued = hasCue(subject, run, SSN);
  if (isDash(separator)) return matchOf(run, number, cued ? 0.98 : 0.85);
  if (separator !== ' ' && separator !== '.') return null;
  if (cued) return matchOf(run, number, 0.9);
  return isNamedOtherwise(subject, run.start) ? null : matchOf(run, number, 0.6);
}

/** Hyphen-minus, and the hyphens and dashes that word processors put in its place. */
function isDash(separator: string): boolean {
  return separator === '-' || (separator >= '\u2010' && separator <= '\u2015');
}

function isAssignable(number: string): boolean {
  const area = number.slice(0, 3);
  if (area === '000' || area === '666' || area >= '900') return false;
  if (number.slice(3, 5) === '00' || number.slice(5) === '0000') return false;
  return !VOIDED.has(number) && !/^(\d)\1{8}$/.test(number);
}

/** Not a part of a word, nor of a longer chain of digits with the same separator. `_` joins bare digits to a name, and marks emphasis around others. */
function isBounded(text: string, { start, end }: Run, separator: string): boolean {
  const isJoined = separator === '' ? isWordCharacter : isAlphanumeric;
  if (isJoined(text.charCodeAt(start - 1)) || isJoined(text.charCodeAt(end))) return false;
  const joins = (at: number): boolean => text.charAt(at) === (separator === '' ? '-' : separator);
  if (separator === ' ') return true;
  return (
    !(joins(start - 1) && isDigit(text.charCodeAt(start - 2))) && !(joins(end) && isDigit(text.charCodeAt(end + 1)))
  );
}

function matchOf(run: Run, number: string, confidence: number): PiiMatch {
  return {
    type: 'SSN',
    position: run.start,
    length: run.end - run.start,
    confidence: number === PLACEHOLDER ? 0.6 : confidence,
  };
}
