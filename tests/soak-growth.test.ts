/** What a soak calls growth, on rows whose truth is known. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { growthOf } from '../bench/soak/growth.ts';

const rows = (values: readonly number[]) => values.map((value, index) => ({ at: (index + 1) * 100, value }));

describe('the growth of a soak', () => {
  it('a rise beyond its allowance is growth, with its slope for a thousand grades', () => {
    const growth = growthOf(rows([10, 12, 14, 16, 18]), 5);
    expect(growth).toMatchObject({ first: 10, last: 18, grew: true });
    expect(growth.slope).toBeCloseTo(20);
    expect(growth.uncertainty).toBeCloseTo(0);
  });

  it('a rise within its allowance, a fall and a plateau are none', () => {
    for (const values of [
      [10, 11, 12, 13],
      [30, 20, 10, 0],
      [7, 7, 7, 7],
    ])
      expect(growthOf(rows(values), 5).grew).toBe(false);
  });

  it('one high sample at the end does not make a rise sure', () => {
    expect(growthOf(rows([10, 10, 10, 10, 10, 10, 10, 90]), 5).grew).toBe(false);
  });

  it('a steady leak is found through noise that is smaller than it, and noise alone is not a leak', () => {
    const noise = fc.array(fc.double({ min: -4, max: 4, noNaN: true }), { minLength: 20, maxLength: 20 });
    fc.assert(
      fc.property(noise, (offsets) => {
        const leaking = growthOf(rows(offsets.map((offset, index) => 100 + 3 * index + offset)), 20);
        const steady = growthOf(rows(offsets.map((offset) => 100 + offset)), 20);
        expect([leaking.grew, steady.grew]).toEqual([true, false]);
      }),
    );
  });

  it('fewer than three samples are refused', () => {
    expect(() => growthOf(rows([1, 2]), 1)).toThrow('growth needs three samples, there are 2');
  });
});
