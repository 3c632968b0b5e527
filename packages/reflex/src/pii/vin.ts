import type { PiiMatch } from '../verdict.ts';
import { hasCue } from './cue-words.ts';
import { VIN } from './cues.ts';
import type { Subject } from './lexemes.ts';
import { pieces } from './pieces.ts';

const LENGTH = 17;
/** ISO 3779: no I, O or Q. */
const ALPHABET = /^[A-HJ-NPR-Z0-9]{17}$/i;

/** 49 CFR 565.15: a letter's value, the weight of each place, the check digit in the ninth. */
const VALUES: ReadonlyMap<string, number> = new Map(
  ['AJ', 'BKS', 'CLT', 'DMU', 'ENV', 'FW', 'GPX', 'HY', 'RZ'].flatMap((letters, index) =>
    Array.from(letters, (letter) => [letter, letter === 'R' || letter === 'Z' ? 9 : index + 1] as const),
  ),
);
const WEIGHTS = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
const CHECK_PLACE = 8;

/** Vehicle identification numbers: by their check digit, which North America demands; without it where a cue word says so. */
export function findVins(subject: Subject): PiiMatch[] {
  const found: PiiMatch[] = [];
  for (const { start, end } of pieces(subject, LENGTH, LENGTH)) {
    const value = subject.text.slice(start, end);
    if (!ALPHABET.test(value) || !/\d/.test(value) || !/[A-Z]/i.test(value)) continue;
    const checked = value === value.toUpperCase() && hasCheckDigit(value);
    if (!checked && !hasCue(subject, { start, end }, VIN)) continue;
    found.push({ type: 'VIN', position: start, length: LENGTH, confidence: checked ? 0.95 : 0.7 });
  }
  return found;
}

function hasCheckDigit(vin: string): boolean {
  let sum = 0;
  for (let at = 0; at < LENGTH; at++) sum += valueOf(vin.charAt(at)) * (WEIGHTS[at] ?? 0);
  const remainder = sum % 11;
  return vin.charAt(CHECK_PLACE) === (remainder === 10 ? 'X' : String(remainder));
}

function valueOf(character: string): number {
  return VALUES.get(character) ?? Number(character);
}
