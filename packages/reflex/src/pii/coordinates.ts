import { isWordCharacter } from '../ascii.ts';
import type { PiiMatch } from '../verdict.ts';
import { hasCue } from './cue-words.ts';
import { COORDINATES } from './cues.ts';
import type { Run, Runs, Subject } from './lexemes.ts';

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
  for (let index = 0; index + 3 < lexemes.digits.count; index++) {
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
function pairAt(text: string, { starts, ends }: Runs, index: number): Pair | null {
  const first = starts[index] ?? 0;
  const dot = ends[index] ?? 0;
  if (starts[index + 1] !== dot + 1) return null;
  const second = starts[index + 2] ?? 0;
  const secondDot = ends[index + 2] ?? 0;
  if (starts[index + 3] !== secondDot + 1) return null;
  const firstEnd = ends[index + 1] ?? 0;
  const end = ends[index + 3] ?? 0;
  if (firstEnd - dot <= CUED_DECIMALS || end - secondDot <= CUED_DECIMALS) return null;
  const latitude = decimalAt(text, first, dot, firstEnd);
  if (latitude === null || latitude.value > 90) return null;
  if (second - firstEnd > 5 || !/^(?:, {0,2}|; {0,2}| |,\+)[-+]?$/.test(text.slice(firstEnd, second))) return null;
  const longitude = decimalAt(text, second, secondDot, end);
  if (longitude === null || longitude.value > 180) return null;
  const start = isSign(text.charCodeAt(first - 1)) ? first - 1 : first;
  const list =
    /[\d\]}] {0,2}[,;] {0,2}$/.test(text.slice(Math.max(0, start - 6), start)) ||
    /^ {0,2}, {0,2}[-+]?\d/.test(text.slice(end, end + 6));
  if (list || isWordCharacter(text.charCodeAt(start - 1)) || isWordCharacter(text.charCodeAt(end))) return null;
  return { run: { start, end }, latitude, longitude };
}

/** `-` and `+`. */
function isSign(code: number): boolean {
  return code === 0x2d || code === 0x2b;
}

const DOT = 0x2e;

function decimalAt(text: string, start: number, dot: number, end: number): Decimal | null {
  if (text.charCodeAt(dot) !== DOT) return null;
  const decimals = end - dot - 1;
  if (dot - start > 3 || decimals > MOST_DECIMALS) return null;
  return { value: Number(text.slice(start, end)), decimals };
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
