import type { PiiMatch } from '../verdict.ts';
import { hasCue } from './cue-words.ts';
import { COORDINATES } from './cues.ts';
import { isWordCharacter, type Run, type Subject } from './lexemes.ts';

/** Least decimals with a cue word (1 km) and without one (10 m). */
const CUED_DECIMALS = 2;
const DECIMALS = 4;
const MOST_DECIMALS = 15;

/** Degrees with a hemisphere, with or without minutes and seconds; sticky, tried before each degree sign. */
const ANGLE = String.raw`\d{1,3}(?:\.\d{1,10})?[\u00b0\u00ba] ?(?:\d{1,2}(?:\.\d{1,8})?['\u2019\u2032] ?(?:\d{1,2}(?:\.\d{1,8})?(?:"|''|\u201d|\u2033) ?)?)?`;
const WITH_DEGREES = new RegExp(`[-+]?${ANGLE}[NSns](?:[,;/]? {0,2})[-+]?${ANGLE}[EWOewo](?![A-Za-z0-9])`, 'y');
const DIGITS_BEFORE_DEGREE = 15;

/** Pairs of latitude and longitude in decimal degrees, and pairs of angles with their hemispheres. */
export function findCoordinates(subject: Subject): PiiMatch[] {
  const found = [...decimalPairs(subject), ...anglePairs(subject)];
  return found.sort((a, b) => a.position - b.position);
}

function decimalPairs(subject: Subject): PiiMatch[] {
  const { text, lexemes } = subject;
  const found: PiiMatch[] = [];
  for (let index = 0; index + 3 < lexemes.digits.length; index++) {
    const pair = pairAt(text, lexemes.digits, index);
    if (pair === null) continue;
    const decimals = Math.min(pair.latitude.decimals, pair.longitude.decimals);
    if (decimals < DECIMALS && !hasCue(subject, pair.run, COORDINATES)) continue;
    found.push({
      type: 'Coordinates',
      position: pair.run.start,
      length: pair.run.end - pair.run.start,
      confidence: decimals < DECIMALS ? 0.7 : 0.85,
    });
    index += 3;
  }
  return found;
}

interface Decimal {
  readonly value: number;
  readonly decimals: number;
}

interface Pair {
  readonly run: Run;
  readonly latitude: Decimal;
  readonly longitude: Decimal;
}

/** Two decimal numbers joined by a comma or blank, in range, that are no part of a longer list of numbers. */
function pairAt(text: string, digits: readonly Run[], index: number): Pair | null {
  const first = digits[index];
  const second = digits[index + 1];
  if (!first || !second || second.start !== first.end + 1) return null;
  const third = digits[index + 2];
  const last = digits[index + 3];
  if (!third || !last || last.start !== third.end + 1) return null;
  if (second.end - second.start < CUED_DECIMALS || last.end - last.start < CUED_DECIMALS) return null;
  const latitude = decimalAt(text, first, second);
  if (latitude === null || latitude.value > 90) return null;
  if (third.start - second.end > 5 || !/^(?:, {0,2}|; {0,2}| |,\+)[-+]?$/.test(text.slice(second.end, third.start)))
    return null;
  const longitude = decimalAt(text, third, last);
  if (longitude === null || longitude.value > 180) return null;
  const signed = isSign(text.charCodeAt(first.start - 1));
  const start = signed ? first.start - 1 : first.start;
  const list =
    /[\d\]}] {0,2}[,;] {0,2}$/.test(text.slice(Math.max(0, start - 6), start)) ||
    /^ {0,2}, {0,2}[-+]?\d/.test(text.slice(last.end, last.end + 6));
  if (list || isWordCharacter(text.charCodeAt(start - 1)) || isWordCharacter(text.charCodeAt(last.end))) return null;
  return { run: { start, end: last.end }, latitude, longitude };
}

/** `-` and `+`. */
function isSign(code: number): boolean {
  return code === 0x2d || code === 0x2b;
}

const DOT = 0x2e;

function decimalAt(text: string, whole: Run, fraction: Run): Decimal | null {
  if (text.charCodeAt(whole.end) !== DOT) return null;
  const decimals = fraction.end - fraction.start;
  if (whole.end - whole.start > 3 || decimals > MOST_DECIMALS) return null;
  return { value: Number(text.slice(whole.start, fraction.end)), decimals };
}

function anglePairs({ text, lexemes }: Subject): PiiMatch[] {
  const found: PiiMatch[] = [];
  let free = 0;
  for (const degree of lexemes.degrees) {
    if (degree < free) continue;
    let start = degree;
    while (start > free && degree - start < DIGITS_BEFORE_DEGREE && isNumeric(text.charCodeAt(start - 1))) start -= 1;
    WITH_DEGREES.lastIndex = start;
    const length = WITH_DEGREES.exec(text)?.[0].length;
    if (length === undefined) continue;
    found.push({ type: 'Coordinates', position: start, length, confidence: 0.95 });
    free = start + length;
  }
  return found;
}

function isNumeric(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || code === DOT || isSign(code);
}
