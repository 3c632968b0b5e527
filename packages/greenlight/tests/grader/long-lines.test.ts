/** Sources that took minutes, or hours, of the server's thread. No time is measured: what is wrong here does not end within a test. */
import { describe, expect, it } from 'vitest';
import { namesInTestFile } from '../../src/contract/test-file-names.ts';
import { functionsIn } from '../../src/grader/program.ts';
import { changedArgument } from '../../src/grader/suggestions/changed-arguments.ts';
import { uncaughtIn } from '../../src/sandbox/native/uncaught.ts';

const BLANKS = ' '.repeat(900_000);

describe('a text that was written to be slow to read', () => {
  it.each(['async function', 'const a =', 'export default', 'let ', 'function *'])(
    'a line that goes on in blanks behind "%s" defines nothing',
    (start) => {
      expect(functionsIn(`${start}${BLANKS}\nfunction f() {}`, 'javascript')).toEqual(new Map([['f', 2]]));
    },
  );

  it('nor does a class, a test or a lambda with as many blanks', () => {
    expect(functionsIn(`f${BLANKS}= 1\ndef g(): pass`, 'python')).toEqual(new Map([['g', 2]]));
    expect(namesInTestFile(`class TestA${BLANKS}\ndef test_b(): pass`, 'python')).toEqual(['test_b']);
    expect(namesInTestFile(`test(${BLANKS}\ntest('b', () => {})`, 'javascript')).toEqual(['b']);
  });

  it('a stack of nothing but folders names no file', () => {
    const stderr = `TypeError: no\n${'/box/'.repeat(200_000)}`;
    expect(uncaughtIn(stderr, { 'solution.js': '' })).toEqual({ type: 'TypeError', message: 'no' });
  });

  it('a function of many parameters with many lines is looked at in part', () => {
    const parameters = Array.from({ length: 120 }, (_, index) => `p${index}`).join(',');
    const source = `def f(${parameters}):\n${'    x\n'.repeat(150_000)}    p0.append(1)`;
    expect(changedArgument(source, 'python')).toBeUndefined();
    expect(changedArgument(`def f(${parameters}):\n    x\n    p0.append(1)`, 'python')).toEqual({
      name: 'p0',
      line: 3,
    });
  });
});
