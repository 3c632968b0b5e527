import { keptSpace } from '../../kept-space.ts';

/** The arrays that one look at a text fills and the next one uses again. */
export class Scratch {
  /** By token. No text has more tokens than code units. */
  readonly words: Int32Array;
  readonly stems: Int32Array;
  readonly starts: Int32Array;
  readonly stops: Int32Array;
  readonly concepts: Uint8Array;
  /** The same with quotations as tokens of their own (features.ts). */
  readonly placedStarts: Int32Array;
  readonly placedStops: Int32Array;
  readonly placedConcepts: Uint8Array;
  /** By token: how many slots there are up to its end. */
  readonly ends: Int32Array;
  /** Of the features of all tokens; reserveSlots makes room. */
  slots: Int32Array = new Int32Array(0);
  /** By token: the sum of all weights before it. */
  readonly sums: Float64Array;
  /** Tokens that are triggers of rules, ascending. */
  readonly triggers: Int32Array;

  constructor(characters: number) {
    const room = characters + 1;
    this.words = new Int32Array(room);
    this.stems = new Int32Array(room);
    this.starts = new Int32Array(room);
    this.stops = new Int32Array(room);
    this.concepts = new Uint8Array(room);
    this.placedStarts = new Int32Array(room);
    this.placedStops = new Int32Array(room);
    this.placedConcepts = new Uint8Array(room);
    this.ends = new Int32Array(room + 1);
    this.sums = new Float64Array(room + 1);
    this.triggers = new Int32Array(room);
  }

  reserveSlots(most: number): void {
    if (this.slots.length < most) this.slots = new Int32Array(most * 2);
  }
}

/** With room for a text of so many code units. */
export const scratchFor = keptSpace((characters) => new Scratch(characters));
