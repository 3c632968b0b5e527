/**
 * One pass over the text that finds the places worth a closer look, so that a text without digits, `@`, colons, dots inside
 * words and long tokens costs nothing more.
 */
import { cuesOf } from '../all-cues.ts';
import { isDigit, isHex, isLetter, isWordCharacter } from '../ascii.ts';
import { codeUnitsOf } from '../code-units.ts';
import type { CueIndex } from '../cue-index.ts';
import { keptSpace } from '../kept-space.ts';

/** The text under screening, and what is known about where it stands. */
export interface Subject {
  readonly text: string;
  /** The name of the field that holds the text ("ssn"), or the empty string; serves as a cue word before the text. */
  readonly label: string;
  readonly lexemes: Lexemes;
  readonly cues: CueIndex;
}

export interface Lexemes {
  /** Maximal runs of ASCII digits. */
  readonly digits: Runs;
  /** Maximal runs of at least TOKEN_LENGTH of `[A-Za-z0-9_+/.~-]`: what secrets and long identifiers are made of. */
  readonly tokens: readonly Run[];
  /** Offsets of `@`, ascending. */
  readonly ats: readonly number[];
  /** Offsets of `:` with a hexadecimal digit, another colon or a slash after it, ascending. */
  readonly colons: readonly number[];
  /** Offsets of `.` between two of `[A-Za-z0-9_-]` of which the latter is a letter, ascending. */
  readonly dots: readonly number[];
  /** Offsets of degree signs, ascending. */
  readonly degrees: readonly number[];
}

/** A stretch of the text, end exclusive. */
export interface Run {
  readonly start: number;
  readonly end: number;
}

/**
 * Stretches of the text, ascending. In arrays that the next text is read into again: some texts consist of nothing else, and to make an object for
 * each and drop it costs more than to look at it.
 */
export interface Runs {
  readonly count: number;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

/** Shortest token that is looked at: a hardware address in Cisco's notation has 14 characters. */
const TOKEN_LENGTH = 14;

export function subjectOf(text: string, label: string, cues = cuesOf(text)): Subject {
  return { text, label, lexemes: lexemesOf(text), cues };
}

function lexemesOf(text: string): Lexemes {
  const { starts, ends } = spaceFor(text.length);
  let count = 0;
  const tokens: Run[] = [];
  const ats: number[] = [];
  const colons: number[] = [];
  const dots: number[] = [];
  const degrees: number[] = [];
  const { length } = text;
  const codes = codeUnitsOf(text);
  let digitStart = -1;
  let tokenStart = -1;
  let before = 0;
  // The turn of the 0 behind the last character closes what is open.
  for (let at = 0; at <= length; at++) {
    const code = codes[at] ?? 0;
    const kind = kinds[code] ?? 0;
    if (kind === before && (kind & SIGN) === 0) continue;
    before = kind;
    if ((kind & DIGIT) !== 0) {
      if (digitStart < 0) digitStart = at;
    } else if (digitStart >= 0) {
      starts[count] = digitStart;
      ends[count] = at;
      count += 1;
      digitStart = -1;
    }
    if ((kind & TOKEN) !== 0) {
      if (tokenStart < 0) tokenStart = at;
    } else if (tokenStart >= 0) {
      if (at - tokenStart >= TOKEN_LENGTH) tokens.push({ start: tokenStart, end: at });
      tokenStart = -1;
    }
    if ((kind & SIGN) === 0) continue;
    if (code === AT) ats.push(at);
    else if (code === COLON) {
      if (followsColon(codes[at + 1] ?? 0)) colons.push(at);
    } else if (code === DOT) {
      if (isLetter(codes[at + 1] ?? 0) && isWordCharacter(codes[at - 1] ?? 0)) dots.push(at);
    } else degrees.push(at);
  }
  return { digits: { count, starts, ends }, tokens, ats, colons, dots, degrees };
}

/** Between two runs stands at least one character. */
const spaceFor = keptSpace((characters) => {
  const most = Math.floor(characters / 2) + 1;
  return { starts: new Int32Array(most), ends: new Int32Array(most) };
});

const AT = 0x40;
const COLON = 0x3a;
const DOT = 0x2e;
const DEGREE = 0xb0;
/** The masculine ordinal, which stands in for the degree sign on Spanish keyboards. */
const ORDINAL = 0xba;

const DIGIT = 1;
const TOKEN = 2;
/** `@`, `:`, `.` or a degree sign. */
const SIGN = 4;

/** What each of the first 256 characters is; a digit is a token character too. A table, as this is the one loop over every character. */
const kinds = Uint8Array.from({ length: 256 }, (_, code) => {
  if (isDigit(code)) return DIGIT | TOKEN;
  if (isWordCharacter(code) || '+-/~'.includes(String.fromCharCode(code))) return TOKEN;
  if (code === DOT) return TOKEN | SIGN;
  return code === AT || code === COLON || code === DEGREE || code === ORDINAL ? SIGN : 0;
});

function followsColon(code: number): boolean {
  return isHex(code) || code === COLON || code === 0x2f;
}
