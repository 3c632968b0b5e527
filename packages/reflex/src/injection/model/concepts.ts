import { IDEOGRAPH, kindOf } from './characters.ts';
import { CONCEPT_WORDS, type Concept, REVERSED_WORDS, ROTATED_WORDS } from './concept-words.ts';
import { HASH_START, hashCharacter } from './hash.ts';

/** Number of a concept, from 1 on; 0 is none. */
export type ConceptNumber = number;

/** In place of a concept: the word is written in ROT13, or backwards. */
export const ROTATED = 62;
export const REVERSED = 63;

/** By number; number 1 is the second. */
export const CONCEPTS: readonly (Concept | null)[] = [null, ...Object.keys(CONCEPT_WORDS).filter(isConcept)];

function isConcept(name: string): name is Concept {
  return Object.hasOwn(CONCEPT_WORDS, name);
}

/** Joins the words of an entry with several. */
export const JOINT = '_'.charCodeAt(0);

/** The beginning of a word is enough. */
export const STEM = 0x100;
/** The word has to end here. */
export const WHOLE = 0x200;
/** An entry goes on: behind this word and its joint, or, in a script without blanks, behind this character. */
export const GOES_ON = 0x400;

const SLOTS = 8_192;
const MASK = SLOTS - 1;

/** An open-addressed table from the hash of a word's beginning to its concept and flags: one look a character, no strings made. */
export interface ConceptTable {
  readonly hashes: Int32Array;
  readonly values: Uint16Array;
  /** 1 for each hash (by its low bits) of the first letters that some entry's first word has. */
  readonly beginnings: Uint8Array;
}

/** As many first letters (all, if it has fewer) decide whether a word is looked up any further. */
export const BEGINNING = 3;
export const BEGINNINGS = 65_536;

export function conceptTable(): ConceptTable {
  const table = {
    hashes: new Int32Array(SLOTS),
    values: new Uint16Array(SLOTS),
    beginnings: new Uint8Array(BEGINNINGS),
  };
  for (const [index, words] of Object.values(CONCEPT_WORDS).entries()) {
    for (const word of words.split(' ')) addWord(table, word, index + 1);
  }
  for (const word of ROTATED_WORDS.split(' ')) addWord(table, `${word}$`, ROTATED);
  for (const word of REVERSED_WORDS.split(' ')) addWord(table, `${word}$`, REVERSED);
  return table;
}

function addWord(table: ConceptTable, entry: string, concept: ConceptNumber): void {
  const whole = entry.endsWith('$');
  const word = whole ? entry.slice(0, -1) : entry;
  let hash = HASH_START;
  for (let at = 0; at < word.length; at++) {
    hash = hashCharacter(hash, word.charCodeAt(at));
    const last = at === word.length - 1;
    const ends = last || word.charCodeAt(at + 1) === JOINT;
    if (at === BEGINNING - 1 || (at < BEGINNING && ends)) table.beginnings[hash & (BEGINNINGS - 1)] = 1;
    if (!last && (word.charCodeAt(at) === JOINT || kindOf(word.charCodeAt(0)) === IDEOGRAPH)) put(table, hash, GOES_ON);
  }
  put(table, hash, (whole ? WHOLE : STEM) | concept);
}

function put({ hashes, values }: ConceptTable, hash: number, value: number): void {
  let slot = hash & MASK;
  while (values[slot] !== 0 && hashes[slot] !== hash) slot = (slot + 1) & MASK;
  hashes[slot] = hash;
  values[slot] = (values[slot] ?? 0) | value;
}

/** Concept and flags of what has this hash; 0 when nothing has. */
export function conceptAt({ hashes, values }: ConceptTable, hash: number): number {
  let slot = hash & MASK;
  for (let value = values[slot]; value !== undefined && value !== 0; value = values[slot]) {
    if (hashes[slot] === hash) return value;
    slot = (slot + 1) & MASK;
  }
  return 0;
}

/** Of all concept words; immutable. */
export const CONCEPT_TABLE = conceptTable();
