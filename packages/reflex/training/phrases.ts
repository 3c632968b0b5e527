/** Finds where two texts say the same words in a row. */

/** As many words in a row are a phrase; in scripts without blanks, as many characters. */
const WORDS = 6;
const CHARACTERS = 10;
const WORD = /[\p{L}\p{M}\p{N}]+/gu;
const WITHOUT_BLANKS = /[\u3040-\u9fff\u0e00-\u0e7f]{10,}/gu;

export function phrasesOf(texts: readonly string[]): Set<string> {
  return new Set(texts.flatMap(phrasesIn));
}

export function overlapsWith(text: string, phrases: ReadonlySet<string>): boolean {
  return phrasesIn(text).some((phrase) => phrases.has(phrase));
}

function phrasesIn(text: string): string[] {
  const lower = text.toLowerCase();
  const words = lower.match(WORD) ?? [];
  const found = inRows(words.length, WORDS, (from, to) => words.slice(from, to).join(' '));
  for (const run of lower.match(WITHOUT_BLANKS) ?? [])
    found.push(...inRows(run.length, CHARACTERS, (from, to) => run.slice(from, to)));
  return found;
}

function inRows(length: number, size: number, piece: (from: number, to: number) => string): string[] {
  return Array.from({ length: Math.max(0, length - size + 1) }, (_, from) => piece(from, from + size));
}
