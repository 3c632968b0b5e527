import type { PiiMatch } from '../verdict.ts';
import { isDigit, isLetter, isWordCharacter, type Subject } from './lexemes.ts';

/** Length of an IBAN and the countries that use it (SWIFT IBAN registry). */
const COUNTRIES_BY_LENGTH: readonly (readonly [length: number, countries: string])[] = [
  [15, 'NO'],
  [16, 'BE'],
  [18, 'DK FI FK FO GL NL SD'],
  [19, 'MK SI'],
  [20, 'AT BA EE KZ LT LU MN XK'],
  [21, 'CH HR LI LV'],
  [22, 'BG BH CR DE GB GE IE ME RS VA'],
  [23, 'AE GI IL IQ OM SO TL'],
  [24, 'AD CZ ES MD PK RO SA SE SK TN VG'],
  [25, 'LY PT ST'],
  [26, 'IS TR'],
  [27, 'BI DJ FR GR IT MC MR SM'],
  [28, 'AL AZ BY CY DO GT HN HU LB NI PL SV'],
  [29, 'BR EG PS QA UA'],
  [30, 'JO KW MU YE'],
  [31, 'MT SC'],
  [32, 'LC'],
  [33, 'RU'],
];
const LENGTHS: ReadonlyMap<string, number> = new Map(
  COUNTRIES_BY_LENGTH.flatMap(([length, countries]) =>
    countries.split(' ').map((country) => [country, length] as const),
  ),
);

/** International bank account numbers (ISO 13616): the country's length and remainder 1 modulo 97 (ISO 7064). */
export function findIbans({ text, lexemes }: Subject): PiiMatch[] {
  const found: PiiMatch[] = [];
  for (const run of lexemes.digits) {
    const start = run.start - 2;
    if (run.end - run.start < 2 || start < 0 || !isCountryAt(text, start)) continue;
    const end = ibanEnd(text, start);
    if (end !== null) found.push({ type: 'IBAN', position: start, length: end - start, confidence: 0.98 });
  }
  return found;
}

function isCountryAt(text: string, start: number): boolean {
  return (
    isLetter(text.charCodeAt(start)) &&
    isLetter(text.charCodeAt(start + 1)) &&
    !isWordCharacter(text.charCodeAt(start - 1))
  );
}

/** Where the IBAN that begins at `start` ends; null when none does. Single spaces or hyphens between its characters are skipped. */
function ibanEnd(text: string, start: number): number | null {
  const length = LENGTHS.get(text.slice(start, start + 2).toUpperCase());
  if (length === undefined) return null;
  let characters = '';
  let at = start;
  while (characters.length < length) {
    const code = text.charCodeAt(at);
    if (isLetter(code) || isDigit(code)) characters += text.charAt(at);
    else if (!isGap(text, at)) return null;
    at += 1;
  }
  return !isWordCharacter(text.charCodeAt(at)) && remainderOf97(characters.toUpperCase()) === 1 ? at : null;
}

function isGap(text: string, at: number): boolean {
  const sign = text.charAt(at);
  return (sign === ' ' || sign === '-') && isWordCharacter(text.charCodeAt(at + 1));
}

/** The first four characters moved to the end, letters as 10 to 35, taken modulo 97. */
function remainderOf97(iban: string): number {
  let remainder = 0;
  for (const character of iban.slice(4) + iban.slice(0, 4)) {
    const value = Number.parseInt(character, 36);
    remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97;
  }
  return remainder;
}
