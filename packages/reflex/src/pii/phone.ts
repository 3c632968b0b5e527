import { getCountries, getCountryCallingCode, Metadata, parsePhoneNumberFromString } from 'libphonenumber-js/min';
import { asciiSet, isDigit, isLetter, isWordCharacter } from '../ascii.ts';
import type { PiiMatch } from '../verdict.ts';
import { cuesBefore, isBefore, isNamedOtherwise, textBefore } from './cue-words.ts';
import { NUMBER_IS, PHONE, WEAK_PHONE } from './cues.ts';
import type { Run, Runs, Subject } from './lexemes.ts';

/** Digits of the longest calling code. */
const LONGEST_CODE = 3;
/** E.164: at most 15 digits with the country code; local numbers have 6 and more. */
const MOST_DIGITS = 15;
const LEAST_DIGITS = 6;
/** Numbers of the North American plan in their printed form, with or without 1, +1 or 001. */
const NORTH_AMERICAN = /^(?:(?:\+|00)?1[ .-]?)?(?:\(\d{3}\) ?|\d{3}([.-]))\d{3}[.-]\d{4}$/;
const NORTH_AMERICAN_SPACED = /^(?:\+?1 )?[2-9]\d{2} [2-9]\d{2} \d{4}$/;
/** With the country's code or without it. */
const NORTH_AMERICAN_DIGITS = 10;
/** A national number with its leading zero, in groups of at least two. */
const NATIONAL = /^\(?0\d{1,4}\)?(?:[ .-]\d{2,8}){1,4}$/;

/** A word with other uses than a telephone's counts with a whole number of at least LEAST_LOCAL digits. */
const LEAST_LOCAL = 7;
const CUE_AFTER =
  /[ \t]{0,2}[-(,]{0,2} {0,1}(?:office|fax|mobile|home|work|cell|phone|desk|tel|direct|landline)(?![a-z])/iy;
const BEFORE = 40;

const DATE =
  /^(?:(?:19|20)\d{2}[-./ ](?:0?[1-9]|1[0-2])[-./ ](?:0?[1-9]|[12]\d|3[01])(?: \d{1,2})?|(?:0?[1-9]|[12]\d|3[01])[-./ ](?:0?[1-9]|[12]\d|3[01])[-./ ](?:19|20)\d{2}(?: \d{1,2})?)$/;

/**
 * Most numbers given to the library for one text (some 10 µs each). Beyond, a candidate is taken by its form alone: a flood of
 * candidates costs confidence, it hides nothing.
 */
const MOST_CHECKS = 300;

/**
 * Telephone numbers: with a `+` and a country's plan behind them (libphonenumber), in the printed form of the North American plan, or
 * six and more digits with a cue word before or after.
 */
export function findPhones(subject: Subject): PiiMatch[] {
  const found: PiiMatch[] = [];
  const state: State = { checks: 0, lastEnd: Number.NEGATIVE_INFINITY };
  const { digits } = subject.lexemes;
  let index = 0;
  while (index < digits.count) {
    const chain = chainAt(subject.text, digits, index);
    index = chain.next;
    if (chain.digits < LEAST_DIGITS || chain.digits > MOST_DIGITS + 6) continue;
    const confidence = confidenceOf(subject, chain, state);
    if (confidence === 0) continue;
    const end = withExtension(subject.text, chain.end);
    found.push({ type: 'Phone', position: chain.start, length: end - chain.start, confidence });
    state.lastEnd = end;
  }
  return found;
}

interface State {
  checks: number;
  /** End of the last number found: those listed right behind it need no cue word of their own. */
  lastEnd: number;
}

/** Digit runs joined as in a printed number. */
interface Chain extends Run {
  readonly digits: number;
  /** Index of the first digit run behind it. */
  readonly next: number;
}

function chainAt(text: string, { count, starts, ends }: Runs, index: number): Chain {
  let start = starts[index] ?? 0;
  let end = ends[index] ?? 0;
  let digits = end - start;
  if (text.charCodeAt(start - 1) === OPEN) start -= 1;
  if (text.charCodeAt(start - 1) === PLUS) start -= 1;
  let next = index + 1;
  for (; next < count && digits <= MOST_DIGITS; next++) {
    const start = starts[next] ?? 0;
    if (!isJoint(text, end, start, digits)) break;
    end = ends[next] ?? 0;
    digits += end - start;
  }
  return { start, end, digits, next };
}

const OPEN = 0x28;
const PLUS = 0x2b;

/** One blank, dot, hyphen or slash, or a bracket with its blank; a bracket or plus behind a whole number begins the next one. */
function isJoint(text: string, from: number, to: number, digits: number): boolean {
  const length = to - from;
  if (length === 1) return isShortJoint(text.charCodeAt(from));
  return length <= 3 && digits < 7 && LONGER_JOINTS.has(text.slice(from, to));
}

/** A blank that does not break, and the hyphens and the dash that printers use, too. */
function isShortJoint(code: number): boolean {
  if (code < 0x80) return JOINTS[code] === 1;
  return code === 0xa0 || code === 0x2010 || code === 0x2011 || code === 0x2013;
}

const JOINTS = asciiSet(' .-/()');
const LONGER_JOINTS: ReadonlySet<string> = new Set([') ', ' (', ')-', '-(', ' - ', ')(', '.(']);

function confidenceOf(subject: Subject, chain: Chain, state: State): number {
  const { text } = subject;
  if (!standsAlone(text, chain)) return 0;
  if (isNamedOtherwise(subject, chain.start)) return 0;
  const value = text.slice(chain.start, chain.end);
  if (text.charCodeAt(chain.start) === PLUS) {
    if (chain.digits < 7) return 0;
    if (isPossible(text, chain, value, state)) return 0.95;
  }
  if (chain.digits > MOST_DIGITS) return 0;
  const confidence = confidenceOfForm(subject, chain, value, state);
  return confidence > 0 && DATE.test(value) ? 0 : confidence;
}

function confidenceOfForm(subject: Subject, chain: Chain, value: string, state: State): number {
  const cued = isCued(subject, chain, state);
  if (chain.digits >= NORTH_AMERICAN_DIGITS) {
    if (NORTH_AMERICAN.test(value)) return cued ? 0.95 : 0.85;
    if (NORTH_AMERICAN_SPACED.test(value)) return cued ? 0.95 : 0.7;
  }
  if (NATIONAL.test(value) && isBefore(subject, chain.start, BEFORE, NUMBER_IS)) return 0.7;
  return cued && isShaped(value) ? 0.8 : 0;
}

function isCued(subject: Subject, chain: Chain, state: State): boolean {
  if ((cuesBefore(subject, chain.start, BEFORE) & (PHONE.bit | WEAK_PHONE.bit)) !== 0) {
    const near = lastLine(textBefore(subject, chain.start, BEFORE));
    if (PHONE.pattern.test(near) || (chain.digits >= LEAST_LOCAL && WEAK_PHONE.pattern.test(near))) return true;
  }
  CUE_AFTER.lastIndex = chain.end;
  return CUE_AFTER.test(subject.text) || isListed(subject, chain, state);
}

/** Possible by the library's tables; where they do not say so at once the library parses it, and the form alone counts once it was asked too often. */
function isPossible(text: string, chain: Chain, value: string, state: State): boolean {
  if (hasPossibleLength(text, chain)) return true;
  state.checks += 1;
  return state.checks > MOST_CHECKS || parsePhoneNumberFromString(value)?.isPossible() === true;
}

/** By calling code: a bit for each number of digits that may follow it in a national number. */
const POSSIBLE_LENGTHS: Uint32Array = possibleLengths();

function possibleLengths(): Uint32Array {
  const lengths = new Uint32Array(10 ** LONGEST_CODE);
  const metadata = new Metadata();
  for (const country of getCountries()) {
    const code = Number(getCountryCallingCode(country));
    metadata.selectNumberingPlan(country);
    for (const length of metadata.numberingPlan?.possibleLengths() ?? [])
      lengths[code] = (lengths[code] ?? 0) | (1 << length);
  }
  return lengths;
}

/** No calling code begins another one, or with a 0, so at most one fits. */
function hasPossibleLength(text: string, chain: Chain): boolean {
  let code = 0;
  let digits = 0;
  for (let at = chain.start; at < chain.end && digits < LONGEST_CODE; at++) {
    const digit = text.charCodeAt(at);
    if (!isDigit(digit)) continue;
    digits += 1;
    code = code * 10 + digit - 0x30;
    const lengths = POSSIBLE_LENGTHS[code] ?? 0;
    if (lengths !== 0) return (lengths & (1 << (chain.digits - digits))) !== 0;
  }
  return false;
}

/** Not the fraction of an amount, one digit repeated, nor single digits in a row. */
function isShaped(value: string): boolean {
  return (
    !/^\d{1,3}(?:[.,]\d{3}){1,4}$/.test(value) &&
    !/^\(?(\d)(?:\D{0,2}\1)*$/.test(value) &&
    /\d{2,}/.test(value) &&
    !/^\d{1,5}\.\d+$/.test(value)
  );
}

/** A cue word counts over one line end ("Phone:" above its number), not over an empty line. */
function lastLine(before: string): string {
  const paragraph = before.lastIndexOf('\n\n');
  return paragraph < 0 ? before : before.slice(paragraph);
}

const LISTED_GAP = 24;

/** Behind a number that was found, in the same line: "first: …, second: …". */
function isListed(subject: Subject, chain: Chain, { lastEnd }: State): boolean {
  if (chain.start - lastEnd > LISTED_GAP || chain.digits < 9) return false;
  return !/[\n.!?]/.test(subject.text.slice(lastEnd, chain.start));
}

function standsAlone(text: string, { start, end }: Run): boolean {
  const before = text.charCodeAt(start - 1);
  const after = text.charCodeAt(end);
  if (isWordCharacter(before) && !(isLetter(before) && text.charAt(start) === '(')) return false;
  if (isWordCharacter(after) && !/^(?:x|ext)\.? ?\d/i.test(text.slice(end, end + 6))) return false;
  if (before === 0x24 || before === 0x23 || before === 0x2f || (before === 0x3d && text.charAt(start - 2) === 'd'))
    return false;
  if ((before === 0x2e || before === 0x2d || before === 0x3a) && isWordCharacter(text.charCodeAt(start - 2)))
    return before === 0x3a;
  return !((after === 0x2e || after === 0x2c || after === 0x3a || after === 0x2d) && isDigit(text.charCodeAt(end + 1)));
}

const EXTENSION = /(?: ?(?:x|ext\.?|extension) ?\d{1,6})/iy;

function withExtension(text: string, end: number): number {
  EXTENSION.lastIndex = end;
  return end + (EXTENSION.exec(text)?.[0].length ?? 0);
}
