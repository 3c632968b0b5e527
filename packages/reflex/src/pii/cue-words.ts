import type { Run, Subject } from './lexemes.ts';

/** How far a cue word may stand before and after the value, in characters. */
const BEFORE = 48;
const AFTER = 24;

/** True when the pattern (whole words, no `g` flag) occurs shortly before the value, in its field's name, or shortly after. */
export function hasCue(subject: Subject, value: Run, cue: RegExp): boolean {
  return (
    cue.test(textBefore(subject, value.start, BEFORE)) || cue.test(subject.text.slice(value.end, value.end + AFTER))
  );
}

/** At most `most` characters of what stands before `position`; the field's name stands before the first character. */
export function textBefore(subject: Subject, position: number, most: number): string {
  const before = subject.text.slice(Math.max(0, position - most), position);
  return position < most && subject.label !== '' ? `${subject.label}: ${before}`.slice(-most) : before;
}
