import { REVERSED, ROTATED } from './concepts.ts';
import { NUMBER, type Tokens } from './tokens.ts';

/** What hints at hidden text. */
export interface Signs {
  /** Most tokens of a single letter in a row. */
  readonly spelled: number;
  /** Words with digits before letters (`1gn0re`, not `b2`). */
  readonly mixed: number;
  /** Where words stand that are common ones in ROT13, ascending. */
  readonly rotated: readonly number[];
  /** Where words stand that are common ones backwards, ascending. */
  readonly reversed: readonly number[];
  /** Where words of letters and digits of at least LONG_WORD characters begin, ascending. */
  readonly longWords: readonly number[];
}

/** Shortest stretch of letters and digits that may be text in base64 or hexadecimal. */
const LONG_WORD = 16;

/** Reads the signs off the tokens; those that only are signs say no concept any more. */
export function takeSigns({ count, words, starts, stops, concepts }: Tokens): Signs {
  const longWords: number[] = [];
  const rotated: number[] = [];
  const reversed: number[] = [];
  let [mixed, spelled, spelledNow] = [0, 0, 0];
  let [lastWord, lastStop, wordStart, mixedWord, longWord] = [0, -1, -1, -1, -1];
  for (let token = 0; token < count; token++) {
    const start = starts[token] ?? 0;
    const stop = stops[token] ?? 0;
    const word = words[token] ?? 0;
    const concept = concepts[token] ?? 0;
    if (concept >= ROTATED) {
      if (concept === ROTATED) rotated.push(start);
      else if (concept === REVERSED) reversed.push(start);
      concepts[token] = 0;
    }
    if (stop - start === 1 && word !== NUMBER) {
      spelledNow += 1;
      if (spelledNow > spelled) spelled = spelledNow;
    } else spelledNow = 0;
    if (lastStop !== start) wordStart = start;
    else if (lastWord === NUMBER && mixedWord !== wordStart) {
      mixed += 1;
      mixedWord = wordStart;
    }
    if (stop - wordStart >= LONG_WORD && longWord !== wordStart) {
      longWord = wordStart;
      longWords.push(wordStart);
    }
    lastStop = stop;
    lastWord = word;
  }
  return { spelled, mixed, rotated, reversed, longWords };
}
