import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../src/contract/index.ts';
import { MAX_DEPTH, storable, storableText, unstorablePlaces } from '../../src/domain/storable.ts';

/** Texts with everything that PostgreSQL refuses in them. */
const texts = fc.string({ unit: fc.constantFrom('a', 'é', '😀', '\u0000', '\uD83D', '\uDE00', '/', '~') });
const { value: values } = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    texts,
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(texts, tie('value'), { maxKeys: 4 }),
  ),
}));

/** `levels` arrays in each other, a text in the innermost. */
function nested(levels: number): JsonValue {
  let value: JsonValue = 'inside';
  for (let level = 0; level < levels; level += 1) value = [value];
  return value;
}

describe('unstorablePlaces', () => {
  it('names each place by its JSON Pointer, keys with slash and tilde escaped', () => {
    const value = { 'a/b': ['fine', 'nul \u0000'], 'c~d': 'half \uD83D', whole: '😀' };
    expect(unstorablePlaces(value)).toEqual([
      { pointer: '/a~1b/1', detail: 'must not contain the NUL character' },
      { pointer: '/c~0d', detail: 'must not contain half of a surrogate pair' },
    ]);
  });

  it('looks at keys and tells the object they are in', () => {
    expect(unstorablePlaces({ outer: { 'k\u0000': 1 } })).toEqual([
      { pointer: '/outer', detail: 'has a key that must not contain the NUL character' },
    ]);
  });

  it('refuses a number that became Infinity when it was read', () => {
    expect(unstorablePlaces(JSON.parse('{"n": [1e999]}'))).toEqual([
      { pointer: '/n/0', detail: 'must be a number of at most about 1.8e308' },
    ]);
  });

  it('lets as many levels pass as it says, and one more not', () => {
    expect(unstorablePlaces(nested(MAX_DEPTH))).toEqual([]);
    expect(unstorablePlaces(nested(MAX_DEPTH + 1))).toEqual([
      { pointer: '/0'.repeat(MAX_DEPTH), detail: `is nested deeper than ${MAX_DEPTH} levels` },
    ]);
  });

  it('ends at a value nested a hundred thousand levels deep', () => {
    expect(unstorablePlaces(nested(100_000))).toHaveLength(1);
  });

  it('names at most ten places', () => {
    expect(unstorablePlaces(Array.from({ length: 50 }, () => '\u0000'))).toHaveLength(10);
  });
});

describe('storable', () => {
  it('makes anything storable', () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(unstorablePlaces(storable(value))).toEqual([]);
      }),
    );
  });

  it('changes nothing that can be stored, and nothing twice', () => {
    fc.assert(
      fc.property(values, (value) => {
        const once = storable(value);
        expect(storable(once)).toEqual(once);
        if (unstorablePlaces(value).length === 0) expect(once).toEqual(value);
      }),
    );
  });

  it('says where it left out what is nested too deep, and needs no deep stack for it', () => {
    const kept = storable(nested(100_000));
    expect(unstorablePlaces(kept)).toEqual([]);
    expect(JSON.stringify(kept)).toContain('(left out: nested deeper than 64 levels)');
  });

  it('copies: what is changed afterwards is not changed in the copy', () => {
    const inner = { done: 1 };
    const copy = storable({ inner });
    inner.done = 2;
    expect(copy).toEqual({ inner: { done: 1 } });
  });

  it('leaves out what is undefined, and makes null of what else JSON does not have', () => {
    expect(storable({ a: undefined, b: [undefined, 1], c: { d: () => 1, e: 2n } })).toEqual({
      b: [null, 1],
      c: { d: null, e: null },
    });
  });

  it('keeps a key named __proto__ as a key', () => {
    expect(JSON.stringify(storable({ ['__proto__']: 1 }))).toBe('{"__proto__":1}');
  });

  it('replaces in texts only what cannot be stored', () => {
    expect(storableText('a\u0000b\uD83Dc😀')).toBe('a\uFFFDb\uFFFDc😀');
  });
});
