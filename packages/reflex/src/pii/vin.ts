import type { PiiMatch } from '../verdict.ts';
import { hasCue } from './cue-words.ts';
import { VIN } from './cues.ts';
import type { Subject } from './lexemes.ts';
import { pieces } from './pieces.ts';

const LENGTH = 17;
/** ISO 3779: no I, O or Q. */
const ALPHABET = /^[A-HJ-NPR-Z0-9]{17}$/i;

/** 49 CFR 565.15: a letter's value by its place in the alphabet, the weight of each place, the check digit in the ninth. */
const VALUES = Uint8Array.from('12345678012345070923456789', Number);
const WEIGHTS = Uint8Array.from([8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2]);
const CHECK_PLACE = 8;
const TEN = 0x58;

/** Vehicle identification numbers: by their check digit, which North America demands; without it where a cue word says so. */
export function findVins(subject: Subject): PiiMatch[] {
  const found: PiiMatch[] = [];
  for (const { start, end } of pieces(subject, LENGTH, LENGTH)) {
    const value = subject.text.slice(start, end);
    if (!ALPHABET.test(value) || !/\d/.test(value) || !/[A-Z]/i.test(value)) continue;
    const checked = hasCheckDigit(value) && value === value.toUpperCase();
    if (!checked && !hasCue(subject, { start, end }, VIN)) continue;
    found.push({ type: 'VIN', position: start, length: LENGTH, confidence: checked ? 0.95 : 0.7 });
  }
  return found;
}

function hasCheckDigit(vin: string): boolean {
  let sum = 0;
  for (let at = 0; at < LENGTH; at++) sum += valueOf(vin.charCodeAt(at)) * (WEIGHTS[at] ?? 0);
  const remainder = sum % 11;
  return vin.charCodeAt(CHECK_PLACE) === (remainder === 10 ? TEN : ZERO + remainder);
}

const ZERO = 0x30;
const CAPITALS = 0x41;

function valueOf(code: number): number {
  return code < CAPITALS ? code - ZERO : (VALUES[code - CAPITALS] ?? 0);
}
