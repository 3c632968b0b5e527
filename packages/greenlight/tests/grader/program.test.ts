import { describe, expect, it } from 'vitest';
import { functionNamedIn, lineOfFunction, programOf } from '../../src/grader/program.ts';
import { atomWith } from '../atom-fixtures.ts';

describe('functionNamedIn', () => {
  it.each([
    ['a definition', 'Complete `def add(a, b):` please', '', 'add'],
    ['a quoted call', 'Write `add(a, b)`.', '', undefined],
    ['a quoted call that the source defines', 'Write `add(a, b)`, which uses `range`.', 'def add(a, b): pass', 'add'],
    ['a quoted name that the source defines', 'Write `add`.', 'async def add(): pass', 'add'],
    ['a lambda', 'Write `add(a)`.', 'add = lambda a: a', 'add'],
    ['nothing', 'Add two numbers.', 'def add(a, b): pass', undefined],
    ['two that are defined', '`f()` and `g()`', 'def f(): pass\ndef g(): pass', undefined],
    ['one definition of two', 'def f( and def g(', 'def g(): pass', 'g'],
  ])('from %s', (_, front, source, name) => {
    expect(functionNamedIn(front, source, 'python')).toBe(name);
  });
});

describe('lineOfFunction', () => {
  it.each([
    ['function f(', 1],
    ['\nasync function f(a) {', 2],
    ['export default function f() {', 1],
    ['const f = () => 1', 1],
    ['f = 1', undefined],
    ['function ff() {', undefined],
  ])('in %j', (source, line) => {
    expect(lineOfFunction('f', source, 'javascript')).toBe(line);
  });

  it('takes a dollar sign in a name as itself', () => {
    expect(lineOfFunction('$f', 'let x;\nlet $f = 1', 'javascript')).toBe(2);
  });
});

describe('programOf', () => {
  it('runs the submission', () => {
    const program = programOf(atomWith({ submission: 'x = 1', entry_function: 'g' }));
    expect(program).toEqual({
      language: 'python',
      files: { 'solution.py': 'x = 1' },
      entrypoint: 'solution.py',
      entryFunction: 'g',
    });
  });

  it('runs the back, without its fence, where nothing was submitted', () => {
    const program = programOf(atomWith({}, { back: '```python\ndef add(a, b):\n    return a + b\n```' }));
    expect(program.files).toEqual({ 'solution.py': 'def add(a, b):\n    return a + b' });
  });
});
