import { describe, expect, it } from 'vitest';
import { namesInTestFile } from '../../src/contract/test-file-names.ts';
import { type AtomResult, grade, parseRunAtomRequest, type StepOutcome } from '../../src/index.ts';
import { FakeSandbox, raised, tested, timedOut } from '../../testing/index.ts';
import { atomWith } from '../atom-fixtures.ts';

const SOURCE =
  'from solution import add\n\ndef test_small():\n    assert add(1, 2) == 3\n\ndef test_large():\n    assert add(2**70, 1) > 2**70\n';

async function gradeFile(outcomes: readonly StepOutcome[], content: object = {}): Promise<AtomResult> {
  return grade(
    atomWith({ tests: ['test_add.py'], files: { 'test_add.py': SOURCE }, ...content }),
    FakeSandbox.answering(...outcomes),
  );
}

describe('namesInTestFile', () => {
  it('finds functions, and methods of classes that hold tests', () => {
    const source = [
      'import unittest',
      'def helper(): pass',
      'def test_one(): pass',
      'async def test_two(x=1): pass',
      'class TestThree:',
      '    """about"""',
      '',
      '    def setup(self): pass',
      '    def test_a(self): pass',
      'class Cases(unittest.TestCase):',
      '    def test_b(self):',
      '        def test_inner(): pass',
      'class Plain:',
      '    def test_not(self): pass',
      'x = 1',
      'def test_one(): pass',
    ].join('\n');
    expect(namesInTestFile(source, 'python')).toEqual([
      'test_one',
      'test_two',
      'TestThree.test_a',
      'Cases.test_b',
      'Cases.test_inner',
    ]);
  });

  it('finds the literal names of test() and it()', () => {
    const source =
      "test('adds', () => {});\n  it(\"it's\", async () => {});\ntest(`plain`, f);\ntest(`x ${y}`, f);\nlatest('no', f);\n";
    expect(namesInTestFile(source, 'javascript')).toEqual(['adds', "it's", 'plain']);
    expect(namesInTestFile("test('don\\'t', f)", 'typescript')).toEqual(["don't"]);
  });
});

describe('a test file', () => {
  it('is a step for each of its tests, and lies in the box only while they run', async () => {
    const sandbox = new FakeSandbox((job) => ({ status: 'ran', outcomes: job.steps.map(() => tested()) }));
    await grade(atomWith({ tests: ['test_add.py'], files: { 'test_add.py': SOURCE, 'a.txt': '' } }), sandbox);
    const step = { kind: 'test-file', path: 'test_add.py', source: SOURCE, timeoutMs: 5000 };
    expect(sandbox.jobs[0]?.steps).toEqual([
      { ...step, only: 'test_small' },
      { ...step, only: 'test_large' },
    ]);
    expect(Object.keys(sandbox.jobs[0]?.files ?? {})).toEqual(['solution.py', 'a.txt']);
  });

  it('gives a result for each test, judged inside', async () => {
    const error = { type: 'AssertionError', message: '', file: 'test_add.py', line: 7 };
    const result = await gradeFile([
      tested({ name: 'test_small', passed: true }),
      tested({ name: 'test_large', passed: false, error }),
    ]);
    expect(result).toMatchObject({ tests_total: 2, tests_passed: 1, partial_score: 0.5, error_class: 'logic' });
    expect(result.test_results).toMatchObject([
      { name: 'test_small', passed: true, points: 1, trust: 'inside' },
      { name: 'test_large', passed: false, message: 'does not hold: assert add(2**70, 1) > 2**70', trust: 'inside' },
    ]);
  });

  it('the time-out or crash of one test fails that test only', async () => {
    const result = await gradeFile([timedOut(5000, 2), tested({ name: 'test_large', passed: true })]);
    expect(result).toMatchObject({ tests_passed: 1, error_class: 'timeout' });
    const error = { type: 'ValueError', message: 'bad', file: 'solution.py', line: 1 };
    const crash = await gradeFile([tested({ name: 'test_small', passed: false, error }), tested()]);
    expect(crash.test_results.map(({ message }) => message)).toEqual([
      'ValueError: bad (line 1)',
      'the test did not run to its end',
    ]);
    expect(crash.error_class).toBe('runtime');
  });

  it.each([
    ['does not answer', []],
    [
      'answers twice',
      [
        { name: 'test_small', passed: true },
        { name: 'test_small', passed: true },
      ],
    ],
    ['answers under another name', [{ name: 'test_other', passed: true }]],
  ])('a test that the box %s has failed (4)', async (_name, inside) => {
    const result = await gradeFile([tested(...inside), tested({ name: 'test_large', passed: true })]);
    expect(result.test_results[0]).toMatchObject({ name: 'test_small', passed: false });
  });

  it('whose names cannot be told is one test', async () => {
    const content = { files: { 'test_add.py': 'for n in range(3): exec(f"def test_{n}(): pass")' } };
    const passes = [0, 1, 2].map((n) => ({ name: `test_${n}`, passed: true }));
    expect(await gradeFile([tested(...passes)], content)).toMatchObject({ tests_total: 1, partial_score: 1 });
    expect(await gradeFile([tested()], content)).toMatchObject({ tests_total: 1, partial_score: 0 });
    const broken = await gradeFile([raised('ImportError', 'no add', { file: 'test_add.py', line: 1 })], content);
    expect(broken).toMatchObject({ partial_score: 0, error_class: 'runtime' });
  });

  it('shares its points, and hides its tests with it', async () => {
    const test = { file: 'test_add.py', points: 5, hidden: true };
    const result = await gradeFile(
      [tested({ name: 'test_small', passed: true }), tested({ name: 'test_large', passed: false })],
      { tests: [test, { input: [1, 2], expected: 3, points: 5 }].slice(0, 1) },
    );
    expect(result.test_results).toEqual([
      { name: 'test_small', passed: true, duration_ms: 0, hidden: true, points: 2.5, trust: 'inside' },
      { name: 'test_large', passed: false, duration_ms: 0, hidden: true, points: 2.5, trust: 'inside' },
    ]);
  });

  it.each([
    ['one path for all tests', { tests: 'test_add.py', files: { 'test_add.py': SOURCE } }],
    ['a list of paths', { tests: ['test_add.py'], files: { 'test_add.py': SOURCE } }],
    [
      'a file among what was handed in',
      { tests: ['test_add.py'], submission: { 'solution.py': 'x', 'test_add.py': SOURCE } },
    ],
    ['its source in place', { tests: [{ file: 'test_add.py', source: SOURCE }] }],
  ])('is read from %s, and reads the same again', (_name, content) => {
    const atom = atomWith(content);
    expect(atom.content_json.tests).toMatchObject([
      { name: 'test_add.py', file: 'test_add.py', source: SOURCE, points: 2 },
    ]);
    expect(parseRunAtomRequest(JSON.parse(JSON.stringify(atom)))).toEqual(atom);
  });
});
