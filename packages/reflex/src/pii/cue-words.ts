import { ANY_CUE, type Cue } from '../cue-index.ts';
import { OTHERWISE } from './cues.ts';
import type { Run, Subject } from './lexemes.ts';

/** How far a cue word may stand before and after the value, in characters. */
const BEFORE = 48;
const AFTER = 24;

/** True when the cue occurs shortly before the value, in its field's name, or shortly after. */
export function hasCue(subject: Subject, { start, end }: Run, cue: Cue): boolean {
  const { cues } = subject;
  const before = isNamed(subject, start, BEFORE)
    ? isBefore(subject, start, BEFORE, cue)
    : cues.first(cue, start - BEFORE, start) >= 0;
  return before || cues.first(cue, end, end + AFTER) >= 0;
}

/** True when the name of the field counts among what stands before the position. */
export function isNamed({ label }: Subject, position: number, most: number): boolean {
  return position < most && label !== '';
}

/** True when the cue occurs in the `most` characters before `position`, or in the name of the field that stands before them. */
export function isBefore(subject: Subject, position: number, most: number, { bit, pattern }: Cue): boolean {
  return (cuesBefore(subject, position, most) & bit) !== 0 && pattern.test(textBefore(subject, position, most));
}

/** The bits of all cues that may be there: a pattern whose bit is not among them need not be tried. Any word may be in the name of a field. */
export function cuesBefore(subject: Subject, position: number, most: number): number {
  return isNamed(subject, position, most) ? ANY_CUE : subject.cues.between(position - most, position);
}

/** The bits of all cues that may be there. */
export function cuesAfter({ cues }: Subject, position: number, most: number): number {
  return cues.between(position, position + most);
}

/** At most `most` characters of what stands before `position`; the field's name stands before the first character. */
export function textBefore(subject: Subject, position: number, most: number): string {
  const before = subject.text.slice(Math.max(0, position - most), position);
  return isNamed(subject, position, most) ? `${subject.label}: ${before}`.slice(-most) : before;
}

const OTHERWISE_WINDOW = 32;

/** True when the words right before say that the digits are an order's, a part's, a date's and so on. */
export function isNamedOtherwise(subject: Subject, position: number): boolean {
  return isBefore(subject, position, OTHERWISE_WINDOW, OTHERWISE);
}
