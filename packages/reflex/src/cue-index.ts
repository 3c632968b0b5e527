/**
 * Where in a text words begin that may be cues. A pattern of many words that is tried on the surroundings of every candidate costs more than
 * all else; most of the time no word around begins as one of them does, which is known here after one pass over the text.
 */
import { isLetter } from './ascii.ts';
import { codeUnitsOf } from './code-units.ts';

export interface CueWords {
  /** Whole words; no `g` flag. */
  readonly pattern: RegExp;
  /**
   * How each word that the pattern can begin with begins, parted by blanks: its first four ASCII letters in lower case, `/` for a dot or slash in
   * the second place, and `.` for all from the first other character on. One that begins with no ASCII letter is that character alone.
   */
  readonly beginnings: string;
  /** One of 16 bits, its own among the cues of its table. */
  readonly bit: number;
}

/** Words that tell something of what stands near them. */
export interface Cue extends CueWords {
  /** The same pattern, to be tried in one place. */
  readonly here: RegExp;
}

/** The bits of any cue: what is known of a place where nobody looked. */
export const ANY_CUE = -1;

export function cue(words: CueWords): Cue {
  return { ...words, here: new RegExp(words.pattern.source, 'iy') };
}

export interface CueTable {
  /** By hash of a beginning: the bits of all cues with a word that begins so. */
  readonly beginnings: Uint16Array;
  /** By code unit, for words that begin with no ASCII letter. */
  readonly others: ReadonlyMap<number, number>;
}

export function cueTable(cues: readonly CueWords[]): CueTable {
  const table = new Uint16Array(1 << HASH_BITS);
  const others = new Map<number, number>();
  for (const { beginnings, bit } of cues) {
    for (const beginning of beginnings.split(' ')) {
      const [first = 0, second = 0, third = 0, fourth = 0] = Array.from(beginning, letterNamed);
      const place = hashOf(first, second, third, fourth);
      if (first > 0) table[place] = (table[place] ?? 0) | bit;
      else others.set(beginning.charCodeAt(0), (others.get(beginning.charCodeAt(0)) ?? 0) | bit);
    }
  }
  return { beginnings: table, others };
}

const HASH_BITS = 13;
const SPREAD = 0x9e3779b1 | 0;

function hashOf(first: number, second: number, third: number, fourth: number): number {
  return Math.imul((first << 15) | (second << 10) | (third << 5) | fourth, SPREAD) >>> (32 - HASH_BITS);
}

/** Beside 1 to 26 for ASCII letters of either case, and 0 for everything else. */
const DOT_OR_SLASH = 27;

function letterNamed(name: string): number {
  return name === '/' ? DOT_OR_SLASH : letterOf(name.charCodeAt(0));
}

function letterOf(code: number): number {
  return isLetter(code) ? code & 31 : 0;
}

/** Of the first that is not below `from`. */
function placeOf(starts: readonly number[], from: number): number {
  let low = 0;
  let high = starts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((starts[middle] ?? 0) < from) low = middle + 1;
    else high = middle;
  }
  return low;
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
    let bits = 0;
    for (let place = placeOf(starts, from); place < starts.length && (starts[place] ?? end) < end; place++)
      bits |= this.bits[place] ?? 0;
    return bits;
  }

  /**
   * Where the first of the cue's words in the stretch begins, and behind it ends, no later than the stretch; -1 where there is none. The end is the
   * `lastIndex` of the cue's `here`.
   */
  first({ bit, here }: Cue, from: number, end: number): number {
    const starts = this.starts ?? this.find();
    for (let place = placeOf(starts, from); place < starts.length; place++) {
      const start = starts[place] ?? end;
      if (start >= end) break;
      if (((this.bits[place] ?? 0) & bit) === 0) continue;
      here.lastIndex = start;
      if (here.test(this.text) && here.lastIndex <= end) return start;
    }
    return -1;
  }

  private find(): readonly number[] {
    const { beginnings, others } = this.table;
    const { length } = this.text;
    const codes = codeUnitsOf(this.text);
    const starts: number[] = [];
    const bits: number[] = [];
    let before = NO_LETTER;
    for (let at = 0; at < length; at++) {
      const code = codes[at] ?? 0;
      const kind = kinds[code] ?? OTHER;
      // Inside a word. A capital behind a small letter begins one in a name: userDriverLicense.
      if (kind === SMALL ? before >= SMALL : kind === CAPITAL && before === CAPITAL) {
        before = kind;
        continue;
      }
      before = kind;
      if (kind === NO_LETTER) continue;
      const found = kind === OTHER ? others.get(code) : beginnings[beginningAt(codes, at)];
      if (!found) continue;
      starts.push(at);
      bits.push(found);
    }
    this.starts = starts;
    this.bits = bits;
    return starts;
  }
}

const NO_LETTER = 0;
/** Not in ASCII, or an apostrophe: may begin a cue of its own. */
const OTHER = 1;
const SMALL = 2;
const CAPITAL = 3;

const APOSTROPHE = 0x27;
const DOT = 0x2e;
const SLASH = 0x2f;
const SMALL_LETTERS = 0x61;

/** By ASCII character. */
const kinds = Uint8Array.from({ length: 128 }, (_, code) => {
  if (letterOf(code) > 0) return code < SMALL_LETTERS ? CAPITAL : SMALL;
  return code === APOSTROPHE ? OTHER : NO_LETTER;
});

function beginningAt(codes: Uint16Array, at: number): number {
  const first = letterOf(codes[at] ?? 0);
  const code = codes[at + 1] ?? 0;
  const second = code === DOT || code === SLASH ? DOT_OR_SLASH : letterOf(code);
  const third = second === 0 ? 0 : letterOf(codes[at + 2] ?? 0);
  return hashOf(first, second, third, third === 0 ? 0 : letterOf(codes[at + 3] ?? 0));
}
