import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ALL_CUES, cuesOf } from '../src/all-cues.ts';
import { CueIndex, cue, cueTable } from '../src/cue-index.ts';

const WORDS = cueTable([
  { pattern: /\bcards?\b/i, beginnings: 'card', bit: 1 },
  { pattern: /\b(?:cc|a\/c|tél)\b/i, beginnings: 'cc.. a/c. t...', bit: 2 },
  { pattern: /여권/, beginnings: '여', bit: 4 },
  { pattern: /n't/, beginnings: "'", bit: 8 },
]);

describe('an index of cues', () => {
  it.each([
    ['a card here', 1],
    ['two Cards', 1],
    ['userCardNumber', 1],
    ['a discard', 0],
    ['carbon', 0],
    ['cc 12', 2],
    ['cc', 2],
    ['ccs', 0],
    ['a/c 12', 2],
    ['a c 12', 0],
    ['tél. 12', 2],
    ['여권', 4],
    ["it's", 8],
    ['', 0],
  ])('of %j tells which may have a word that begins there', (text, bits) => {
    expect(new CueIndex(text, WORDS).between(0, text.length)).toBe(bits);
  });

  it('counts a word where it begins, and neither before nor behind', () => {
    const index = new CueIndex('the card and cc', WORDS);
    expect([index.between(0, 4), index.between(4, 5), index.between(5, 13), index.between(13, 15)]).toEqual([
      0, 1, 0, 2,
    ]);
  });

  it('finds the first word of a cue that ends in time, and where', () => {
    const cards = cue({ pattern: /\bcards?\b/i, beginnings: 'card', bit: 1 });
    const index = new CueIndex('discard, cardinal, a card, cards', WORDS);
    expect([index.first(cards, 0, 40), cards.here.lastIndex]).toEqual([21, 25]);
    expect([index.first(cards, 22, 40), cards.here.lastIndex]).toEqual([27, 32]);
    expect([index.first(cards, 0, 24), index.first(cards, 28, 40)]).toEqual([-1, -1]);
  });

  it('is right after other texts were read', () => {
    const first = new CueIndex('card', WORDS);
    const second = new CueIndex('and a much longer one without', WORDS);
    expect(second.between(0, 40)).toBe(0);
    expect(first.between(0, 4)).toBe(1);
  });
});

/** What the pattern takes, without what only looks at the surroundings. */
function bare({ source }: RegExp): RegExp {
  const taken = source.replaceAll(/\(\?<![^)]*\)|\(\?![^)]*\)|\\b|\$$/g, '').replaceAll('(?=N|I)', 'N');
  return new RegExp(`^(?:${taken})$`);
}

describe('the cues', () => {
  it.each(ALL_CUES)('$pattern begin as they say', ({ pattern, bit }) => {
    const surroundings = fc.constantFrom('', ' ', 'x ', '12', '_', '"', 'é ');
    const words = fc.stringMatching(bare(pattern)).chain((word) => fc.constantFrom(word, word.toUpperCase()));
    fc.assert(
      fc.property(surroundings, words, surroundings, (before, word, after) => {
        const text = before + word + after;
        // Told of too many is only slow; told of too few is a cue that is never read.
        fc.pre(pattern.test(text));
        expect(cuesOf(text).between(0, text.length) & bit).toBe(bit);
      }),
      { numRuns: 3_000 },
    );
  });

  it('have a bit each', () => {
    expect(new Set(ALL_CUES.map(({ bit }) => bit)).size).toBe(ALL_CUES.length);
    for (const { bit } of ALL_CUES) expect([bit & (bit - 1), bit < 2 ** 16]).toEqual([0, true]);
  });
});
