import { isAlphanumeric } from '../../ascii.ts';
import { type View, ViewBuilder } from './view.ts';

/** As many single letters in a row make a text that is spelled out. */
const LEAST_LETTERS = 6;
const SEPARATORS = ' -._*|/~';

/** Stretches written letter by letter (`i g n o r e`, `i-g-n-o-r-e`) put together; null when there are none. */
export function undoSpelling(text: string): View | null {
  let builder: ViewBuilder | null = null;
  let at = 0;
  while (at < text.length) {
    const end = spelledEnd(text, at);
    if (end === null) {
      at += 1;
      continue;
    }
    builder ??= new ViewBuilder(text.length);
    for (let letter = at; letter < end; letter += 2) builder.add(text.charCodeAt(letter), letter, letter + 1);
    if (end < text.length) builder.add(0x20, end, end);
    at = end + 1;
  }
  return builder?.view() ?? null;
}

/** Where a row of characters with one and the same separator after each ends; null when too few letters are among them. */
function spelledEnd(text: string, start: number): number | null {
  const separator = text.charAt(start + 1);
  if (separator === '' || !SEPARATORS.includes(separator)) return null;
  if (!isAlphanumeric(text.charCodeAt(start)) || isAlphanumeric(text.charCodeAt(start - 1))) return null;
  let letters = 0;
  let at = start;
  for (; at < text.length; at += 2) {
    if (isAlphanumeric(text.charCodeAt(at))) letters += 1;
    if (text.charAt(at + 1) !== separator) {
      at += 1;
      break;
    }
  }
  return letters >= LEAST_LETTERS ? Math.min(at, text.length) : null;
}
