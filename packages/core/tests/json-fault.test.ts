import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findJsonFault, jsonTrouble } from '../src/json-fault.ts';

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe('where a text stops being JSON', () => {
  it.each([
    ['abc', 1, 1],
    ['{"a": xyz}', 1, 7],
    ['{"a": 1,}', 1, 9],
    ['{"a": 1\n "b": 2}', 2, 2],
    ['{a: 1}', 1, 2],
    ['{"a" 1}', 1, 6],
    ['{1: 2}', 1, 2],
    ['[1,]', 1, 4],
    ['[,1]', 1, 2],
    ['[1 2]', 1, 4],
    ['[1}', 1, 3],
    ['{"a": 1]', 1, 8],
    ['{} x', 1, 4],
    ['[1],', 1, 4],
    ['01', 1, 2],
    ['1.', 1, 2],
    ['+1', 1, 1],
    ['tru', 1, 1],
    ['True', 1, 1],
    ["'a'", 1, 1],
    ['"a\nb"', 1, 3],
    ['"a\tb"', 1, 3],
    ['"\\x"', 1, 2],
    ['"\\u12g4"', 1, 2],
    ['\n\n  }', 3, 3],
    ['\uFEFF{}', 1, 1],
  ])('%j: line %i, column %i', (text, line, column) => {
    expect(isJson(text)).toBe(false);
    expect(findJsonFault(text)).toEqual({ line, column });
  });

  it.each(['', '  ', '{', '[', '{"a"', '{"a":', '{"a": 1', '{"a": 1,', '[1,', '[[[[', '"a', '"a\\\\'])(
    '%j only ends too early',
    (text) => {
      expect(isJson(text)).toBe(false);
      expect(findJsonFault(text)).toBeNull();
    },
  );

  it('is nowhere in a valid text, and at its end when it is cut between two tokens', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(findJsonFault(`[${text}`)).toBeNull();
        expect(findJsonFault(`{"key": ${text}`)).toBeNull();
      }),
    );
  });

  it('is found behind any valid beginning', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const before = `[${text}, `;
        const lines = before.split('\n');
        expect(findJsonFault(`${before}?]`)).toEqual({ line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 });
      }),
    );
  });

  it('is found in four megabytes of anything', () => {
    const million = 'x'.repeat(4_000_000);
    expect(findJsonFault(`"${million}`)).toBeNull();
    expect(findJsonFault(`${'['.repeat(4_000_000)}?`)).toEqual({ line: 1, column: 4_000_001 });
    expect(findJsonFault(`${'9'.repeat(4_000_000)}?`)).toEqual({ line: 1, column: 4_000_001 });
  });
});

it.each([
  ['', 'it is empty'],
  [' \n\t', 'it is empty'],
  ['{"a": [1', 'it ends too early'],
  ['title: x', 'it goes wrong at line 1, column 1'],
  ['{\n  "a": 1,\n}', 'it goes wrong at line 3, column 1'],
])('%j is no JSON: %s', (text, words) => {
  expect(jsonTrouble(text)).toBe(words);
});
