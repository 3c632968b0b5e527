import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Expected, readExpected } from '../../src/contract/expected.ts';
import { canonicalKey, firstDifference } from '../../src/grader/compare.ts';
import { matchUnordered } from '../../src/grader/match-unordered.ts';
import type { JsonValue, Value } from '../../src/index.ts';
import { anyJson, valueOf } from '../../testing/index.ts';

const int = (value: number | string): Value => ({ type: 'integer', value: String(value) });
const float = (value: number | 'NaN' | 'Infinity' | '-Infinity' | '-0'): Value => ({ type: 'float', value });
const text = (value: string): Value => ({ type: 'string', value });
const list = (...items: Value[]): Value => ({ type: 'list', items });
const tuple = (...items: Value[]): Value => ({ type: 'tuple', items });
const set = (...items: Value[]): Value => ({ type: 'set', items });
const map = (...entries: [Value, Value][]): Value => ({ type: 'map', entries });
const nothing: Value = { type: 'null' };
const undefinedValue: Value = { type: 'undefined' };

function expected(json: JsonValue): Expected {
  const reading = readExpected(json);
  if (!reading.ok) {
    throw new Error(reading.flaw.detail);
  }
  return reading.value;
}

/** Any value of either language that has an identity of its own to compare: no opaque ones. */
const comparable = fc.letrec<{ value: Value & Expected }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constant({ type: 'null' as const }),
    fc.boolean().map((value) => ({ type: 'boolean' as const, value })),
    fc.bigInt().map((value) => ({ type: 'integer' as const, value: String(value) })),
    fc
      .oneof(
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.constantFrom('NaN' as const, '-0' as const, 'Infinity' as const),
      )
      .map((value) => ({ type: 'float' as const, value })),
    fc.string().map((value) => ({ type: 'string' as const, value })),
    fc.array(tie('value'), { maxLength: 5 }).map((items) => ({ type: 'list' as const, items })),
    fc.array(tie('value'), { maxLength: 5 }).map((items) => ({ type: 'tuple' as const, items })),
    fc
      .uniqueArray(tie('value'), { maxLength: 6, selector: canonicalKey })
      .map((items) => ({ type: 'set' as const, items })),
    fc
      .uniqueArray(fc.tuple(tie('value'), tie('value')), { maxLength: 5, selector: ([key]) => canonicalKey(key) })
      .map((entries) => ({ type: 'map' as const, entries })),
  ),
})).value;

describe('the laws of comparison', () => {
  it('every value equals itself', () => {
    fc.assert(fc.property(comparable, (value) => firstDifference(value, value) === undefined));
  });

  it('what JSON says equals what a program returns for it', () => {
    fc.assert(
      fc.property(anyJson(4), (json) => {
        const value = valueOf(json);
        fc.pre(!JSON.stringify(json).includes('"$'));
        return firstDifference(expected(json), value) === undefined;
      }),
    );
  });

  it('a set equals every order of its items, and a map of its entries', () => {
    const shuffled = fc
      .uniqueArray(comparable, { maxLength: 8, selector: canonicalKey })
      .chain((items) => fc.tuple(fc.constant(items), fc.shuffledSubarray(items, { minLength: items.length })));
    fc.assert(
      fc.property(shuffled, ([items, others]) => {
        expect(firstDifference({ type: 'set', items }, set(...others))).toBeUndefined();
        const entries = (some: readonly (Value & Expected)[]): [Value & Expected, Value & Expected][] =>
          some.map((item) => [item, item]);
        expect(firstDifference({ type: 'map', entries: entries(items) }, map(...entries(others)))).toBeUndefined();
      }),
    );
  });

  it('a list that lost, gained or changed an item is different', () => {
    fc.assert(
      fc.property(fc.array(comparable, { minLength: 1, maxLength: 5 }), fc.nat(), (items, at) => {
        const index = at % items.length;
        expect(firstDifference({ type: 'list', items }, list(...items.toSpliced(index, 1)))).toBeDefined();
        expect(firstDifference({ type: 'list', items }, list(...items, nothing))).toMatchObject({ reason: 'length' });
        const strange: Value = { type: 'opaque', name: 'X', text: '' };
        const actual: Value[] = [...items];
        actual[index] = strange;
        expect(firstDifference({ type: 'list', items }, list(...actual))).toMatchObject({ path: `[${index}]` });
      }),
    );
  });

  it('equal within the tolerance is symmetric for numbers', () => {
    const number = fc.double({ noNaN: true });
    fc.assert(
      fc.property(
        number,
        number,
        fc.option(fc.double({ min: 0, max: 1e6, noNaN: true }), { nil: undefined }),
        (a, b, tolerance) => {
          const there = firstDifference({ type: 'number', value: a }, float(b), tolerance);
          const back = firstDifference({ type: 'number', value: b }, float(a), tolerance);
          return (there === undefined) === (back === undefined);
        },
      ),
    );
  });
});

describe('numbers', () => {
  it.each<[string, JsonValue, Value]>([
    ['an int where JSON has a whole number', 3, int(3)],
    ['a whole float', 3, float(3)],
    ['an int for a tagged one', { $int: '123456789012345678901' }, int('123456789012345678901')],
    ['an int beyond 2^53 that rounds to the JSON number', 1e21, int('1000000000000000000000')],
    ['the sum of rounding errors', 0.3, float(0.1 + 0.2)],
    ['a residue of nothing', 0, float(5.6e-17)],
    ['NaN', { $float: 'NaN' }, float('NaN')],
    ['an infinity', { $float: '-Infinity' }, float('-Infinity')],
    ['minus zero', 0, float('-0')],
    ['zero for minus zero', -0, int(0)],
  ])('%s is equal', (_, json, value) => {
    expect(firstDifference(expected(json), value)).toBeUndefined();
  });

  it.each<[string, JsonValue, Value]>([
    ['the next integer', 3, int(4)],
    ['the next integer, however large', { $int: '123456789012345678901' }, int('123456789012345678902')],
    ['a neighbouring safe integer', 9007199254740991, float(9007199254740990)],
    ['a float that is off', 0.3, float(0.300001)],
    ['NaN for a number', 1, float('NaN')],
    ['the other infinity', { $float: 'Infinity' }, float('-Infinity')],
    ['an integer too large for a float', { $float: 'Infinity' }, int(`1${'0'.repeat(400)}`)],
    ['True for 1', 1, { type: 'boolean', value: true }],
    ['1 for true', true, int(1)],
    ['a number as text', 1, text('1')],
  ])('%s is different', (_, json, value) => {
    expect(firstDifference(expected(json), value)).toBeDefined();
  });

  it('a tolerance is absolute and holds for integers too', () => {
    expect(firstDifference(expected(100), int(103), 3)).toBeUndefined();
    expect(firstDifference(expected(100), int(104), 3)).toBeDefined();
    expect(firstDifference(expected([0.5]), list(float(0.6)), 0.11)).toBeUndefined();
    expect(firstDifference(expected(1e9), float(1e9 + 0.5), 0)).toBeDefined();
  });
});

describe('collections', () => {
  it('a JSON array equals a list or a tuple, never a set', () => {
    expect(firstDifference(expected([1, 2]), list(int(1), int(2)))).toBeUndefined();
    expect(firstDifference(expected([1, 2]), tuple(int(1), int(2)))).toBeUndefined();
    expect(firstDifference(expected([1, 2]), set(int(1), int(2)))).toMatchObject({ path: '', reason: 'type' });
  });

  it('a tagged list, tuple or set equals its own kind only', () => {
    expect(firstDifference(expected({ $tuple: [1] }), tuple(int(1)))).toBeUndefined();
    expect(firstDifference(expected({ $tuple: [1] }), list(int(1)))).toMatchObject({ reason: 'type' });
    expect(firstDifference(expected({ $list: [1] }), tuple(int(1)))).toMatchObject({ reason: 'type' });
    expect(firstDifference(expected({ $set: [1] }), list(int(1)))).toMatchObject({ reason: 'type' });
  });

  it('sets of tuples are matched by what the tuples hold', () => {
    expect(
      firstDifference(
        expected({
          $set: [
            [1, 2],
            [3, 4],
          ],
        }),
        set(tuple(int(3), int(4)), tuple(int(1), int(2))),
      ),
    ).toBeUndefined();
  });

  it('sets of floats are matched within tolerance, one to one', () => {
    expect(firstDifference(expected({ $set: [0.3, 1] }), set(float(1), float(0.1 + 0.2)))).toBeUndefined();
    expect(firstDifference(expected({ $set: [1.5, 2.4] }), set(float(2), float(1)), 0.5)).toBeUndefined();
    expect(firstDifference(expected({ $set: [1, 5] }), set(float(1.1), float(1.2)), 0.5)).toMatchObject({
      reason: 'missing',
      expected: { value: 5 },
    });
  });

  it('a large set that is off everywhere is different, at once', () => {
    const items = Array.from({ length: 20_000 }, (_, index) => index);
    const others = items.map((item) => float(item + 0.25));
    expect(firstDifference(expected({ $set: items }), set(...others), 0.3)).toMatchObject({ reason: 'missing' });
  });

  it('the first item too few or too many is named', () => {
    expect(firstDifference(expected({ $set: [1] }), set(int(1), int(2)))).toEqual({
      path: '',
      reason: 'extra',
      actual: int(2),
    });
    expect(firstDifference(expected({ $set: [1, 2] }), set(int(1)))).toMatchObject({
      reason: 'missing',
      expected: { value: 2 },
    });
    expect(firstDifference(expected({ a: 1 }), map())).toMatchObject({ reason: 'missing', expected: { value: 'a' } });
    expect(firstDifference(expected({}), map([text('b'), int(1)]))).toMatchObject({
      reason: 'extra',
      actual: text('b'),
    });
  });

  it('the path leads to the first difference', () => {
    const value = map([text('a'), list(int(1), map([text('b'), int(3)]))]);
    expect(firstDifference(expected({ a: [1, { b: 2 }] }), value)).toMatchObject({
      path: '["a"][1]["b"]',
      reason: 'value',
    });
  });

  it('keys of any kind are compared as the language means them', () => {
    expect(firstDifference(expected({ $map: [[1, 'a']] }), map([int(1), text('a')]))).toBeUndefined();
    expect(firstDifference(expected({ 1: 'a' }), map([int(1), text('a')]))).toMatchObject({ reason: 'missing' });
    expect(firstDifference(expected({ $map: [[[1], 1]] }), map([tuple(int(1)), int(2)]))).toMatchObject({
      path: '[…]',
    });
  });

  it('an entry that holds undefined counts as absent, an item does not', () => {
    expect(firstDifference(expected({ a: 1 }), map([text('a'), int(1)], [text('b'), undefinedValue]))).toBeUndefined();
    expect(firstDifference(expected([null]), list(undefinedValue))).toMatchObject({ path: '[0]', reason: 'type' });
  });

  it('null and undefined differ unless the author writes undefined', () => {
    expect(firstDifference(expected(null), undefinedValue)).toMatchObject({ reason: 'type' });
    expect(firstDifference(expected({ $undefined: true }), undefinedValue)).toBeUndefined();
    expect(firstDifference(expected({ $bytes: 'AAE=' }), { type: 'bytes', value: 'AAE=' })).toBeUndefined();
  });

  it('an opaque value equals nothing, whatever it claims', () => {
    const opaque: Value = { type: 'opaque', name: 'AlwaysEqual', text: '1' };
    expect(firstDifference(expected(1), opaque)).toMatchObject({ reason: 'type' });
    expect(firstDifference(expected({ $set: [1] }), set(opaque))).toMatchObject({ reason: 'missing' });
  });
});

describe('sets that were made to be slow to compare', () => {
  const tagged = (type: 'list' | 'tuple', count: number) => Array.from({ length: count }, () => ({ type, items: [] }));

  it('items of one key that are not equal are tried a few hundred times each', () => {
    let tries = 0;
    const equal = () => {
      tries += 1;
      return false;
    };
    const { missing, extra } = matchUnordered(tagged('tuple', 3000), tagged('list', 3000), canonicalKey, equal);
    expect([missing.length, extra.length]).toEqual([3000, 3000]);
    expect(tries).toBeLessThan(3000 * 300);
  });

  it('equal items of one key are found whatever their number', () => {
    const actual = set(...tagged('list', 20_000));
    expect(firstDifference({ type: 'set', items: tagged('list', 20_000) }, actual)).toBeUndefined();
    expect(firstDifference({ type: 'set', items: tagged('list', 19_999) }, actual)).toMatchObject({ reason: 'extra' });
  });

  it('sets of sets of floats that are a little off end', () => {
    let reads = 0;
    const counted = (value: number): Value => ({
      type: 'float',
      get value() {
        reads += 1;
        return value;
      },
    });
    const outer = Array.from({ length: 200 }, (_, index) => index);
    const wanted = outer.map((at) => ({
      type: 'set' as const,
      items: outer.map((place) => ({ type: 'float' as const, value: at * 1000 + place + 0.5 })),
    }));
    const found = outer.map((at) => set(...outer.map((place) => counted(at * 1000 + place + 0.25))));
    const difference = firstDifference({ type: 'set', items: wanted }, set(...found), 0.001);
    expect(difference).toMatchObject({ reason: 'missing' });
    expect(reads).toBeLessThan(10_000_000);
  });
});
