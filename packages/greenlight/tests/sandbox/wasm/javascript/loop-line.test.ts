import { describe, expect, it } from 'vitest';
import { loopLineNear } from '../../../../src/sandbox/wasm/javascript/loop-line.ts';

const SOURCE = [
  'function f(n) {',
  '  let m = g(n);',
  '  while (m > 0) {',
  '    g(m);',
  '  }',
  '  return m;',
  '}',
  'const g = (x) => x',
].join('\n');

describe('the line of the loop that ran', () => {
  it.each([
    ['the line itself, when a loop starts on it', 3, 3],
    ['the loop around it', 4, 3],
    ['the first loop below, when none is around', 1, 3],
    ['the first loop below a call', 2, 3],
    ['the line itself, when no loop is near', 8, 8],
  ])('is %s', (_, line, expected) => {
    expect(loopLineNear(SOURCE, line)).toBe(expected);
  });
});
