/** Compares what a program printed with what it should have, outside the box. */
import { RE2JS } from 're2js';
import type { ProgramTest } from '../contract/atom-tests.ts';

export type Match = ProgramTest['match'];

/** Whether the output is as expected. RE2 takes linear time, so that a hostile output costs no more than a long one. */
export function printsAs(expected: string, actual: string, match: Match): boolean {
  switch (match) {
    case 'exact':
      return expected === actual;
    case 'trim':
      return trimmed(expected) === trimmed(actual);
    case 'regex':
      return RE2JS.compile(expected).matcher(actual).find();
  }
}

/** The first line (1-based) where two outputs part, as `match` sees them; a side that has ended is undefined. */
export function firstOtherLine(
  expected: string,
  actual: string,
  match: Match,
): { readonly line: number; readonly expected: string | undefined; readonly actual: string | undefined } {
  const [wanted, got] = [expected, actual].map((text) => (match === 'trim' ? trimmed(text) : text).split('\n'));
  let index = 0;
  while (wanted?.[index] !== undefined && wanted[index] === got?.[index]) index += 1;
  return { line: index + 1, expected: wanted?.[index], actual: got?.[index] };
}

/** Without blanks at the ends of lines, and without blank lines at both ends; all line ends alike. */
function trimmed(text: string): string {
  const lines = text.split(/\r\n|\r|\n/).map((line) => line.trimEnd());
  const first = lines.findIndex((line) => line !== '');
  const last = lines.findLastIndex((line) => line !== '');
  return first < 0 ? '' : lines.slice(first, last + 1).join('\n');
}
