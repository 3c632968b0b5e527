/**
 * A text as words: one pass that finds each word's hash, the hash of its beginning, what it says of what attacks are about and where
 * the rules have to look. Later steps look at tokens, not at characters.
 */
import { codeUnitsOf } from '../../code-units.ts';
import { DIGIT, IDEOGRAPH, KINDS, LETTER, LETTERS, OTHER } from './characters.ts';
import { BEGINNING, BEGINNINGS, type ConceptTable, conceptAt, GOES_ON, JOINT, STEM, WHOLE } from './concepts.ts';
import { HASH_START, hashCharacter, PRIME } from './hash.ts';
import { scratchFor } from './scratch.ts';

/** The arrays hold until the next text is read (scratch.ts). */
export interface Tokens {
  readonly count: number;
  /** By token: the hash of the word in lower case; that of NUMBER for digits. */
  readonly words: Int32Array;
  /** By token: the hash of the word's first letters. */
  readonly stems: Int32Array;
  /** By token: where it begins in the text, and where it ends. */
  readonly starts: Int32Array;
  readonly stops: Int32Array;
  /** By token: the number of its concept, 0 for none; ROTATED and REVERSED too. */
  readonly concepts: Uint8Array;
  /** The tokens that may be one of the words asked for, ascending. */
  readonly triggers: Int32Array;
  readonly triggerCount: number;
}

/** Words looked for while the text is read: a byte by the low bits of a word's hash. */
export type WordFilter = Uint8Array;
const FILTER = 65_536;

export function wordFilter(words: Iterable<string>): WordFilter {
  const filter = new Uint8Array(FILTER);
  for (const word of words) filter[wordHash(word) & (FILTER - 1)] = 1;
  return filter;
}

/** As tokens have it; of the first LONGEST_WORD letters. */
export function wordHash(word: string): number {
  let hash = HASH_START;
  for (let at = 0; at < Math.min(word.length, LONGEST_WORD); at++) hash = hashCharacter(hash, word.charCodeAt(at));
  return hash;
}

/** Letters of a word that count as its stem; a shorter word is its own. */
const STEM_LETTERS = 4;
/** Characters of a word that are hashed. */
const LONGEST_WORD = 32;
/** Longest entry of concept-words.ts in a script without blanks. */
const LONGEST_IDEOGRAPHS = 16;
export const NUMBER = hashCharacter(HASH_START, 0x30);

/** As names of this module the engine takes them for constants, which it does not for those of another. */
const kinds = KINDS;
const letters = LETTERS;
const prime = PRIME;

/** One loop with everything in local variables: each character of each text passes here. */
export function tokensOf(text: string, table: ConceptTable, filter: WordFilter): Tokens {
  const scratch = scratchFor(text.length);
  const { words, stems, starts, stops, concepts, triggers } = scratch;
  const { beginnings } = table;
  const { length } = text;
  const codes = codeUnitsOf(text);
  let count = 0;
  let triggerCount = 0;
  let at = 0;
  while (at < length) {
    const code = codes[at] ?? 0;
    const kind = kinds[code] ?? OTHER;
    const start = at;
    at += 1;
    if (kind === OTHER) continue;
    let word = HASH_START;
    let stem = 0;
    let concept = 0;
    if (kind === LETTER) {
      let letter = letters[code] ?? 0;
      word = Math.imul(word ^ letter, prime);
      // The 0 behind the text is no letter.
      for (const end = start + BEGINNING; at < end && (letter = letters[codes[at] ?? 0] ?? 0) !== 0; at += 1)
        word = Math.imul(word ^ letter, prime);
      const beginning = word;
      for (const end = start + STEM_LETTERS; at < end && (letter = letters[codes[at] ?? 0] ?? 0) !== 0; at += 1)
        word = Math.imul(word ^ letter, prime);
      stem = word;
      for (const end = start + LONGEST_WORD; at < end && (letter = letters[codes[at] ?? 0] ?? 0) !== 0; at += 1)
        word = Math.imul(word ^ letter, prime);
      while (letter !== 0 && letters[codes[at] ?? 0] !== 0) at += 1;
      // What begins no entry of the concepts is not looked up any further: three in four words.
      if (beginnings[beginning & (BEGINNINGS - 1)] === 1) concept = conceptOfWord(codes, start, at, word, table);
      if (filter[word & (FILTER - 1)] === 1) triggers[triggerCount++] = count;
    } else if (kind === DIGIT) {
      while (kinds[codes[at] ?? 0] === DIGIT) at += 1;
      word = NUMBER;
    } else {
      word = Math.imul(word ^ code, prime);
      concept = conceptOfIdeographs(codes, start, table);
    }
    words[count] = word;
    stems[count] = stem === 0 ? word : stem;
    starts[count] = start;
    stops[count] = at;
    concepts[count] = concept;
    count += 1;
  }
  return { count, words, stems, starts, stops, concepts, triggers, triggerCount };
}

/** The whole word's, else that of its longest beginning (of two letters and more), else that of it and the words behind it. */
function conceptOfWord(codes: Uint16Array, start: number, stop: number, whole: number, table: ConceptTable): number {
  const found = conceptAt(table, whole);
  if ((found & WHOLE) !== 0) return found & 0xff;
  let concept = 0;
  let hash = HASH_START;
  const end = Math.min(stop, start + LONGEST_WORD);
  for (let at = start; at < end; at++) {
    hash = hashCharacter(hash, letters[codes[at] ?? 0] ?? 0);
    const begun = at > start ? conceptAt(table, hash) : 0;
    if ((begun & STEM) !== 0) concept = begun & 0xff;
  }
  return concept === 0 ? conceptOfWords(codes, stop, hashCharacter(whole, JOINT), table) : concept;
}

/** Of an entry with several words, of which the first ended at `from`. */
function conceptOfWords(codes: Uint16Array, from: number, begun: number, table: ConceptTable): number {
  let hash = begun;
  let at = from;
  // What stands behind the text is of another one, and stands behind a 0, which is no blank.
  while (isBlank(codes[at] ?? 0) && (conceptAt(table, hash) & GOES_ON) !== 0) {
    at += 1;
    for (const start = at; at - start < LONGEST_WORD; at++) {
      const letter = letters[codes[at] ?? 0] ?? 0;
      if (letter === 0) break;
      hash = hashCharacter(hash, letter);
      const found = conceptAt(table, hash);
      if ((found & (STEM | WHOLE)) !== 0) return found & 0xff;
    }
    hash = hashCharacter(hash, JOINT);
  }
  return 0;
}

function isBlank(code: number): boolean {
  return code <= 0x20 && code !== 0;
}

function conceptOfIdeographs(codes: Uint16Array, start: number, table: ConceptTable): number {
  let hash = HASH_START;
  let concept = 0;
  for (let at = start; at < start + LONGEST_IDEOGRAPHS; at++) {
    const code = codes[at] ?? 0;
    if (kinds[code] !== IDEOGRAPH) break;
    hash = hashCharacter(hash, code);
    const found = conceptAt(table, hash);
    if ((found & (STEM | WHOLE)) !== 0) concept = found & 0xff;
    if ((found & GOES_ON) === 0) break;
  }
  return concept;
}
