/** Cron expressions as people write them: five fields, checked one by one so that an error says which one is wrong. */
import { shownValue } from './shown-value.ts';

/** What the names stand for. */
const NAMED: { readonly [name: string]: string } = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

interface Field {
  readonly title: string;
  readonly from: number;
  readonly to: number;
  /** Instead of numbers, beginning with `from`. */
  readonly names?: readonly string[];
  readonly may: string;
}

const FIELDS: readonly Field[] = [
  { title: 'the minute', from: 0, to: 59, may: '0 to 59' },
  { title: 'the hour', from: 0, to: 23, may: '0 to 23' },
  { title: 'the day of the month', from: 1, to: 31, may: '1 to 31' },
  {
    title: 'the month',
    from: 1,
    to: 12,
    names: ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'],
    may: '1 to 12, or JAN to DEC',
  },
  {
    title: 'the day of the week',
    from: 0,
    to: 7,
    names: ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'],
    may: '0 to 7 (0 and 7 are Sunday), or SUN to SAT',
  },
];

const SHAPE = 'five fields: minute, hour, day of the month, month, day of the week, as in "30 6 * * MON-FRI"';

/** What is wrong with an expression, in words; null when every field of it can be. Whether such a day ever comes, the calendar tells. */
export function cronFault(text: string): string | null {
  const trimmed = text.trim();
  if (trimmed.startsWith('@')) {
    if (Object.hasOwn(NAMED, trimmed)) return null;
    return `must be ${SHAPE}, or one of: ${Object.keys(NAMED).join(', ')}; it was ${shownValue(text)}`;
  }
  const words = trimmed.split(/\s+/).filter((word) => word !== '');
  if (words.length === FIELDS.length + 1) {
    return `must be ${SHAPE}; it had six, and seconds are not supported: leave the first field out`;
  }
  if (words.length !== FIELDS.length) return `must be ${SHAPE}; it had ${words.length}: ${shownValue(text)}`;
  for (const [index, field] of FIELDS.entries()) {
    const fault = fieldFault(words[index] ?? '', field);
    if (fault !== null) return fault;
  }
  return null;
}

/** Five fields, whatever it was written as. */
export function cronFields(text: string): string {
  const trimmed = text.trim();
  return NAMED[trimmed] ?? trimmed.split(/\s+/).join(' ');
}

function fieldFault(word: string, field: Field): string | null {
  for (const part of word.split(',')) {
    const fault = partFault(part, field);
    if (fault === null) continue;
    const within = part === word ? '' : ` in ${shownValue(word)}`;
    return `${field.title} was ${shownValue(part)}${within}: ${fault}`;
  }
  return null;
}

/** `*`, `5`, `5-10`, each with `/step` or without. */
function partFault(part: string, field: Field): string | null {
  const [range = '', step, ...more] = part.split('/');
  const may = `it may be ${field.may}, *, ranges as 1-5, steps as */10, and lists of these with commas`;
  if (more.length > 0 || range === '') return may;
  if (step !== undefined) {
    const widest = field.to - field.from;
    if (!/^\d{1,3}$/.test(step) || Number(step) < 1 || Number(step) > widest) {
      return `the step behind / may be 1 to ${widest}`;
    }
  }
  if (range === '*') return null;
  const ends = range.split('-');
  if (ends.length > 2) return may;
  const [from, to] = ends.map((end) => valueOf(end, field));
  if (from === undefined || (ends.length === 2 && to === undefined)) return may;
  if (to !== undefined && from > to) return `a range goes from the lower to the higher, as ${to}-${from}`;
  return null;
}

function valueOf(text: string, { from, to, names = [] }: Field): number | undefined {
  const place = names.indexOf(text.toUpperCase());
  if (place >= 0) return from + place;
  const value = /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN;
  return value >= from && value <= to ? value : undefined;
}
