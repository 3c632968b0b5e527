/**
 * A text as a linear model sees it: for each token the slots of its features in a table of weights.
 *
 * Features of a token: the word, the word with the one before, with the two before; the word's stem, and with the stem before; and, where
 * the word says one of the concepts of concept-words.ts, the concept and its pairs with the last concepts said. All are hashed; a
 * collision costs accuracy, nothing else.
 */
import type { Span } from '../../verdict.ts';
import { HASH_START, hashCharacter } from './hash.ts';
import { type Scratch, scratchFor } from './scratch.ts';
import type { Tokens } from './tokens.ts';

/** Slots of the table of weights: a power of two. */
export const SLOTS = 131_072;

/** The arrays hold until the next text is read (scratch.ts); `kept` copies them. */
export interface Features {
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
}

/** Of its words three, of its stems two, of its concepts six. */
const MOST_FEATURES = 11;
/** Two concepts make a pair when at most this many tokens lie between them. */
const PAIR_DISTANCE = 10;

const BIGRAM = 0x9e3779b1 | 0;
const TRIGRAM = 0x7f4a7c15 | 0;
const STEM = 0x1234567;
const CONCEPT = 0x51ed270b | 0;
const PAIR = 0x2545f491 | 0;
const QUOTED = 0x6c62272e;
/** Stands for a quotation among the words outside. */
const QUOTATION = hashCharacter(HASH_START, 0x22);

/**
 * Words inside the `quoted` spans (ascending, without overlaps) are other features than the same words outside, and the quotation itself
 * is a word of the text around it.
 */
export function featuresOf(tokens: Tokens, quoted: readonly Span[] = []): Features {
  const builder = new Builder(tokens, quoted.length);
  let next = 0;
  for (const { position, length } of quoted) {
    next = builder.addUntil(next, position);
    builder.enterQuotation(position);
    next = builder.addUntil(next, position + length);
    builder.leaveQuotation();
  }
  builder.addUntil(next, Number.POSITIVE_INFINITY);
  return builder.features();
}

class Builder {
  private readonly source: Tokens;
  private readonly scratch: Scratch;
  private readonly quotes: boolean;
  private tokens = 0;
  private used = 0;
  private salt = 0;
  /** Words and stem before the quotation. */
  private outside: readonly [last: number, beforeLast: number, stem: number] = [0, 0, 0];
  private last = 0;
  private beforeLast = 0;
  private lastStem = 0;
  /** The last two concepts and the numbers of their tokens. */
  private concept1 = 0;
  private token1 = 0;
  private concept2 = 0;
  private token2 = 0;

  constructor(source: Tokens, quotations: number) {
    this.source = source;
    this.quotes = quotations > 0;
    this.scratch = scratchFor(source.count + quotations);
    this.scratch.reserveSlots((source.count + quotations) * MOST_FEATURES);
  }

  /** The tokens from `next` on that begin before `end`; gives the first that does not. */
  addUntil(next: number, end: number): number {
    const { count, words, stems, starts, stops, concepts } = this.source;
    const { slots, ends } = this.scratch;
    const { salt } = this;
    let { last, beforeLast, lastStem, used } = this;
    let token = next;
    for (; token < count && (starts[token] ?? 0) < end; token++) {
      const hash = (words[token] ?? 0) ^ salt;
      const stem = (stems[token] ?? 0) ^ salt ^ STEM;
      slots[used++] = slotOf(hash);
      slots[used++] = slotOf(stem);
      if (lastStem !== 0) slots[used++] = slotOf(Math.imul(stem, BIGRAM) ^ lastStem);
      if (last !== 0) {
        const pair = Math.imul(hash, BIGRAM) ^ last;
        slots[used++] = slotOf(pair);
        if (beforeLast !== 0) slots[used++] = slotOf(Math.imul(pair, TRIGRAM) ^ beforeLast);
      }
      const concept = concepts[token] ?? 0;
      if (concept !== 0) used = this.addConcept(concept, used);
      beforeLast = last;
      last = hash;
      lastStem = stem;
      if (this.quotes) this.place(starts[token] ?? 0, stops[token] ?? 0, salt === 0 ? concept : 0);
      this.tokens += 1;
      ends[this.tokens] = used;
    }
    this.last = last;
    this.beforeLast = beforeLast;
    this.lastStem = lastStem;
    this.used = used;
    return token;
  }

  /** With quotations the tokens are more than those of the source. */
  private place(start: number, stop: number, concept: number): void {
    const { placedStarts, placedStops, placedConcepts } = this.scratch;
    placedStarts[this.tokens] = start;
    placedStops[this.tokens] = stop;
    placedConcepts[this.tokens] = concept;
  }

  enterQuotation(position: number): void {
    const { slots, ends } = this.scratch;
    const stem = QUOTATION ^ STEM;
    slots[this.used++] = slotOf(QUOTATION);
    slots[this.used++] = slotOf(stem);
    if (this.lastStem !== 0) slots[this.used++] = slotOf(Math.imul(stem, BIGRAM) ^ this.lastStem);
    if (this.last !== 0) slots[this.used++] = slotOf(Math.imul(QUOTATION, BIGRAM) ^ this.last);
    this.place(position, position + 1, 0);
    this.tokens += 1;
    ends[this.tokens] = this.used;
    this.outside = [QUOTATION, this.last, stem];
    this.last = 0;
    this.beforeLast = 0;
    this.lastStem = 0;
    this.salt = QUOTED;
  }

  leaveQuotation(): void {
    [this.last, this.beforeLast, this.lastStem] = this.outside;
    this.salt = 0;
  }

  /** Concepts hold in every language, so they weigh twice. Gives the number of slots then used. */
  private addConcept(concept: number, from: number): number {
    const { tokens, concept1, token1, concept2, token2 } = this;
    let used = this.pushTwice(Math.imul(concept, CONCEPT), from);
    if (concept1 !== 0 && tokens - token1 <= PAIR_DISTANCE)
      used = this.pushTwice(Math.imul(concept1 * 64 + concept, PAIR), used);
    if (concept2 !== 0 && tokens - token2 <= PAIR_DISTANCE)
      used = this.pushTwice(Math.imul(concept2 * 64 + concept, PAIR), used);
    if (concept !== concept1) {
      this.concept2 = concept1;
      this.token2 = token1;
    }
    this.concept1 = concept;
    this.token1 = tokens;
    return used;
  }

  private pushTwice(hash: number, used: number): number {
    const { slots } = this.scratch;
    const slot = slotOf(hash ^ this.salt);
    slots[used] = slot;
    slots[used + 1] = slot;
    return used + 2;
  }

  features(): Features {
    const { tokens, quotes, source } = this;
    const { slots, ends, placedStarts, placedStops, placedConcepts } = this.scratch;
    if (!quotes) return { tokens, slots, ends, starts: source.starts, stops: source.stops, concepts: source.concepts };
    return { tokens, slots, ends, starts: placedStarts, stops: placedStops, concepts: placedConcepts };
  }
}

/** The same in arrays of its own, to be kept while other texts are read. */
export function kept(features: Features): Features {
  const { tokens, slots, ends, starts, stops, concepts } = features;
  return {
    tokens,
    slots: slots.slice(0, ends[tokens]),
    ends: ends.slice(0, tokens + 1),
    starts: starts.slice(0, tokens),
    stops: stops.slice(0, tokens),
    concepts: concepts.slice(0, tokens),
  };
}

/** Multiplicative hashing (Knuth, The Art of Computer Programming 3, 6.4): the high bits of the product. */
function slotOf(hash: number): number {
  return Math.imul(hash ^ (hash >>> 15), SPREAD) >>> SHIFT;
}

const SPREAD = 0x85ebca6b | 0;
/** Leaves as many bits as SLOTS has. */
const SHIFT = 15;
