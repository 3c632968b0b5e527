/**
 * One pass over the text that finds the places worth a closer look, so that a text without digits, without `@` and
 * without long tokens costs nothing more.
 */

/** The text under screening, and what is known about where it stands. */
export interface Subject {
  readonly text: string;
  /** The name of the field that holds the text ("ssn"), or the empty string; serves as a cue word before the text. */
  readonly label: string;
  readonly lexemes: Lexemes;
}

export interface Lexemes {
  /** Maximal runs of ASCII digits, ascending. */
  readonly digits: readonly Run[];
  /** Maximal runs of at least TOKEN_LENGTH of `[A-Za-z0-9_+/.~-]` that hold a digit: what secrets are made of. */
  readonly tokens: readonly Run[];
  /** Offsets of `@`, ascending. */
  readonly ats: readonly number[];
}

/** A stretch of the text, end exclusive. */
export interface Run {
  readonly start: number;
  readonly end: number;
}

/** Shortest token that is looked at as a secret: AWS key ids have 20 characters, the shortest keys with a cue 16. */
const TOKEN_LENGTH = 16;

export function subjectOf(text: string, label: string): Subject {
  return { text, label, lexemes: lexemesOf(text) };
}

function lexemesOf(text: string): Lexemes {
  const digits: Run[] = [];
  const tokens: Run[] = [];
  const ats: number[] = [];
  let digitStart = -1;
  let tokenStart = -1;
  let digitsBefore = 0;
  // The turn after the last character closes what is open.
  for (let at = 0; at <= text.length; at++) {
    const kind = at < text.length ? (KINDS[text.charCodeAt(at)] ?? 0) : 0;
    if ((kind & DIGIT) === 0 && digitStart >= 0) {
      digits.push({ start: digitStart, end: at });
      digitStart = -1;
    }
    if ((kind & TOKEN) !== 0) {
      if (tokenStart < 0) {
        tokenStart = at;
        digitsBefore = digits.length;
      }
      if ((kind & DIGIT) !== 0 && digitStart < 0) digitStart = at;
    } else if (tokenStart >= 0) {
      if (at - tokenStart >= TOKEN_LENGTH && digits.length > digitsBefore) tokens.push({ start: tokenStart, end: at });
      tokenStart = -1;
    }
    if ((kind & AT_SIGN) !== 0) ats.push(at);
  }
  return { digits, tokens, ats };
}

const DIGIT = 1;
const TOKEN = 2;
const AT_SIGN = 4;

/** What each ASCII character is; a digit is a token character too. A table, as this is the one loop over every character. */
const KINDS = Uint8Array.from({ length: 128 }, (_, code) => {
  if (isDigit(code)) return DIGIT | TOKEN;
  if (isWordCharacter(code) || '+-./~'.includes(String.fromCharCode(code))) return TOKEN;
  return code === 0x40 ? AT_SIGN : 0;
});

export function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

export function isLetter(code: number): boolean {
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x7a;
}

/** `[A-Za-z0-9_]`; false for the NaN that charCodeAt gives outside the text. */
export function isWordCharacter(code: number): boolean {
  return isLetter(code) || isDigit(code) || code === 0x5f;
}
