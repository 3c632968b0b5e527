/** Where a text quotes: code fences, inline code, quotation marks and lines quoted as in mail. */
import type { Span } from '../verdict.ts';

/** A quotation longer than this is taken for the text itself. */
const LONGEST_QUOTATION = 2_000;
const LONGEST_FENCE = 20_000;

/** Closing mark by opening mark. */
const CLOSING: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ["'", "'"],
  ['`', '`'],
  ['\u201c', '\u201d'],
  ['\u201e', '\u201c'],
  ['\u2018', '\u2019'],
  ['\u00ab', '\u00bb'],
  ['\u300c', '\u300d'],
]);
const OPENING = /```|["'`\u201c\u201e\u2018\u00ab\u300c]|^>/gm;
const WORD = /[\p{L}\p{N}]/u;

/**
 * The outermost quotations, ascending and without overlaps. One that is not closed in time quotes nothing, so an opening
 * mark cannot excuse the rest of the text.
 */
export function quotationsOf(text: string): Span[] {
  const found: Span[] = [];
  const next = nextOccurrence(text);
  let free = 0;
  for (const { 0: mark, index } of text.matchAll(OPENING)) {
    if (index < free) continue;
    const end = quotationEnd(text, mark, index, next);
    if (end === null) continue;
    found.push({ position: index, length: end - index });
    free = end;
  }
  return found;
}

/** The quotation that holds all of the match, with its marks; null when none does. */
export function quotationAround(quotations: readonly Span[], match: Span): Span | null {
  let low = 0;
  let high = quotations.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const candidate = quotations[middle];
    if (candidate && candidate.position <= match.position) low = middle + 1;
    else high = middle;
  }
  const before = quotations[low - 1];
  return before && before.position + before.length >= match.position + match.length ? before : null;
}

type NextOccurrence = (mark: string, from: number) => number;

function quotationEnd(text: string, mark: string, index: number, next: NextOccurrence): number | null {
  const inside = index + mark.length;
  if (mark === '>') return lineEnd(next('\n', inside), text.length);
  if (mark === '```') {
    const close = next('```', inside);
    return close - inside <= LONGEST_FENCE ? close + 3 : null;
  }
  if (isStraight(mark) && !opensHere(text, index)) return null;
  const closing = CLOSING.get(mark) ?? mark;
  const paragraph = next('\n\n', inside);
  const close = next(closing, inside);
  return close - inside <= LONGEST_QUOTATION && close < Math.min(paragraph, text.length) ? close + 1 : null;
}

function lineEnd(newline: number, length: number): number {
  return Math.min(newline, length);
}

function isStraight(mark: string): boolean {
  return mark === '"' || mark === "'";
}

/** A straight mark opens only after something that is no word: not in `5" pipe` or `don't`. */
function opensHere(text: string, index: number): boolean {
  return index === 0 || !WORD.test(text.charAt(index - 1));
}

/** A single mark with a word after it closes nothing: don't. */
const CLOSING_APOSTROPHE = /'(?![\p{L}\p{N}])/gu;

function closingApostrophe(text: string, from: number): number {
  CLOSING_APOSTROPHE.lastIndex = from;
  return CLOSING_APOSTROPHE.exec(text)?.index ?? -1;
}

/** Finds marks from ascending places on; each mark's last answer is kept, so all searches together pass the text once. */
function nextOccurrence(text: string): NextOccurrence {
  const known = new Map<string, number>();
  return (mark, from) => {
    const last = known.get(mark);
    if (last !== undefined && last >= from) return last;
    const found = mark === "'" ? closingApostrophe(text, from) : text.indexOf(mark, from);
    // Beyond every bound when there is none.
    const at = found < 0 ? Number.POSITIVE_INFINITY : found;
    known.set(mark, at);
    return at;
  };
}
