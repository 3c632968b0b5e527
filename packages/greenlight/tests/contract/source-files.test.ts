import { describe, expect, it } from 'vitest';
import { stripCodeFence } from '../../src/contract/source-files.ts';

describe('stripCodeFence', () => {
  it.each([
    ['plain source', 'x = 1\n', 'x = 1\n'],
    ['a fence with a language', '```python\nx = 1\ny = 2\n```', 'x = 1\ny = 2'],
    ['a fence of tildes', '~~~\nx\n~~~\n', 'x'],
    ['a fence amid prose', 'Like this:\n\n```js\nlet x;\n```\nSee?', 'let x;'],
    ['a longer fence around a shorter', '````\n```\n````', '```'],
    ['a fence that never ends', '```\nx = 1', 'x = 1'],
    ['the first of two', '```\na\n```\n```\nb\n```', 'a'],
    ['an empty fence', '```\n\n```', ''],
  ])('of %s', (_, text, source) => {
    expect(stripCodeFence(text)).toBe(source);
  });
});
