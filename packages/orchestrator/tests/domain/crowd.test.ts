import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crowdedPlace } from '../../src/domain/crowd.ts';

function membersOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const inner = Object.values(value);
  return inner.reduce<number>((sum, one) => sum + membersOf(one), inner.length);
}

describe('a crowded value', () => {
  it('is one with more members than the limit, wherever they are', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), fc.nat(30), (value, limit) => {
        expect(crowdedPlace(value, limit) === null).toBe(membersOf(value) <= limit);
      }),
    );
  });

  it('is told by the place where the count goes over', () => {
    expect(crowdedPlace({ a: 1, metadata: { 'x/y': [1, 2, 3] } }, 5)).toMatchObject({ pointer: '/metadata/x~1y' });
    expect(crowdedPlace([1, 2], 1)).toMatchObject({ pointer: '' });
  });

  it('or nested deeper than anything that is taken is told by where it goes too deep', () => {
    const deep: unknown = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);
    expect(crowdedPlace(deep)).toEqual({ pointer: '/0'.repeat(66), detail: 'is nested deeper than 64 levels' });
  });
});
