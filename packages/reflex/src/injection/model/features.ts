/**
 * A text as a linear model sees it: for each token the slots of its features in a table of weights.
 *
 * Features of a token: the word, the word with the one before, with the two before; and, where the word says one of the concepts of
 * concept-words.ts, the concept and its pairs with the last concepts said. All are hashed; a collision costs accuracy, nothing else.
 */
import type { Span } from '../../verdict.ts';
import { DIGIT, IDEOGRAPH, kindOf, LETTER, lowerOf, OTHER } from './characters.ts';
import { type ConceptTable, conceptAt, GOES_ON, JOINT, REVERSED, ROTATED, STEM, WHOLE } from './concepts.ts';
import { HASH_START, hashCharacter, spread } from './hash.ts';

/** Slots of the table of weights: a power of two. */
export const SLOTS = 65_536;

export interface Features {
  /** Number of tokens. */
  readonly tokens: number;
  /** The slots of all tokens, one after the other. */
  readonly slots: Int32Array;
  /** By token: how many slots there are up to its end. Entry 0 is 0, entry `tokens` all of them. */
  readonly ends: Int32Array;
  /** By token: where it begins in the text, and where it ends. */
  readonly starts: Int32Array;
  readonly stops: Int32Array;
  /** By token: the number of its concept, 0 for none and inside quotations. */
  readonly concepts: Uint8Array;
  readonly signs: Signs;
}

/** What hints at hidden text. */
export interface Signs {
  /** Most tokens of a single letter in a row. */
  readonly spelled: number;
  /** Words with digits before letters (`1gn0re`, not `b2`). */
  readonly mixed: number;
  /** Words that are common ones in ROT13. */
  readonly rotated: number;
  /** Words that are common ones backwards. */
  readonly reversed: number;
  /** Where words of letters and digits of at least LONG_WORD characters begin, ascending. */
  readonly longWords: readonly number[];
}

/** Shortest stretch of letters and digits that may be text in base64 or hexadecimal. */
const LONG_WORD = 16;
/** A token has at most three features of its words and three of its concepts. */
const MOST_FEATURES = 9;
/** What most texts need. */
const USUAL_FEATURES = 4;
/** Characters of a word that are hashed. */
const LONGEST_WORD = 32;
/** Longest entry of concept-words.ts in a script without blanks. */
const LONGEST_IDEOGRAPHS = 16;
/** Two concepts make a pair when at most this many tokens lie between them. */
const PAIR_DISTANCE = 10;

const BIGRAM = 0x9e3779b1 | 0;
const TRIGRAM = 0x7f4a7c15 | 0;
const CONCEPT = 0x51ed270b | 0;
const PAIR = 0x2545f491 | 0;
const QUOTED = 0x6c62272e;
const NUMBER = hashCharacter(HASH_START, 0x30);
/** Stands for a quotation among the words outside. */
const QUOTATION = hashCharacter(HASH_START, 0x22);

/** Words inside the `quoted` spans (ascending, without overlaps) are other features than the same words outside. */
export function featuresOf(text: string, table: ConceptTable, quoted: readonly Span[] = []): Features {
  const builder = new Builder(text.length);
  let at = 0;
  for (const { position, length } of quoted) {
    at = addTokens(text, at, position, table, builder);
    builder.enterQuotation(position);
    at = addTokens(text, at, position + length, table, builder);
    builder.leaveQuotation();
  }
  addTokens(text, at, text.length, table, builder);
  return builder.features();
}

/** Of everything that begins before `end`; gives where the last of it ends. */
function addTokens(text: string, from: number, end: number, table: ConceptTable, builder: Builder): number {
  let at = from;
  while (at < end) {
    const kind = kindOf(text.charCodeAt(at));
    if (kind === OTHER) at += 1;
    else if (kind === LETTER) at = addWord(text, at, table, builder);
    else if (kind === DIGIT) {
      const start = at;
      while (at < end && kindOf(text.charCodeAt(at)) === DIGIT) at += 1;
      builder.addNumber(start, at);
    } else {
      const code = text.charCodeAt(at);
      builder.add(hashCharacter(HASH_START, code), conceptOfIdeographs(text, at, table), at, at + 1);
      at += 1;
    }
  }
  return at;
}

function addWord(text: string, start: number, table: ConceptTable, builder: Builder): number {
  let hash = HASH_START;
  let concept = 0;
  let at = start;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (kindOf(code) !== LETTER) break;
    if (at - start >= LONGEST_WORD) continue;
    hash = hashCharacter(hash, lowerOf(code));
    if (at > start) {
      const found = conceptAt(table, hash);
      if ((found & STEM) !== 0) concept = found & 0xff;
    }
  }
  const whole = conceptAt(table, hash);
  if ((whole & WHOLE) !== 0) concept = whole & 0xff;
  if (concept === 0) concept = conceptOfWords(text, at, hashCharacter(hash, JOINT), table);
  builder.add(hash, concept, start, at);
  return at;
}

/** Of an entry with several words, of which the first ended at `at`. */
function conceptOfWords(text: string, from: number, begun: number, table: ConceptTable): number {
  let hash = begun;
  let at = from;
  while ((conceptAt(table, hash) & GOES_ON) !== 0 && text.charCodeAt(at) <= 0x20) {
    at += 1;
    for (const start = at; at < text.length && at - start < LONGEST_WORD; at++) {
      const code = text.charCodeAt(at);
      if (kindOf(code) !== LETTER) break;
      hash = hashCharacter(hash, lowerOf(code));
      const found = conceptAt(table, hash);
      if ((found & (STEM | WHOLE)) !== 0) return found & 0xff;
    }
    hash = hashCharacter(hash, JOINT);
  }
  return 0;
}

function conceptOfIdeographs(text: string, start: number, table: ConceptTable): number {
  let hash = HASH_START;
  let concept = 0;
  const end = Math.min(text.length, start + LONGEST_IDEOGRAPHS);
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at);
    if (kindOf(code) !== IDEOGRAPH) break;
    hash = hashCharacter(hash, code);
    const found = conceptAt(table, hash);
    if ((found & (STEM | WHOLE)) !== 0) concept = found & 0xff;
    if ((found & GOES_ON) === 0) break;
  }
  return concept;
}

class Builder {
  private slots: Int32Array;
  private ends: Int32Array;
  private starts: Int32Array;
  private stops: Int32Array;
  private concepts: Uint8Array;
  /** Tokens for which there is room. */
  private room: number;
  private tokens = 0;
  private used = 0;
  private readonly longWords: number[] = [];
  private wordStart = 0;
  /** The last token was a number. */
  private digits = false;
  private spelledNow = 0;
  private spelled = 0;
  private mixed = 0;
  /** Where the last word counted as mixed begins. */
  private mixedWord = -1;
  private rotated = 0;
  private reversed = 0;
  private salt = 0;
  private outside: [last: number, beforeLast: number] = [0, 0];
  private last = 0;
  private beforeLast = 0;
  /** The last two concepts and the numbers of their tokens. */
  private concept1 = 0;
  private token1 = 0;
  private concept2 = 0;
  private token2 = 0;

  constructor(characters: number) {
    this.room = 16 + (characters >> 2);
    this.slots = new Int32Array(this.room * USUAL_FEATURES + MOST_FEATURES);
    this.ends = new Int32Array(this.room + 1);
    this.starts = new Int32Array(this.room);
    this.stops = new Int32Array(this.room);
    this.concepts = new Uint8Array(this.room);
  }

  /** Twice the room, where words are shorter than usual. */
  private grow(): void {
    this.room *= 2;
    this.ends = grown(this.ends, this.room + 1);
    this.starts = grown(this.starts, this.room);
    this.stops = grown(this.stops, this.room);
    const concepts = new Uint8Array(this.room);
    concepts.set(this.concepts);
    this.concepts = concepts;
  }

  /** The quotation itself is a word of the text around it. */
  enterQuotation(position: number): void {
    this.add(QUOTATION, 0, position, position + 1);
    this.outside = [this.last, this.beforeLast];
    this.last = 0;
    this.beforeLast = 0;
    this.salt = QUOTED;
  }

  leaveQuotation(): void {
    [this.last, this.beforeLast] = this.outside;
    this.salt = 0;
  }

  addNumber(start: number, stop: number): void {
    this.add(NUMBER, 0, start, stop);
    this.digits = true;
  }

  add(word: number, said: number, start: number, stop: number): void {
    if (this.tokens === this.room) this.grow();
    if (this.used + MOST_FEATURES > this.slots.length) this.slots = grown(this.slots, this.slots.length * 2);
    const { last, beforeLast } = this;
    const concept = this.noteSigns(word, said, start, stop);
    const hash = word ^ this.salt;
    this.push(hash);
    if (last !== 0) this.push(Math.imul(hash, BIGRAM) ^ last);
    if (beforeLast !== 0) this.push(Math.imul(Math.imul(hash, BIGRAM) ^ last, TRIGRAM) ^ beforeLast);
    if (concept !== 0) this.addConcept(concept);
    this.beforeLast = last;
    this.last = hash;
    this.starts[this.tokens] = start;
    this.stops[this.tokens] = stop;
    this.concepts[this.tokens] = this.salt === 0 ? concept : 0;
    this.tokens += 1;
    this.ends[this.tokens] = this.used;
    this.digits = false;
  }

  /** Gives the concept, unless the word only hints at hidden text. */
  private noteSigns(word: number, said: number, start: number, stop: number): number {
    this.spelledNow = stop - start === 1 && word !== NUMBER ? this.spelledNow + 1 : 0;
    if (this.spelledNow > this.spelled) this.spelled = this.spelledNow;
    if (this.tokens === 0 || this.stops[this.tokens - 1] !== start) this.wordStart = start;
    else if (this.digits && this.mixedWord !== this.wordStart) {
      this.mixed += 1;
      this.mixedWord = this.wordStart;
    }
    if (stop - this.wordStart >= LONG_WORD && this.longWords.at(-1) !== this.wordStart)
      this.longWords.push(this.wordStart);
    if (said === ROTATED) this.rotated += 1;
    else if (said === REVERSED) this.reversed += 1;
    else return said;
    return 0;
  }

  private addConcept(concept: number): void {
    this.push(Math.imul(concept, CONCEPT) ^ this.salt);
    this.push(Math.imul(concept, CONCEPT) ^ this.salt);
    if (this.concept1 !== 0 && this.tokens - this.token1 <= PAIR_DISTANCE) {
      this.push(Math.imul(this.concept1 * 64 + concept, PAIR) ^ this.salt);
      this.push(Math.imul(this.concept1 * 64 + concept, PAIR) ^ this.salt);
    }
    if (this.concept2 !== 0 && this.tokens - this.token2 <= PAIR_DISTANCE) {
      this.push(Math.imul(this.concept2 * 64 + concept, PAIR) ^ this.salt);
      this.push(Math.imul(this.concept2 * 64 + concept, PAIR) ^ this.salt);
    }
    if (concept !== this.concept1) {
      this.concept2 = this.concept1;
      this.token2 = this.token1;
    }
    this.concept1 = concept;
    this.token1 = this.tokens;
  }

  private push(hash: number): void {
    this.slots[this.used] = spread(hash) & (SLOTS - 1);
    this.used += 1;
  }

  features(): Features {
    const { tokens, slots, ends, starts, stops, concepts, spelled, mixed, rotated, reversed, longWords } = this;
    return { tokens, slots, ends, starts, stops, concepts, signs: { spelled, mixed, rotated, reversed, longWords } };
  }
}

function grown(array: Int32Array, length: number): Int32Array {
  const larger = new Int32Array(length);
  larger.set(array);
  return larger;
}
