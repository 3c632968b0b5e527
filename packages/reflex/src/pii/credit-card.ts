import type { PiiMatch } from '../verdict.ts';
import { hasCue } from './cue-words.ts';
import { isDigit, isLetter, type Run, type Subject } from './lexemes.ts';
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

const CUE = /\b(?:cards?|credit|debit|visa|mastercard|amex|american express|maestro|discover|diners|pan|cc)\b/i;

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
  let index = 0;
  while (index < digits.length) {
    const groups = cardAt(subject, digits, index);
    const first = digits[index];
    const last = digits[index + groups - 1];
    if (groups > 0 && first && last) found.push(matchOf(subject, { start: first.start, end: last.end }));
    index += Math.max(1, groups);
  }
  return found;
}

/** How many digit runs from `index` on make up a card number; 0 for none. */
function cardAt(subject: Subject, digits: readonly Run[], index: number): number {
  const first = digits[index];
  if (!first) return 0;
  const length = first.end - first.start;
  if (length >= SHORTEST && length <= LONGEST) {
    return isCard(subject, first, subject.text.slice(first.start, first.end)) ? 1 : 0;
  }
  return length === 4 ? groupsAt(subject, digits, index) : 0;
}

function groupsAt(subject: Subject, digits: readonly Run[], index: number): number {
  const { text } = subject;
  const groups = joinedFrom(text, digits, index);
  const [first] = groups;
  if (!first || IBAN_HEAD.test(text.slice(Math.max(0, first.start - 6), first.start))) return 0;
  for (const layout of LAYOUTS) {
    const last = groups[layout.length - 1];
    if (!last || !layout.every((length, place) => lengthOf(groups[place]) === length)) continue;
    const run = { start: first.start, end: last.end };
    if (isCard(subject, run, text.slice(run.start, run.end).replaceAll(/[ -]/g, ''))) return layout.length;
  }
  return 0;
}

/** As many runs as a card has groups at most, joined by one blank each or one hyphen each. */
function joinedFrom(text: string, digits: readonly Run[], index: number): Run[] {
  const first = digits[index];
  if (!first) return [];
  const separator = text.charCodeAt(first.end);
  if (separator !== BLANK && separator !== HYPHEN) return [];
  const groups = [first];
  for (let last = first; groups.length < MOST_GROUPS; ) {
    const next = digits[index + groups.length];
    if (next?.start !== last.end + 1 || text.charCodeAt(last.end) !== separator) break;
    groups.push(next);
    last = next;
  }
  return groups;
}

function lengthOf(run: Run | undefined): number {
  return run ? run.end - run.start : 0;
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

/** The groups that follow are an account number's. */
const IBAN_HEAD = /\b[A-Z]{2}\d{2} $/i;

const BLANK = 0x20;
const HYPHEN = 0x2d;
const DOT = 0x2e;
const UNDERSCORE = 0x5f;

function isAlphanumeric(code: number): boolean {
  return isLetter(code) || isDigit(code);
}

/** In an issuer's range; with a cue word nearby in any range of banks and merchants (first digit 3 to 6), as ranges are added. */
function isCard(subject: Subject, run: Run, number: string): boolean {
  if (!passesLuhn(number) || !standsAlone(subject.text, run)) return false;
  return ISSUERS.some((issuer) => isOf(issuer, number)) || (/^[3-6]/.test(number) && hasCue(subject, run, CUE));
}

function isOf({ from, to, lengths }: Issuer, number: string): boolean {
  const prefix = Number(number.slice(0, String(from).length));
  return prefix >= from && prefix <= to && lengths.includes(number.length);
}

function matchOf(subject: Subject, run: Run): PiiMatch {
  const number = subject.text.slice(run.start, run.end).replaceAll(/[ -]/g, '');
  const confidence = TEST_NUMBERS.has(number) ? 0.6 : hasCue(subject, run, CUE) ? 0.98 : 0.85;
  return { type: 'CreditCard', position: run.start, length: run.end - run.start, confidence };
}
