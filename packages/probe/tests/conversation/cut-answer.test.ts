import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutAnswer, LONGEST_ANSWER_BYTES } from '../../src/index.ts';

describe('cutAnswer', () => {
  it('keeps what fits', () => {
    for (const text of ['', 'short', 'x'.repeat(LONGEST_ANSWER_BYTES)])
      expect(cutAnswer(text)).toEqual({ text, cutBytes: 0 });
  });

  it.each(['x', 'ä', '€', '😀'])('cuts between characters of %s', (character) => {
    fc.assert(
      fc.property(fc.nat(5), (offset) => {
        const whole = 'x'.repeat(offset) + character.repeat(LONGEST_ANSWER_BYTES);
        const { text, cutBytes } = cutAnswer(whole);
        expect(whole.startsWith(text)).toBe(true);
        expect(Buffer.byteLength(text)).toBeGreaterThan(LONGEST_ANSWER_BYTES - 4);
        expect(Buffer.byteLength(text) + cutBytes).toBe(Buffer.byteLength(whole));
      }),
      { numRuns: 6 },
    );
  });
});
