import { isAlphanumeric, isLetter, isWordCharacter, valueOf } from '../ascii.ts';
import type { PiiMatch } from '../verdict.ts';
import type { Subject } from './lexemes.ts';

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
  const { count, starts, ends } = lexemes.digits;
  for (let index = 0; index < count; index++) {
    const start = (starts[index] ?? 0) - 2;
    if ((ends[index] ?? 0) - start < HEAD || start < 0 || !isCountryAt(text, start)) continue;
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

/**
 * Where the IBAN that begins at `start` ends; null when none does. Single spaces or hyphens between its characters are skipped. What stands
 * behind the first four characters and then these, letters as 10 to 35, has to leave 1 when it is divided by 97.
 */
function ibanEnd(text: string, start: number): number | null {
  const length = LENGTHS.get(text.slice(start, start + 2).toUpperCase());
  if (length === undefined) return null;
  let at = start;
  let [head, headSize, rest] = [0, 1, 0];
  for (let count = 0; count < length; at++) {
    const code = text.charCodeAt(at);
    if (!isAlphanumeric(code)) {
      if (isGap(text, at)) continue;
      return null;
    }
    const value = valueOf(code);
    const size = value > 9 ? 100 : 10;
    if (count < HEAD) {
      head = head * size + value;
      headSize *= size;
    } else rest = (rest * size + value) % MODULUS;
    count += 1;
  }
  return !isWordCharacter(text.charCodeAt(at)) && (rest * headSize + head) % MODULUS === 1 ? at : null;
}

/** Country and check digits. */
const HEAD = 4;
const MODULUS = 97;

function isGap(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return (code === BLANK || code === HYPHEN) && isWordCharacter(text.charCodeAt(at + 1));
}

const BLANK = 0x20;
const HYPHEN = 0x2d;
