import { isAlphanumeric, isDigit, isLetter } from '../../ascii.ts';
import { type View, ViewBuilder } from './view.ts';

const PAIRS = ['0o', '1i', '3e', '4a', '5s', '6g', '7t', '8b', '9g', '@a', '$s', '!i', '|l', '+t'];
/** By the code of a sign or digit: the letter that it stands for; 0 for none. A table, since every character of a text is looked up. */
const LETTERS = Uint8Array.from({ length: 0x80 }, (_, code) => {
  const pair = PAIRS.find((one) => one.charCodeAt(0) === code);
  return pair === undefined ? 0 : pair.charCodeAt(1);
});

/** The text with digits and signs inside words read as letters (`1gn0r3` as `ignore`); words of digits only stay, short ones do not. */
export function undoLeet(text: string): View {
  const builder = new ViewBuilder(text.length);
  let at = 0;
  while (at < text.length) {
    if (!isLeet(text.charCodeAt(at))) {
      builder.add(text.charCodeAt(at), at, at + 1);
      at += 1;
      continue;
    }
    const start = at;
    let letters = 0;
    while (at < text.length && isLeet(text.charCodeAt(at))) {
      if (isLetter(text.charCodeAt(at))) letters += 1;
      at += 1;
    }
    for (let place = start; place < at; place++) builder.add(readAs(text, place, start, at, letters), place, place + 1);
  }
  return builder.view();
}

/** A sign at the end of a word is punctuation. */
function readAs(text: string, at: number, start: number, end: number, letters: number): number {
  const code = text.charCodeAt(at);
  const letter = LETTERS[code] ?? 0;
  const short = end - start <= LONGEST_NUMBER_WORD;
  if (letter === 0 || (letters === 0 && !short)) return code;
  return isDigit(code) || (at + 1 < end && isAlphanumeric(text.charCodeAt(at + 1))) ? letter : code;
}

/** `7h3` has a letter, `1337` and `50` do not: up to this length a word of digits is read as letters too. */
const LONGEST_NUMBER_WORD = 4;

function isLeet(code: number): boolean {
  return isAlphanumeric(code) || (LETTERS[code] ?? 0) > 0;
}
