/** Where a text quotes: code fences, inline code, quotation marks and lines quoted as in mail. */
import type { Span } from '../verdict.ts';

/** A quotation longer than this is taken for the text itself. */
const LONGEST_QUOTATION = 2_000;
const LONGEST_FENCE = 20_000;
/** Quotations found in one text, and marks looked at for them; what is quoted beyond counts like the rest. */
const MOST_QUOTATIONS = 300;
const MOST_OPENINGS = 3_000;

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
const OPENING = /```|"{3}|["'`\u201c\u201e\u2018\u00ab\u300c]|^>/gm;
const WORD = /[\p{L}\p{N}]/u;

/**
 * The outermost quotations, ascending and without overlaps. One that is not closed in time quotes nothing, so an opening
 * mark cannot excuse the rest of the text.
 */
export function quotationsOf(text: string): Span[] {
  const found: Span[] = [];
  const next = nextOccurrence(text);
  let free = 0;
  let openings = 0;
  for (const { 0: mark, index } of text.matchAll(OPENING)) {
    if (index < free) continue;
    openings += 1;
    if (openings > MOST_OPENINGS || found.length >= MOST_QUOTATIONS) break;
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
  if (mark.length === 3) {
    const close = next(mark, inside);
    return close - inside <= LONGEST_FENCE ? close + mark.length : null;
  }
  if (isStraight(mark) && !opensHere(text, index)) return null;
  if (mark === '"') return doubleQuotationEnd(text, inside, next('\n\n', inside));
  const closing = CLOSING.get(mark) ?? mark;
  const paragraph = next('\n\n', inside);
  const close = next(closing, inside);
  return close - inside <= LONGEST_QUOTATION && close < Math.min(paragraph, text.length) ? close + 1 : null;
}

/**
 * Behind the mark that closes a quotation in straight double marks, which may hold others: `he wrote "say "no" to it" twice`. Where
 * the marks do not come out even, the last one that can close does.
 */
function doubleQuotationEnd(text: string, inside: number, paragraph: number): number | null {
  const limit = Math.min(inside + LONGEST_QUOTATION, paragraph, text.length);
  let open = 1;
  let last: number | null = null;
  let at = text.indexOf('"', inside);
  for (let marks = 0; at >= 0 && at < limit && marks < MOST_MARKS; marks++) {
    if (opensQuotation(text, at)) open += 1;
    else if (!isLetterAt(text, at + 1)) {
      open -= 1;
      last = at + 1;
      if (open === 0) return last;
    }
    at = text.indexOf('"', at + 1);
  }
  return last;
}

/** Marks looked at inside one quotation, so that a text of nothing but marks is passed in linear time. */
const MOST_MARKS = 12;

/** Behind a blank, a bracket or a sign, and before something. */
function opensQuotation(text: string, at: number): boolean {
  return (
    BEFORE_OPENING.has(text.charCodeAt(at - 1)) && !AFTER_CLOSING.has(text.charCodeAt(at + 1)) && at + 1 < text.length
  );
}

const BEFORE_OPENING: ReadonlySet<number> = codesOf(' \n\t([{=:,>-\u2013\u2014');
const AFTER_CLOSING: ReadonlySet<number> = codesOf(' \n\t.,;:!?)]}"');

function codesOf(characters: string): ReadonlySet<number> {
  return new Set(Array.from(characters, (character) => character.charCodeAt(0)));
}

function isLetterAt(text: string, at: number): boolean {
  return WORD.test(text.charAt(at));
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
