/**
 * Makes text of strangers (goals, model answers, a learner's output) safe to print: a terminal obeys escape sequences, so that
 * such text could move the cursor over what was printed before, set the window's title or the clipboard, or hide itself.
 *
 * Replaced by something visible: C0 and C1 controls and DEL (ECMA-48), the bidirectional controls (UAX #9), line and
 * paragraph separators, tag characters, and halves of surrogate pairs. Joiners stay: scripts and emoji need them.
 */

/** Where the Control Pictures block shows U+0000. */
const CONTROL_PICTURES = 0x2400;
const DELETE = 0x7f;
const DELETE_PICTURE = '\u2421';
const LAST_C0 = 0x1f;
const REPLACEMENT = '\ufffd';

const BREAKS = /\r\n|[\u2028\u2029\u0085]/g;
/** All but tab and newline. */
const UNSAFE = /(?![\t\n])[\p{Cc}\p{Surrogate}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\u{e0000}-\u{e007f}]/gu;

/** Safe to print; line breaks and tabs stay. */
export function printable(text: string): string {
  return text.replace(BREAKS, '\n').replace(UNSAFE, picture);
}

/** Safe to print on one line; line breaks become ⏎ and tabs a space. */
export function printableLine(text: string): string {
  return printable(text).replaceAll('\n', '⏎').replaceAll('\t', ' ');
}

/** At most `length` characters of one safe line; more is cut, and said so with an ellipsis. */
export function shortLine(text: string, length: number): string {
  const line = printableLine(text);
  const characters = Array.from(line.slice(0, length * 2 + 2));
  return characters.length > length ? `${characters.slice(0, Math.max(0, length - 1)).join('')}…` : line;
}

/** JSON on one line whose strings hold nothing that a terminal obeys; the value is the same when parsed. */
export function jsonLine(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function picture(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code <= LAST_C0) return String.fromCodePoint(CONTROL_PICTURES + code);
  if (code === DELETE) return DELETE_PICTURE;
  if (code >= 0xd800 && code <= 0xdfff) return REPLACEMENT;
  return `\\u{${code.toString(16)}}`;
}
