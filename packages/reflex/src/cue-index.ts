/**
 * Where in a text words begin that may be cues. A pattern of many words that is tried on the surroundings of every candidate costs more than
 * all else; most of the time no word around begins as one of them does, which is known here after one pass over the text.
 */
import { codeUnitsOf } from './code-units.ts';

/** Words that tell something of what stands near them. */
export interface Cue {
  /** Whole words; no `g` flag. */
  readonly pattern: RegExp;
  /**
   * How each word that the pattern can begin with begins, parted by blanks: its first four ASCII letters in lower case, `/` for a dot or slash in
   * the second place, and `.` for all from the first other character on. `~...` is any word that begins beyond ASCII, or an apostrophe.
   */
  readonly beginnings: string;
  /** One of 16 bits, its own among the cues of its table. */
  readonly bit: number;
}

/** By hash of a beginning: the bits of all cues with a word that begins so. */
export type CueTable = Uint16Array;

export function cueTable(cues: readonly Cue[]): CueTable {
  const table = new Uint16Array(1 << HASH_BITS);
  for (const { beginnings, bit } of cues) {
    for (const beginning of beginnings.split(' ')) {
      const [first = 0, second = 0, third = 0, fourth = 0] = Array.from(beginning, letterNamed);
      const place = hashOf(first, second, third, fourth);
      table[place] = (table[place] ?? 0) | bit;
    }
  }
  return table;
}

const HASH_BITS = 13;
const SPREAD = 0x9e3779b1 | 0;

function hashOf(first: number, second: number, third: number, fourth: number): number {
  return Math.imul((first << 15) | (second << 10) | (third << 5) | fourth, SPREAD) >>> (32 - HASH_BITS);
}

/** Beside 1 to 26 for ASCII letters of either case, and 0 for everything else. */
const BEYOND_ASCII = 27;
const DOT_OR_SLASH = 28;

function letterNamed(name: string): number {
  if (name === '~') return BEYOND_ASCII;
  return name === '/' ? DOT_OR_SLASH : letterOf(name.charCodeAt(0));
}

function letterOf(code: number): number {
  const letter = code & 31;
  return code >= 0x41 && code < 0x7b && letter > 0 && letter <= 26 ? letter : 0;
}

/** Of one text. The pass is made when somebody asks first. */
export class CueIndex {
  private readonly text: string;
  private readonly table: CueTable;
  private starts: readonly number[] | null = null;
  private bits: readonly number[] = [];

  constructor(text: string, table: CueTable) {
    this.text = text;
    this.table = table;
  }

  /** The bits of all cues that may have a word that begins in the stretch, end exclusive. */
  between(from: number, end: number): number {
    const starts = this.starts ?? this.find();
    let low = 0;
    let high = starts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((starts[middle] ?? 0) < from) low = middle + 1;
      else high = middle;
    }
    let bits = 0;
    for (; low < starts.length && (starts[low] ?? end) < end; low++) bits |= this.bits[low] ?? 0;
    return bits;
  }

  private find(): readonly number[] {
    const { table } = this;
    const { length } = this.text;
    const codes = codeUnitsOf(this.text);
    const starts: number[] = [];
    const bits: number[] = [];
    const beyond = table[hashOf(BEYOND_ASCII, 0, 0, 0)] ?? 0;
    let inWord = false;
    let wasCapital = false;
    for (let at = 0; at < length; at++) {
      const code = codes[at] ?? 0;
      const isLetter = LETTERS[code] === 1;
      const isCapital = code < SMALL_LETTERS;
      let found = 0;
      // A capital behind a small letter begins a word in a name: userDriverLicense.
      if (!isLetter) found = code >= 0x80 || code === APOSTROPHE ? beyond : 0;
      else if (!inWord || (isCapital && !wasCapital)) found = table[beginningAt(codes, at)] ?? 0;
      if (found !== 0) {
        starts.push(at);
        bits.push(found);
      }
      inWord = isLetter;
      wasCapital = isCapital;
    }
    this.starts = starts;
    this.bits = bits;
    return starts;
  }
}

const APOSTROPHE = 0x27;
const SMALL_LETTERS = 0x61;
const DOT = 0x2e;
const SLASH = 0x2f;

/** 1 for ASCII letters. */
const LETTERS = Uint8Array.from({ length: 128 }, (_, code) => (letterOf(code) > 0 ? 1 : 0));

function beginningAt(codes: Uint16Array, at: number): number {
  const first = letterOf(codes[at] ?? 0);
  const code = codes[at + 1] ?? 0;
  const second = code === DOT || code === SLASH ? DOT_OR_SLASH : letterOf(code);
  const third = second === 0 ? 0 : letterOf(codes[at + 2] ?? 0);
  return hashOf(first, second, third, third === 0 ? 0 : letterOf(codes[at + 3] ?? 0));
}
