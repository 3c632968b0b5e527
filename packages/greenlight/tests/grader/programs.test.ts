import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { printsAs } from '../../src/grader/printed.ts';
import { type AtomResult, grade, type StepOutcome } from '../../src/index.ts';
import { ended, FakeSandbox, printed } from '../../testing/index.ts';
import { atomWith } from '../atom-fixtures.ts';

async function gradeOne(test: object, outcome: StepOutcome, content: object = {}): Promise<AtomResult> {
  return grade(atomWith({ tests: [test], ...content }), FakeSandbox.answering(outcome));
}

describe('a program test', () => {
  it('sends stdin, arguments and files into the box, and nothing that is expected', async () => {
    const sandbox = FakeSandbox.answering(printed('secret'));
    const test = {
      name: 'secret-name',
      stdin: '1 2\n',
      args: ['-v'],
      files: { 'data/a.txt': 'x' },
      expected_stdout: 'secret',
    };
    await grade(atomWith({ tests: [test] }), sandbox);
    expect(sandbox.jobs[0]?.steps).toEqual([
      { kind: 'program', stdin: '1 2\n', args: ['-v'], files: { 'data/a.txt': 'x' }, timeoutMs: 5000 },
    ]);
    expect(JSON.stringify(sandbox.jobs)).not.toContain('secret');
  });

  it.each([
    ['trim', 'a\nb', '\n  \na  \r\nb\t\n\n', true],
    ['trim', 'a\nb', 'a\n\nb', false],
    ['trim', '', '\n \n', true],
    ['trim', '  indented', 'indented', false],
    ['exact', 'a\n', 'a\n', true],
    ['exact', 'a\n', 'a', false],
    ['regex', '^total: \\d+$', 'total: 42', true],
    ['regex', '\\d{3}', 'only 42', false],
  ] as const)('compares by %s: %j and %j', (match, expected, actual, same) => {
    expect(printsAs(expected, actual, match)).toBe(same);
  });

  it('an output is always as itself, and blanks at line ends never count for trim', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '\n', '\t') });
    fc.assert(
      fc.property(text, (output) => {
        expect(printsAs(output, output, 'exact')).toBe(true);
        expect(printsAs(output, `\n${output.replaceAll('\n', ' \t\r\n')}  \n\n`, 'trim')).toBe(true);
      }),
    );
  });

  it('a pattern that is catastrophic elsewhere takes no time here', () => {
    expect(printsAs('^(a+)+$', `${'a'.repeat(50_000)}!`, 'regex')).toBe(false);
  });

  it('takes expected_output for expected_stdout', async () => {
    expect(await gradeOne({ stdin: '', expected_output: 'hi' }, printed('hi\n'))).toMatchObject({ partial_score: 1 });
  });

  it.each<[string, StepOutcome, object, string, string]>([
    ['another line', printed('a\nc\n'), {}, 'logic', "line 2: expected 'b', got 'c'"],
    ['nothing', printed(''), {}, 'logic', "printed nothing; expected 'a'"],
    ['too little', printed('a\n'), {}, 'logic', "ended after line 1; expected 'b' next"],
    ['too much', printed('a\nb\nc\n'), {}, 'logic', "printed a line 3 too many: 'c'"],
    ['no match', printed('x'), { match: 'regex', expected_stdout: '^y' }, 'logic', 'does not match the pattern'],
    ['the right thing, then failed', printed('a\nb\n', 3), {}, 'runtime', 'ended with exit code 3, not 0'],
    [
      'an uncaught error',
      printed('a\n', 1, { type: 'ZeroDivisionError', message: 'division by zero', line: 2 }),
      {},
      'runtime',
      'ZeroDivisionError: division by zero (line 2)',
    ],
    ['a flood', ended({ status: 'output-limit' }), {}, 'runtime', 'printed more than may be kept'],
    ['what was cut', { ...printed('a\n'), truncated: true }, {}, 'runtime', 'printed more than may be kept'],
  ])('that printed %s fails', async (_name, outcome, more, errorClass, message) => {
    const result = await gradeOne({ expected_stdout: 'a\nb\n', ...more }, outcome);
    expect(result).toMatchObject({ partial_score: 0, error_class: errorClass });
    expect(result.test_results[0]?.message).toContain(message);
  });

  it('shows both outputs of a failure, but nothing of a hidden one', async () => {
    const test = { expected_stdout: 'a\nb' };
    const shown = await gradeOne(test, printed('c\u001b[31m'));
    expect(shown.test_results[0]).toMatchObject({ expected: "'a\\nb'", actual: "'c\\x1b[31m'" });
    const hidden = await gradeOne({ ...test, hidden: true }, printed('c'));
    expect(hidden.test_results).toEqual([{ name: 'test 1', passed: false, duration_ms: 0, hidden: true, points: 1 }]);
    expect(hidden.stdout).toBe('');
  });

  it('may ask for an exit code', async () => {
    const test = { expected_stdout: 'usage', exit_code: 2 };
    expect(await gradeOne(test, printed('usage\n', 2))).toMatchObject({ partial_score: 1 });
    expect(await gradeOne(test, printed('usage\n', 0))).toMatchObject({ partial_score: 0 });
  });

  it('of any language can be graded', async () => {
    for (const language of ['c', 'bash', 'java', 'sql']) {
      const result = await gradeOne({ expected_stdout: 'ok' }, printed('ok'), { language, entrypoint: undefined });
      expect(result).toMatchObject({ partial_score: 1 });
    }
  });
});

describe("the author's files", () => {
  it('lie beside the submission and go before its own, but for the file that is run', async () => {
    const sandbox = FakeSandbox.answering(printed('x'));
    await grade(
      atomWith({
        tests: [{ expected_stdout: 'x' }],
        files: { 'data.txt': 'mine', 'solution.py': 'starter' },
        submission: { 'solution.py': 'theirs', 'data.txt': 'theirs', 'extra.py': 'theirs' },
      }),
      sandbox,
    );
    expect(sandbox.jobs[0]?.files).toEqual({ 'solution.py': 'theirs', 'data.txt': 'mine', 'extra.py': 'theirs' });
  });
});

describe('what was used of the limits', () => {
  it('is summed up as far as the sandbox can tell', async () => {
    const tests = [{ expected_stdout: 'x' }, { expected_stdout: 'x', hidden: true }];
    const usage = { cpuMs: 2.345, peakMemoryMb: 30 };
    const result = await grade(
      atomWith({ tests }),
      FakeSandbox.answering({ ...printed('x'), usage }, { ...printed('x'), usage: { cpuMs: 1, peakMemoryMb: 40 } }),
    );
    expect(result.used).toEqual({ wall_ms: 2, cpu_ms: 3.35, peak_memory_mb: 40 });
    expect(result.limits).toMatchObject({ cpu_ms: 5000, memory_mb: 256 });
    expect(result.test_results[0]).toMatchObject({ cpu_ms: 2.35, peak_memory_mb: 30 });
    expect(result.test_results[1]).not.toHaveProperty('cpu_ms');
  });
});
