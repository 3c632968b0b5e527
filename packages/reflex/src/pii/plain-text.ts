/**
 * The text with what only dresses its values taken off, each character in its place: what stands for no character becomes blanks, so that a
 * letter of it does not run into the value behind it, and digits of other scripts, blanks that do not break and typeset dashes become ASCII
 * ones.
 */
import { isDigit } from '../ascii.ts';
import { isAscii } from '../code-units.ts';

/** Begins an escape sequence of a terminal. */
const ESCAPE = '\u001b';

/** Escape sequences of terminals (ECMA-48, 5.4), as such and as program text writes them. */
export const TERMINAL = new RegExp(
  `(?:${ESCAPE}|${String.raw`\\(?:x1b|u001b|033|e)`})${String.raw`\[[0-9;:?]{0,32}[@-~]`}`,
  'gi',
);
/** Line ends, tabs and the like as program text and JSON write them, right before a word. */
const ESCAPED = /\\(?:[nrtbfv]|u00(?:0[9ad]|20|a0)|x(?:0[9ad]|20))(?=[A-Za-z0-9+(])/g;
const OTHER_FORM =
  /[\uff01-\uff5e\u00a0\u2000-\u200a\u202f\u205f\u3000\u2010-\u2013\u2212\u0660-\u0669\u06f0-\u06f9\u0966-\u096f\u09e6-\u09ef\u0e50-\u0e59]/;

export function plainText(text: string): string {
  if (!text.includes('\\') && !text.includes(ESCAPE) && (isAscii(text) || !OTHER_FORM.test(text))) return text;
  const undressed = text.replace(TERMINAL, blanks).replace(ESCAPED, blanks);
  return OTHER_FORM.test(undressed) ? inAscii(undressed) : undressed;
}

/** Code unit by code unit, as a text may consist of nothing else. */
function inAscii(text: string): string {
  const codes = new Uint16Array(text.length);
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const joins = isTypesetHyphen(code) && isDigit(codes[at - 1] ?? 0) && isDigit(asciiOf(text.charCodeAt(at + 1)));
    codes[at] = joins ? HYPHEN : asciiOf(code);
  }
  return Buffer.from(codes.buffer).toString('utf16le');
}

/** More than any sequence that the patterns take. */
const BLANKS = ' '.repeat(64);

function blanks(sequence: string): string {
  return BLANKS.slice(0, sequence.length);
}

/** First of ten digits in a row of each script. */
const ZEROS = [0x0660, 0x06f0, 0x0966, 0x09e6, 0x0e50];
/** From a full-width form (U+FF01 to U+FF5E) to its ASCII character. */
const FULL_WIDTH = 0xfee0;

const SPACE = 0x20;
const HYPHEN = 0x2d;
const NO_BREAK_SPACE = 0xa0;

/** A dash is a hyphen between digits; between words it parts them. */
function isTypesetHyphen(code: number): boolean {
  return (code >= 0x2010 && code <= 0x2013) || code === 0x2212;
}

/** Of another width, or one at which no line breaks. */
function isBlank(code: number): boolean {
  return (code >= 0x2000 && code <= 0x200a) || code === 0x202f || code === 0x205f || code === 0x3000;
}

function asciiOf(code: number): number {
  if (code === NO_BREAK_SPACE) return SPACE;
  if (code < FIRST_ZERO) return code;
  if (code >= 0xff01) return code <= 0xff5e ? code - FULL_WIDTH : code;
  if (isBlank(code)) return SPACE;
  for (const zero of ZEROS) if (code >= zero && code < zero + 10) return code - zero + 0x30;
  return code;
}

const FIRST_ZERO = 0x0660;
