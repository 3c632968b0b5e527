import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  atomResultSchema,
  grade,
  type JsonValue,
  LanguageUnsupported,
  SandboxFault,
  type StepOutcome,
} from '../../src/index.ts';
import { anyJson, ended, FakeSandbox, raised, returned, timedOut, valueOf } from '../../testing/index.ts';
import { atomWith } from '../atom-fixtures.ts';

const SUBMISSION = 'def helper(x):\n    return x\n\ndef add(a, b):\n    return a - b\n';
const CALL = { name: 'adds', input: [1, 2], expected: 3 };

async function gradeOne(test: object, outcome: StepOutcome, content: object = {}): ReturnType<typeof grade> {
  const atom = atomWith({ submission: SUBMISSION, entry_function: 'add', tests: [test], ...content });
  return grade(atom, FakeSandbox.answering(outcome));
}

describe('what enters the box', () => {
  it('files, calls, assertion code and limits do', async () => {
    const sandbox = FakeSandbox.answering(returned(valueOf(3)), returned(valueOf(3)), returned(valueOf(null)));
    const tests = [
      CALL,
      { input: { a: 1, b: 2 }, expected: 3, timeout_ms: 100 },
      { code: 'assert True', timeout_ms: 60_000 },
    ];
    await grade(atomWith({ submission: SUBMISSION, entry_function: 'add', tests }), sandbox);
    expect(sandbox.jobs).toEqual([
      {
        language: 'python',
        files: { 'solution.py': SUBMISSION },
        entrypoint: 'solution.py',
        steps: [
          { kind: 'call', function: 'add', arguments: { by: 'position', values: [1, 2] }, timeoutMs: 5000 },
          { kind: 'call', function: 'add', arguments: { by: 'name', values: { a: 1, b: 2 } }, timeoutMs: 100 },
          { kind: 'assertion', code: 'assert True', timeoutMs: 5000 },
        ],
        limits: { cpuMs: 5000, wallMs: 10_000, memoryMb: 256, outputKb: 64 },
      },
    ]);
  });

  it('expected values, names and points of tests do not (1)', async () => {
    const sandbox = FakeSandbox.answering(returned(valueOf(3)));
    await grade(
      atomWith({ tests: [{ name: 'secret-name', input: [], expected: 'secret-value', points: 97.5, hidden: true }] }),
      sandbox,
    );
    expect(JSON.stringify(sandbox.jobs)).not.toMatch(/secret|97\.5/);
  });

  it('the function is left to the box where neither the atom nor its text names one', async () => {
    const sandbox = FakeSandbox.answering(returned(valueOf(3)));
    await grade(atomWith(), sandbox);
    expect(sandbox.jobs[0]?.steps[0]).not.toHaveProperty('function');
  });
});

describe('a graded atom', () => {
  it('that passes all its tests is correct', async () => {
    const result = await gradeOne(CALL, returned(valueOf(3), { stdout: 'hello\n', durationMs: 1.2345 }));
    expect(result).toEqual({
      atom_id: 'a-1',
      partial_score: 1,
      tests_passed: 1,
      tests_total: 1,
      test_results: [{ name: 'adds', passed: true, duration_ms: 1.23, points: 1 }],
      error_class: null,
      git_suggestions: [],
      execution_time_ms: 1,
      meta_cognitive: {},
      correct: true,
      feedback: 'The test passed.',
      stdout: 'hello\n',
      stderr: '',
      limits: { cpu_ms: 5000, memory_mb: 256, wall_ms: 10_000, output_kb: 64 },
      used: { wall_ms: 1.23, cpu_ms: null, peak_memory_mb: null },
    });
  });

  it('shows expected against actual with the line of the function', async () => {
    const result = await gradeOne(CALL, returned(valueOf(-1)));
    expect(result.test_results).toMatchObject([
      { passed: false, expected: '3', actual: '-1', message: 'add(1, 2): expected 3, got -1 (add is at line 4)' },
    ]);
    expect(result).toMatchObject({ partial_score: 0, error_class: 'logic', correct: false });
  });

  it.each<[string, JsonValue, JsonValue, string]>([
    ['the place inside', [1, [2, 3]], [1, [2, 4]], 'expected 3, got 4 at [1][1]'],
    ['both kinds', 3, '3', "expected 3 (a number), got '3' (a str)"],
    ['a missing value', 3, null, 'expected 3 (a number), got None'],
    ['both lengths', [1, 2], [1], 'expected 2 items, got 1'],
    ['the missing key', { a: 1 }, {}, "'a' is missing"],
    ['the needless key', {}, { a: 1 }, "'a' should not be there"],
  ])('names %s', async (_, expected, actual, message) => {
    const result = await gradeOne({ input: [], expected }, returned(valueOf(actual)));
    expect(result.test_results[0]?.message).toContain(message);
  });

  it('scores by points and counts by tests', async () => {
    const tests = [{ ...CALL, points: 3 }, CALL, { code: 'assert False' }];
    const sandbox = FakeSandbox.answering(
      returned(valueOf(3)),
      returned(valueOf(0)),
      raised('AssertionError', '', { file: '<test>', line: 1 }),
    );
    const result = await grade(atomWith({ tests }), sandbox);
    expect(result).toMatchObject({
      partial_score: 0.6,
      tests_passed: 1,
      tests_total: 3,
      error_class: 'logic',
      correct: false,
    });
    expect(result.feedback).toMatch(/^1 of 3 tests passed \(60 % of the points\)\. First to fail: adds: /);
  });

  it('marks assertions as judged inside', async () => {
    const result = await gradeOne({ name: 'holds', code: 'assert True' }, returned({ type: 'undefined' }));
    expect(result.test_results).toMatchObject([{ name: 'holds', passed: true, trust: 'inside' }]);
  });

  it('without tests scores 0, is not run and says so', async () => {
    const sandbox = FakeSandbox.answering();
    const result = await grade(atomWith({ tests: [] }), sandbox);
    expect(result).toMatchObject({ partial_score: 0, tests_total: 0, error_class: null, correct: false });
    expect(result.feedback).toMatch(/no tests/);
    expect(sandbox.jobs).toEqual([]);
  });

  it('that does not compile fails every test as syntax, with the line', async () => {
    const sandbox = new FakeSandbox(() => ({
      status: 'syntax-error',
      error: { type: 'SyntaxError', message: "'(' was never closed", file: 'solution.py', line: 2, column: 7 },
    }));
    const result = await grade(
      atomWith({ tests: [CALL, { ...CALL, name: 'secret', hidden: true }, { code: 'assert 1' }] }),
      sandbox,
    );
    expect(result).toMatchObject({
      partial_score: 0,
      tests_passed: 0,
      tests_total: 3,
      error_class: 'syntax',
      execution_time_ms: 0,
    });
    expect(result.test_results[0]?.message).toBe("not run: SyntaxError: '(' was never closed (line 2, column 7)");
    expect(result.test_results[1]).toEqual({ name: 'secret', passed: false, hidden: true, duration_ms: 0, points: 1 });
    expect(result.test_results[2]).toMatchObject({ trust: 'inside' });
    expect(result.feedback).toMatch(/does not compile/);
    expect(result.git_suggestions[0]).toMatch(/line 2/);
  });
});

describe('hidden tests', () => {
  it('tell name, verdict and points, nothing else (4)', async () => {
    const secret = { ...CALL, name: 'edge', input: ['secret'], expected: 'secret', hidden: true };
    // In the order of the steps, of which those of shown tests come first.
    const outcomes = [
      returned(valueOf(3)),
      returned(valueOf('secret-ish'), { stdout: 'secret', stderr: 'secret', durationMs: 7 }),
      raised('ValueError', 'secret'),
    ];
    const result = await grade(atomWith({ tests: [secret, secret, CALL] }), FakeSandbox.answering(...outcomes));
    expect(result.test_results.slice(0, 2)).toEqual(
      [1, 2].map(() => ({ name: 'edge', passed: false, hidden: true, duration_ms: 0, points: 1 })),
    );
    expect(JSON.stringify(result)).not.toContain('secret');
    expect(result.feedback).toBe(
      '1 of 3 tests passed (33 % of the points). All shown tests pass; what fails is hidden.',
    );
    expect(result.git_suggestions).toEqual([expect.stringMatching(/unusual inputs/)]);
  });
});

describe('output', () => {
  it('of all shown tests is joined, and a cut is said', async () => {
    const tests = [CALL, CALL];
    const grown = [
      returned(valueOf(3), { stdout: 'é'.repeat(400), stderr: 'a' }),
      returned(valueOf(3), { stdout: 'é'.repeat(400) }),
    ];
    const result = await grade(atomWith({ tests, runner_limits: { output_kb: 1 } }), FakeSandbox.answering(...grown));
    expect(result.stdout).toBe(`${'é'.repeat(512)}\n… (output cut at 1 KiB)`);
    expect(result.stderr).toBe('a');
  });

  it('that the box cut is said to be cut', async () => {
    const result = await gradeOne(CALL, returned(valueOf(3), { stdout: 'x', truncated: true }));
    expect(result.stdout).toBe('x\n… (output cut at 64 KiB)');
  });

  it('cut inside a character does not end in half of it', async () => {
    const result = await gradeOne(CALL, returned(valueOf(3), { stdout: `a${'é'.repeat(600)}` }), {
      runner_limits: { output_kb: 1 },
    });
    expect(result.stdout).toBe(`a${'é'.repeat(511)}\n… (output cut at 1 KiB)`);
  });
});

describe('a fault of ours is thrown, never scored (2)', () => {
  it('a language that the sandbox does not run', async () => {
    await expect(
      grade(atomWith(), new FakeSandbox(() => ({ status: 'ran', outcomes: [] }), ['javascript'])),
    ).rejects.toThrow(LanguageUnsupported);
    const knowing = new FakeSandbox(() => ({ status: 'ran', outcomes: [] }), ['javascript']);
    const refused = [{ language: 'python', reason: 'no python3 in /usr/bin' }] as const;
    const status = () => ({ ...FakeSandbox.prototype.status.call(knowing), refused });
    await expect(grade(atomWith(), Object.assign(knowing, { status }))).rejects.toThrow(
      'language "python" cannot be run here (no python3 in /usr/bin); it may be one of: javascript',
    );
  });

  it('too few or too many outcomes', async () => {
    await expect(grade(atomWith(), FakeSandbox.answering())).rejects.toThrow(SandboxFault);
    const two = [returned(valueOf(3)), returned(valueOf(3))];
    await expect(grade(atomWith(), FakeSandbox.answering(...two))).rejects.toThrow(/2 outcomes for 1 steps/);
  });

  it('a sandbox that fails', async () => {
    const broken = new FakeSandbox(() => Promise.reject(new SandboxFault('fake', 'it fell over')));
    await expect(grade(atomWith(), broken)).rejects.toThrow(SandboxFault);
  });

  it('an abort, with its reason', async () => {
    const reason = new Error('cancelled');
    await expect(
      grade(atomWith(), FakeSandbox.answering(returned(valueOf(3))), AbortSignal.abort(reason)),
    ).rejects.toBe(reason);
  });
});

it('whatever comes out of the box, the result is well-formed and 1 exactly when all passed (3)', async () => {
  const outcome = fc.oneof(
    fc.constantFrom<StepOutcome>(
      returned(valueOf(3)),
      returned(valueOf(4)),
      raised('E', 'm'),
      timedOut(10),
      ended({ status: 'out-of-memory' }),
    ),
    anyJson().map((json) => returned(valueOf(json))),
    fc.string({ unit: 'binary' }).map((message) => raised(message, message, { line: 1 })),
  );
  const one = fc.record({ points: fc.double({ min: 0.01, max: 1000, noNaN: true }), hidden: fc.boolean(), outcome });
  await fc.assert(
    fc.asyncProperty(fc.array(one, { minLength: 1, maxLength: 8 }), async (all) => {
      const tests = all.map(({ points, hidden }) => ({ ...CALL, points, hidden }));
      const result = await grade(atomWith({ tests }), FakeSandbox.answering(...all.map((each) => each.outcome)));
      expect(atomResultSchema.parse(result)).toEqual(result);
      expect(result.correct).toBe(result.tests_passed === result.tests_total);
      expect(result.partial_score === 1).toBe(result.correct);
      expect(result.error_class === null).toBe(result.correct);
    }),
    { numRuns: 200 },
  );
});
