import type { Run, Subject } from './lexemes.ts';

/** How far a cue word may stand before and after the value, in characters. */
const BEFORE = 48;
const AFTER = 24;

/** True when the pattern (whole words, no `g` flag) occurs shortly before the value, in its field's name, or shortly after. */
export function hasCue(subject: Subject, value: Run, cue: RegExp): boolean {
  return cue.test(textBefore(subject, value.start, BEFORE)) || cue.test(textAfter(subject, value.end, AFTER));
}

/** At most `most` characters of what stands before `position`; the field's name stands before the first character. */
export function textBefore(subject: Subject, position: number, most: number): string {
  const before = subject.text.slice(Math.max(0, position - most), position);
  return position < most && subject.label !== '' ? `${subject.label}: ${before}`.slice(-most) : before;
}

/** At most `most` characters of what stands from `position` on. */
export function textAfter(subject: Subject, position: number, most: number): string {
  return subject.text.slice(position, position + most);
}

const OTHERWISE =
  /(?<![a-z])(?:isbn|issn|imei|ean|upc|order|invoice|ticket|case|sku|part|tracking|version|build|account|acct|iban|routing|passport|licen[cs]e|ssn|id|vin|serial|room|epoch|timestamp|date|zip|postcode|scale)s?(?: (?:number|no\.?|nr\.?))?[ :#=.-]{0,3}$/i;
const OTHERWISE_WINDOW = 32;

/** True when the words right before say that the digits are an order's, a part's, a date's and so on. */
export function isNamedOtherwise(subject: Subject, position: number): boolean {
  return OTHERWISE.test(textBefore(subject, position, OTHERWISE_WINDOW));
}
