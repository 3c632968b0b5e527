/**
 * Which regular expressions a script may use: those whose time on a bounded text is bounded too.
 *
 * Backtracking takes exponential time only through a repeated group or a back reference, and polynomial time by the number
 * of unbounded quantifiers. So groups may not be repeated, and at most two quantifiers may be open: on the
 * LONGEST_SUBJECT characters that are looked at, the worst case is some ten million steps.
 */

/** Characters of a pattern. */
export const LONGEST_PATTERN = 200;
/** Characters of a message that a pattern is tried on. */
export const LONGEST_SUBJECT = 2_000;
const MOST_OPEN_QUANTIFIERS = 2;
const LARGEST_REPEAT = 100;

/** What is wrong with the pattern, in words; null when it may be used. */
export function boundedPatternProblem(source: string): string | null {
  try {
    compilePattern(source);
  } catch {
    return 'is not a regular expression';
  }
  // What is escaped or in a class quantifies nothing.
  const bare = source
    .replaceAll(/\\[1-9k]/g, '\u0001')
    .replaceAll(/\\./gs, 'x')
    .replaceAll(/\[[^\]]*\]/g, 'x');
  if (bare.includes('\u0001')) return 'may hold no back reference';
  if (/\)[*+{]/.test(bare)) return 'may not repeat a group';
  if (/\(\?<?[=!]/.test(bare)) return 'may hold no look-around';
  const repeats = Array.from(bare.matchAll(/\{(\d*)(,?)(\d*)\}/g));
  if (repeats.some(([, least, , most]) => Math.max(Number(least), Number(most)) > LARGEST_REPEAT)) {
    return `may repeat a character at most ${LARGEST_REPEAT} times`;
  }
  const open = Array.from(bare.matchAll(/[*+]|\{\d+,\d*\}/g)).length;
  return open > MOST_OPEN_QUANTIFIERS ? `may hold at most ${MOST_OPEN_QUANTIFIERS} of *, + and {n,m}` : null;
}

/** As scripts use it: ignoring case. */
export function compilePattern(source: string): RegExp {
  return new RegExp(source, 'i');
}
