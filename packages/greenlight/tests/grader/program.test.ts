import { describe, expect, it } from 'vitest';
import { calledFunction, functionNamedIn, functionsIn, type Program, readProgram } from '../../src/grader/program.ts';
import type { RunAtomRequest } from '../../src/index.ts';
import { atomWith } from '../atom-fixtures.ts';

function programOf(atom: RunAtomRequest): Program {
  return readProgram(atom).program;
}

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
    expect(functionNamedIn(front, functionsIn(source, 'python'))).toBe(name);
  });
});

describe('functionsIn', () => {
  it.each([
    ['function f(', 1],
    ['\nasync function f(a) {', 2],
    ['export default function f() {', 1],
    ['const f = () => 1', 1],
    ['let f = async (a) => 1', 1],
    ['var f = a => a', 1],
    ['const f = {}', undefined],
    ['f = 1', undefined],
    ['function ff() {', undefined],
  ])('in %j', (source, line) => {
    expect(functionsIn(source, 'javascript').get('f')).toBe(line);
  });

  it('takes a dollar sign in a name as itself', () => {
    expect(functionsIn('let x;\nlet $f = (a) => a', 'javascript').get('$f')).toBe(2);
  });
});

it('a task text full of names before a long source is read at once', () => {
  const front = Array.from({ length: 20_000 }, (_, index) => `\`f${index}\``).join('');
  const submission = 'def f1():\n    pass\n'.repeat(40_000);
  expect(calledFunction(programOf(atomWith({ submission }, { front: front.slice(0, 100_000) })))).toBe('f1');
});

describe('calledFunction', () => {
  it.each([
    ['the only one of the source', 'def add(a): pass', 'add'],
    ['none of several', 'def add(a): pass\ndef sub(a): pass', undefined],
    ['none where there is none', 'x = 1', undefined],
  ])('is %s', (_, submission, name) => {
    expect(calledFunction(programOf(atomWith({ submission })))).toBe(name);
  });

  it('is the one that the atom names', () => {
    expect(calledFunction(programOf(atomWith({ submission: 'def add(a): pass', function: 'sub' })))).toBe('sub');
  });
});

describe('programOf', () => {
  it('runs the submission', () => {
    const program = programOf(atomWith({ submission: 'x = 1', entry_function: 'g' }));
    expect(program).toEqual({
      functions: new Map(),
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
