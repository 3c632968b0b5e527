import { describe, expect, it } from 'vitest';
import { grade, type StepOutcome } from '../../src/index.ts';
import { ended, FakeSandbox, raised, returned, timedOut, valueOf } from '../../testing/index.ts';
import { atomWith } from '../atom-fixtures.ts';

const SUBMISSION = 'def helper(x):\n    return x\n\ndef add(a, b):\n    return a - b\n';
const CALL = { name: 'adds', input: [1, 2], expected: 3 };

async function gradeOne(test: object, outcome: StepOutcome, content: object = {}): ReturnType<typeof grade> {
  const atom = atomWith({ submission: SUBMISSION, entry_function: 'add', tests: [test], ...content });
  return grade(atom, FakeSandbox.answering(outcome));
}

describe('the ways a test fails', () => {
  it.each<[string, StepOutcome, string, RegExp]>([
    [
      'an exception',
      raised('ZeroDivisionError', 'division by zero', { file: 'solution.py', line: 5 }),
      'runtime',
      /^ZeroDivisionError: division by zero \(line 5\)$/,
    ],
    [
      'an exception in another file',
      raised('E', '', { file: 'lib.py', line: 5 }),
      'runtime',
      /^E \(lib\.py, line 5\)$/,
    ],
    ['a time-out', timedOut(5000, 3), 'timeout', /^stopped after 5000 ms at line 3/],
    ['a time-out somewhere', timedOut(5000), 'timeout', /^stopped after 5000 ms: /],
    ['no memory left', ended({ status: 'out-of-memory' }), 'runtime', /memory/],
    ['an exit', ended({ status: 'exited', exitCode: 0 }), 'runtime', /exit code 0/],
    ['a flood of output', ended({ status: 'output-limit' }), 'runtime', /printed more/],
    ['a lost box', ended({ status: 'lost', reason: 'a forged frame' }), 'runtime', /lost: a forged frame/],
    ['a skipped step', ended({ status: 'skipped', reason: 'two boxes were lost' }), 'runtime', /not run: two boxes/],
  ])('%s', async (_, outcome, errorClass, message) => {
    const result = await gradeOne(CALL, outcome);
    expect(result.error_class).toBe(errorClass);
    expect(result.test_results[0]).toMatchObject({ passed: false, expected: '3' });
    expect(result.test_results[0]?.message).toMatch(message);
    expect(result.test_results[0]).not.toHaveProperty('actual');
  });

  it.each<[string, StepOutcome, string, RegExp]>([
    [
      'its own words',
      raised('AssertionError', 'b should be gone', { file: '<test>', line: 2 }),
      'logic',
      /^b should be gone$/,
    ],
    [
      'the line that does not hold',
      raised('AssertionError', '', { file: '<test>', line: 2 }),
      'logic',
      /^does not hold: assert x == 2$/,
    ],
    ['no line', raised('AssertionError'), 'logic', /^the assertion does not hold$/],
    ['an error thrown by the test', raised('Error', 'wrong', { file: '<test>', line: 1 }), 'logic', /^wrong$/],
    [
      'an assertion of the learner',
      raised('AssertionError', 'mine', { file: 'solution.py', line: 1 }),
      'runtime',
      /^AssertionError: mine \(line 1\)$/,
    ],
    [
      'an error in the test',
      raised('NameError', 'x', { file: '<test>', line: 1 }),
      'runtime',
      /^NameError: x \(of the test, line 1\)$/,
    ],
  ])('an assertion by %s', async (_, outcome, errorClass, message) => {
    const result = await gradeOne({ code: 'x = 1\nassert x == 2' }, outcome);
    expect(result.error_class).toBe(errorClass);
    expect(result.test_results[0]?.message).toMatch(message);
  });

  it('the class is the worst that any test shows: timeout, runtime, logic', async () => {
    const tests = [CALL, CALL, CALL];
    const wrong = returned(valueOf(0));
    const run = async (...outcomes: StepOutcome[]): Promise<unknown> =>
      (await grade(atomWith({ tests }), FakeSandbox.answering(...outcomes))).error_class;
    expect(await run(wrong, raised('E'), timedOut(1))).toBe('timeout');
    expect(await run(wrong, raised('E'), wrong)).toBe('runtime');
    expect(await run(wrong, returned(valueOf(3)), ended({ status: 'skipped', reason: '' }))).toBe('logic');
  });

  it('what a program says cannot steer a terminal', async () => {
    const result = await gradeOne(CALL, raised('E\u001b[2J', '\u001b]0;x\u0007', { file: '\u001b.py', line: 1 }));
    expect(result.test_results[0]?.message).toBe('E\\x1b[2J: \\x1b]0;x\\x07 (\\x1b.py, line 1)');
  });
});
