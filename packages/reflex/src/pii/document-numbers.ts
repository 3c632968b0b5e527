/** Numbers that only their cue word tells from any other: of passports, driver's licences and bank accounts. */
import { isAlphanumeric, isDigit, isWordCharacter } from '../ascii.ts';
import type { Cue } from '../cue-index.ts';
import type { PiiMatch, PiiType } from '../verdict.ts';
import { cuesAfter, cuesBefore, isNamed, textBefore } from './cue-words.ts';
import { BANK_ACCOUNT, DRIVER_LICENSE, PASSPORT } from './cues.ts';
import type { Run, Subject } from './lexemes.ts';

interface Document {
  readonly type: PiiType;
  readonly cue: Cue;
  /** The whole value. */
  readonly shape: RegExp;
}

const DOCUMENTS: readonly Document[] = [
  {
    type: 'Passport',
    cue: PASSPORT,
    shape:
      /^(?:[A-Z0-9]{6,9}|(?=(?:[a-z]*\d){4})[a-z0-9]{6,9}|[A-Za-z]{1,3}\d{5,8}|[A-Z]\d{3}[A-Z]\d{4}|[A-Z]{1,2} ?\d{6,7})$/,
  },
  {
    type: 'DriverLicense',
    cue: DRIVER_LICENSE,
    shape: /^(?=(?:[A-Za-z-]*\d){1})[A-Za-z0-9]{7,18}$|^[A-Z]\d{3}-\d{4}-\d{4}$|^[A-Z0-9]{1,5}(?:-[A-Z0-9]{2,8}){1,4}$/,
  },
  {
    type: 'BankAccount',
    cue: BANK_ACCOUNT,
    shape: /^\d{6,18}$|^\d{2,6}(?:[ -]\d{2,6}){1,4}$/,
  },
];

/** Bits of all their cues. */
const ANY = DOCUMENTS.reduce((bits, { cue }) => bits | cue.bit, 0);

const BEFORE = 48;
const AFTER = 40;
const SHORTEST = 6;
const LONGEST = 22;

/** Between cue and value: a name's rest, signs, and a few small words; no end of a sentence and no other number. */
const BETWEEN = /^[^.!?\n\d]{0,40}$|^[^!?\d]{0,12}(?:no|nr|num)\.[^.!?\d]{0,10}$|^\s{0,2}[:=]\s{0,3}$/i;
/** Of several in a row: "AB1234567 and XY9876543". */
const LISTED = /^(?:, ?| and | und | et | y | e | & |; ?| or )$/;
const LONGEST_LISTED = 5;
/** Things that come with dates and counts rather than numbers of documents. */
const UNLIKE = /^(?:(?:19|20)\d{2}|(?:19|20)\d{2}[-/.]?\d{2}[-/.]?\d{2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4})$/;

/** All of them, ascending. */
export function findDocumentNumbers(subject: Subject): PiiMatch[] {
  const found: PiiMatch[] = [];
  let free = 0;
  const { count, starts, ends } = subject.lexemes.digits;
  for (let index = 0; index < count; index++) {
    const start = starts[index] ?? 0;
    const end = ends[index] ?? 0;
    if (start < free || !mayBeNamed(subject, start, end, found.at(-1))) continue;
    const word = wordAround(subject.text, start, end, free);
    free = word.end;
    const length = word.end - word.start;
    if (length < SHORTEST || length > LONGEST) continue;
    const type = typeOf(subject, word, found.at(-1));
    if (type !== null) found.push({ type, position: word.start, length, confidence: 0.85 });
  }
  return found;
}

/** False where no word around the run can have a cue near it, nor be listed behind another one. */
function mayBeNamed(subject: Subject, start: number, end: number, last: PiiMatch | undefined): boolean {
  if (last && start - last.position - last.length <= LONGEST + LONGEST_LISTED) return true;
  if (isNamed(subject, start, LONGEST + BEFORE)) return true;
  return (subject.cues.between(start - LONGEST - BEFORE, end + LONGEST + AFTER + 1) & ANY) !== 0;
}

/** Letters and digits around a run of digits, with hyphens inside; single blanks too where groups of digits go on. */
function wordAround(text: string, from: number, to: number, free: number): Run {
  let start = from;
  let end = to;
  while (start > free && from - start < LONGEST && isPart(text, start - 1)) start -= 1;
  while (end < text.length && end - start <= LONGEST) {
    if (isPart(text, end)) end += 1;
    else if (
      text.charAt(end) === ' ' &&
      isGroup(text, start, end) &&
      isDigit(text.charCodeAt(end + 1)) &&
      end - start < 16
    )
      end += 1;
    else break;
  }
  return { start, end };
}

/** Only digits so far. */
function isGroup(text: string, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at);
    if (!isDigit(code) && code !== 0x20) return false;
  }
  return true;
}

function isPart(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  if (isAlphanumeric(code)) return true;
  return code === 0x2d && isAlphanumeric(text.charCodeAt(at - 1)) && isAlphanumeric(text.charCodeAt(at + 1));
}

function typeOf(subject: Subject, word: Run, last: PiiMatch | undefined): PiiType | null {
  const { text } = subject;
  if (isWordCharacter(text.charCodeAt(word.start - 1)) || isWordCharacter(text.charCodeAt(word.end))) return null;
  const cues = cuesBefore(subject, word.start, BEFORE) | cuesAfter(subject, word.end, AFTER);
  const next = last && word.start - last.position - last.length <= LONGEST_LISTED ? last : null;
  if ((cues & ANY) === 0 && !next) return null;
  const value = text.slice(word.start, word.end);
  if (UNLIKE.test(value)) return null;
  if (next && LISTED.test(text.slice(next.position + next.length, word.start)) && shapeOf(next.type)?.test(value))
    return next.type;
  return (cues & ANY) === 0 ? null : nearestType(subject, word, value, cues);
}

/** By the cue word that stands nearest. */
function nearestType(subject: Subject, word: Run, value: string, cues: number): PiiType | null {
  let nearest: { readonly type: PiiType; readonly distance: number } | null = null;
  for (const { type, cue, shape } of DOCUMENTS) {
    if ((cues & cue.bit) === 0 || !shape.test(value)) continue;
    const distance = distanceBefore(subject, word.start, cue) ?? distanceAfter(subject, word.end, cue);
    if (distance !== null && (nearest === null || distance < nearest.distance)) nearest = { type, distance };
  }
  return nearest?.type ?? null;
}

function shapeOf(type: PiiType): RegExp | undefined {
  return DOCUMENTS.find((document) => document.type === type)?.shape;
}

/** Characters between the first cue word and the value; null when there is none, or something else between. */
function distanceBefore(subject: Subject, position: number, cue: Cue): number | null {
  if (isNamed(subject, position, BEFORE)) {
    const before = textBefore(subject, position, BEFORE);
    const first = cue.pattern.exec(before);
    return first ? distanceOver(before.slice(first.index + first[0].length)) : null;
  }
  if (subject.cues.first(cue, position - BEFORE, position) < 0) return null;
  return distanceOver(subject.text.slice(cue.here.lastIndex, position));
}

function distanceOver(between: string): number | null {
  return BETWEEN.test(between) ? between.length : null;
}

/** The cue word is the name of what follows it. */
const NAMES_NEXT = /^["']?\s{0,2}(?:[:=#]|no|num|is)/i;
const NAMES_WITHIN = 6;

/** A cue word right behind the value ("AAA123456 es mi número de pasaporte") counts as one further away. */
function distanceAfter({ text, cues }: Subject, position: number, cue: Cue): number | null {
  const found = cues.first(cue, position, position + AFTER);
  if (found < 0 || /[.!?\n\d",;:{}|]/.test(text.slice(position, found))) return null;
  const end = cue.here.lastIndex;
  return NAMES_NEXT.test(text.slice(end, Math.min(end + NAMES_WITHIN, position + AFTER)))
    ? null
    : BEFORE + found - position;
}
