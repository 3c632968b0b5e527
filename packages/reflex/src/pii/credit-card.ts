import { isAlphanumeric, isDigit, isLetter, isWordCharacter } from '../ascii.ts';
import type { PiiMatch } from '../verdict.ts';
import { hasCue } from './cue-words.ts';
import { CARD } from './cues.ts';
import type { Run, Runs, Subject } from './lexemes.ts';
import { passesLuhn } from './luhn.ts';

const SHORTEST = 12;
const LONGEST = 19;

/**
 * How cards are printed in groups, the longest first: 16 to 19 digits in fours, American Express 4-6-5, Diners 4-6-4.
 */
const LAYOUTS: readonly (readonly number[])[] = [
  [4, 4, 4, 4, 3],
  [4, 4, 4, 4, 2],
  [4, 4, 4, 4, 1],
  [4, 4, 4, 4],
  [4, 6, 5],
  [4, 6, 4],
];

/** Digits of the first group. */
const FIRST_GROUP = 4;
const MOST_GROUPS = 5;

interface Issuer {
  /** First and last prefix, both of the same number of digits. */
  readonly from: number;
  readonly to: number;
  readonly lengths: readonly number[];
}

const FROM_16_TO_19 = [16, 17, 18, 19];
const FROM_12_TO_19 = [12, 13, 14, 15, ...FROM_16_TO_19];

/** Ranges as the networks publish them (ISO/IEC 7812 issuer identification numbers). */
const ISSUERS: readonly Issuer[] = [
  { from: 4, to: 4, lengths: [13, 16, 19] }, // Visa
  { from: 51, to: 55, lengths: [16] }, // Mastercard
  { from: 2221, to: 2720, lengths: [16] }, // Mastercard
  { from: 34, to: 34, lengths: [15] }, // American Express
  { from: 37, to: 37, lengths: [15] }, // American Express
  { from: 300, to: 305, lengths: [14] }, // Diners Club
  { from: 3095, to: 3095, lengths: [14] }, // Diners Club
  { from: 36, to: 36, lengths: [14, ...FROM_16_TO_19] }, // Diners Club
  { from: 38, to: 39, lengths: [14, ...FROM_16_TO_19] }, // Diners Club
  { from: 6011, to: 6011, lengths: FROM_16_TO_19 }, // Discover
  { from: 644, to: 659, lengths: FROM_16_TO_19 }, // Discover
  { from: 3528, to: 3589, lengths: FROM_16_TO_19 }, // JCB
  { from: 2131, to: 2131, lengths: [15] }, // JCB
  { from: 1800, to: 1800, lengths: [15] }, // JCB
  { from: 62, to: 62, lengths: FROM_16_TO_19 }, // UnionPay
  { from: 81, to: 82, lengths: [16] }, // RuPay
  { from: 2200, to: 2204, lengths: FROM_16_TO_19 }, // Mir
  { from: 5019, to: 5019, lengths: [16] }, // Dankort
  { from: 5018, to: 5018, lengths: FROM_12_TO_19 }, // Maestro
  { from: 5020, to: 5020, lengths: FROM_12_TO_19 }, // Maestro
  { from: 5038, to: 5038, lengths: FROM_12_TO_19 }, // Maestro
  { from: 5893, to: 5893, lengths: FROM_12_TO_19 }, // Maestro
  { from: 6304, to: 6304, lengths: FROM_12_TO_19 }, // Maestro
  { from: 6759, to: 6763, lengths: FROM_12_TO_19 }, // Maestro
];

/** What the networks and payment processors give out for test systems; still found, for they stand in for a real one. */
const TEST_NUMBERS: ReadonlySet<string> = new Set([
  '4111111111111111',
  '4242424242424242',
  '4012888888881881',
  '4000056655665556',
  '5555555555554444',
  '5105105105105100',
  '378282246310005',
  '371449635398431',
  '6011111111111117',
  '6011000990139424',
  '3530111333300000',
  '30569309025904',
  '38520000023237',
]);

/** Payment card numbers: in one run or in printed groups, an issuer's range and length, and the Luhn check. */
export function findCreditCards(subject: Subject): PiiMatch[] {
  const { digits } = subject.lexemes;
  const found: PiiMatch[] = [];
  for (let index = 0; index < digits.count; ) {
    const length = lengthOf(digits, index);
    let groups = 1;
    let match: PiiMatch | null = null;
    if (length >= SHORTEST && length <= LONGEST) match = groupsAt(subject, index, 1);
    else if (length === FIRST_GROUP) {
      const most = groupsJoined(subject.text, digits, index);
      for (const layout of LAYOUTS) {
        if (layout.length > most || !isLaidOut(digits, index, layout)) continue;
        match = groupsAt(subject, index, layout.length);
        if (!match) continue;
        groups = layout.length;
        break;
      }
    }
    if (match) found.push(match);
    index += groups;
  }
  return found;
}

/** The card number that so many digit runs from `index` on make up; null where they make up none. */
function groupsAt(subject: Subject, index: number, groups: number): PiiMatch | null {
  const { text } = subject;
  const { starts, ends } = subject.lexemes.digits;
  let number = '';
  for (let group = index; group < index + groups; group++) number += text.slice(starts[group] ?? 0, ends[group] ?? 0);
  return cardOf(subject, { start: starts[index] ?? 0, end: ends[index + groups - 1] ?? 0 }, number);
}

function isLaidOut(digits: Runs, index: number, layout: readonly number[]): boolean {
  for (let group = 0; group < layout.length; group++)
    if (lengthOf(digits, index + group) !== layout[group]) return false;
  return true;
}

/** How many runs, as many as a card has groups at most, are joined by one blank each or one hyphen each; 0 behind the head of an IBAN. */
function groupsJoined(text: string, { count, starts, ends }: Runs, index: number): number {
  const separator = text.charCodeAt(ends[index] ?? 0);
  if ((separator !== BLANK && separator !== HYPHEN) || followsIbanHead(text, starts[index] ?? 0)) return 0;
  let groups = 1;
  for (; groups < MOST_GROUPS && index + groups < count; groups++) {
    const end = ends[index + groups - 1] ?? 0;
    if (starts[index + groups] !== end + 1 || text.charCodeAt(end) !== separator) break;
  }
  return groups;
}

function lengthOf({ starts, ends }: Runs, index: number): number {
  return (ends[index] ?? 0) - (starts[index] ?? 0);
}

/** Not a part of a word, of a decimal number or of a longer hyphenated code. */
function standsAlone(text: string, { start, end }: Run): boolean {
  const before = text.charCodeAt(start - 1);
  const after = text.charCodeAt(end);
  if (isAlphanumeric(before) || isAlphanumeric(after)) return false;
  // `_` marks emphasis on both sides; on one it joins the digits to a name.
  if ((before === UNDERSCORE) !== (after === UNDERSCORE)) return false;
  if (before === HYPHEN && isAlphanumeric(text.charCodeAt(start - 2))) return false;
  if (after === HYPHEN && isAlphanumeric(text.charCodeAt(end + 1))) return false;
  if (before === DOT && isDigit(text.charCodeAt(start - 2))) return false;
  return !(after === DOT && isDigit(text.charCodeAt(end + 1)));
}

/** Two letters, two digits and a blank: the groups that follow are an account number's. */
function followsIbanHead(text: string, start: number): boolean {
  return (
    text.charCodeAt(start - 1) === BLANK &&
    isDigit(text.charCodeAt(start - 2)) &&
    isDigit(text.charCodeAt(start - 3)) &&
    isLetter(text.charCodeAt(start - 4)) &&
    isLetter(text.charCodeAt(start - 5)) &&
    !isWordCharacter(text.charCodeAt(start - 6))
  );
}

const BLANK = 0x20;
const HYPHEN = 0x2d;
const DOT = 0x2e;
const UNDERSCORE = 0x5f;

/** In an issuer's range; with a cue word nearby in any range of banks and merchants (first digit 3 to 6), as ranges are added. */
function cardOf(subject: Subject, run: Run, number: string): PiiMatch | null {
  if (!passesLuhn(number) || !standsAlone(subject.text, run)) return null;
  const cued = hasCue(subject, run, CARD);
  if (!isIssued(number) && !(cued && /^[3-6]/.test(number))) return null;
  const confidence = TEST_NUMBERS.has(number) ? 0.6 : cued ? 0.98 : 0.85;
  return { type: 'CreditCard', position: run.start, length: run.end - run.start, confidence };
}

function isIssued(number: string): boolean {
  const lengths = ISSUED_LENGTHS[Number(number.slice(0, PREFIX))] ?? 0;
  return (lengths & (1 << number.length)) !== 0;
}

/** Digits of the longest prefix. */
const PREFIX = 4;

/** By the first four digits: a bit for each length that a number of the issuer may have. */
const ISSUED_LENGTHS: Uint32Array = issuedLengths();

function issuedLengths(): Uint32Array {
  const byPrefix = new Uint32Array(10 ** PREFIX);
  for (const { from, to, lengths } of ISSUERS) {
    const width = 10 ** (PREFIX - String(from).length);
    const bits = lengths.reduce((all, length) => all | (1 << length), 0);
    for (let prefix = from * width; prefix < (to + 1) * width; prefix++)
      byPrefix[prefix] = (byPrefix[prefix] ?? 0) | bits;
  }
  return byPrefix;
}
