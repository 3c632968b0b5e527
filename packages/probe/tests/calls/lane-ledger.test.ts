import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fairShare } from '../../src/index.ts';

const wants = fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 8 });
const parts = (slots: number, wanted: readonly number[], turn = 0): number[] =>
  wanted.map((_, node) => fairShare(slots, wanted, node, turn));
const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);

describe('fairShare', () => {
  it.each([
    [10, [5, 5], [5, 5]],
    [10, [2, 20], [2, 8]],
    [10, [20, 20, 1], [5, 4, 1]],
    [10, [0, 20], [0, 10]],
    [10, [1], [10]],
    [1, [3, 3], [1, 0]],
    [7, [0, 0], [4, 3]],
  ])('%i slots for %j are %j', (slots, wanted, expected) => {
    expect(parts(slots, wanted)).toEqual(expected);
  });

  it('gives out all slots and no more', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100 }), wants, fc.nat(20), (slots, wanted, turn) => {
        expect(sum(parts(slots, wanted, turn))).toBe(slots);
      }),
    );
  });

  it('gives nobody more than he wants while another has less than he could', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100 }), wants, fc.nat(20), (slots, wanted, turn) => {
        const given = parts(slots, wanted, turn);
        const hungry = given.filter((part, node) => part < (wanted[node] ?? 0));
        const over = given.some((part, node) => part > (wanted[node] ?? 0));
        expect(over && hungry.length > 0).toBe(false);
        if (hungry.length > 0) expect(Math.max(...given) - Math.min(...hungry)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('gives every node its turn where there are more nodes than slots', () => {
    const wanted = [1, 1, 1];
    const turns = [0, 1, 2].map((turn) => parts(1, wanted, turn));
    expect(new Set(turns.map((given) => given.indexOf(1))).size).toBe(3);
  });
});
