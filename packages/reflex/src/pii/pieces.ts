import { isAlphanumeric, isWordCharacter } from '../ascii.ts';
import type { Run, Subject } from './lexemes.ts';

/** Whole words of letters and digits inside the long tokens, of `least` to `most` characters; not parts of snake_case names. */
export function* pieces({ text, lexemes }: Subject, least: number, most: number): Generator<Run> {
  for (const token of lexemes.tokens) {
    if (token.end - token.start < least) continue;
    let start = token.start;
    for (let at = token.start; at <= token.end; at++) {
      if (at < token.end && isAlphanumeric(text.charCodeAt(at))) continue;
      const length = at - start;
      if (
        length >= least &&
        length <= most &&
        !isWordCharacter(text.charCodeAt(start - 1)) &&
        text.charCodeAt(at) !== UNDERSCORE
      ) {
        yield { start, end: at };
      }
      start = at + 1;
    }
  }
}

const UNDERSCORE = 0x5f;
