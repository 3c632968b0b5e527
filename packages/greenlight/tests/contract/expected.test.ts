import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readExpected, sizeFlaw } from '../../src/contract/expected.ts';

describe('readExpected', () => {
  it.each([
    [null, { type: 'null' }],
    [true, { type: 'boolean', value: true }],
    [1.5, { type: 'number', value: 1.5 }],
    ['x', { type: 'string', value: 'x' }],
    [[1], { type: 'sequence', items: [{ type: 'number', value: 1 }] }],
    [{ a: null }, { type: 'map', entries: [[{ type: 'string', value: 'a' }, { type: 'null' }]] }],
    [{ $list: [] }, { type: 'list', items: [] }],
    [{ $tuple: [null] }, { type: 'tuple', items: [{ type: 'null' }] }],
    [{ $set: [] }, { type: 'set', items: [] }],
    [
      { $map: [[1, 2]] },
      {
        type: 'map',
        entries: [
          [
            { type: 'number', value: 1 },
            { type: 'number', value: 2 },
          ],
        ],
      },
    ],
    [{ $int: '-12' }, { type: 'integer', value: '-12' }],
    [{ $float: 'NaN' }, { type: 'float', value: 'NaN' }],
    [{ $bytes: 'AAE=' }, { type: 'bytes', value: 'AAE=' }],
    [{ $undefined: true }, { type: 'undefined' }],
  ])('reads %j', (json, value) => {
    expect(readExpected(json)).toEqual({ ok: true, value });
  });

  it('takes an object with a tag among other keys as it stands', () => {
    expect(readExpected({ $set: [], b: 1 })).toMatchObject({ ok: true, value: { type: 'map' } });
  });

  it.each([
    [{ $list: 1 }, ['$list']],
    [{ a: { $set: {} } }, ['a', '$set']],
    [{ $map: {} }, ['$map']],
    [{ $map: [[1]] }, ['$map', 0]],
    [{ $int: 5 }, ['$int']],
    [{ $float: 'nan' }, ['$float']],
    [{ $bytes: 'no base64' }, ['$bytes']],
    [{ $undefined: false }, ['$undefined']],
    [[undefined], [0]],
  ])('refuses %j with the path', (json, path) => {
    expect(readExpected(json)).toMatchObject({ ok: false, flaw: { path } });
  });

  it('reads every JSON value within the size', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (json) => {
        expect(sizeFlaw(json)).toBeUndefined();
        expect(readExpected(json).ok).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it('refuses a value of too many parts', () => {
    expect(sizeFlaw(Array.from({ length: 100_001 }, () => 0))).toMatch(/100000/);
  });
});
