/** Reports as other runners write them (Jest 29, pytest-json-report 1.5, Exercism), read as results. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { atomResultSchema, fromExercism, fromJest, fromPytest, ReportInvalid, toExercism } from '../../src/index.ts';

const jestTest = (title: string, status: string, failureMessages: string[] = []) => ({
  ancestorTitles: ['add'],
  duration: status === 'pending' ? null : 5,
  failureMessages,
  fullName: `add ${title}`,
  status,
  title,
});
const jestFile = (assertionResults: object[], rest: object = {}) => ({
  assertionResults,
  ...{ endTime: 2, startTime: 1, message: '', name: '/a.test.js', status: 'failed', summary: '' },
  ...rest,
});

const stage = (outcome: string, rest: object = {}) => ({ duration: 0.002, outcome, ...rest });
const pytestTest = (name: string, outcome: string, call: object = stage(outcome)) => ({
  ...{ nodeid: `test_a.py::${name}`, lineno: 1, keywords: [name], outcome },
  ...{ setup: stage('passed'), call, teardown: stage('passed') },
});
const pytestReport = (tests: object[], rest: object = {}) => ({
  ...{ created: 1, duration: 0.1, exitcode: 1, root: '/', environment: {} },
  ...{ summary: { total: tests.length, collected: tests.length }, collectors: [], tests },
  ...rest,
});

describe('a report of Jest', () => {
  const expectation =
    'Error: expect(\u001b[2mreceived\u001b[22m).toBe(expected)\n\nExpected: 3\nReceived: 2\n    at Object.toBe (a.test.js:3:1)';

  it('each test is a result, its first failure without colours and stack; what did not run counts neither way', () => {
    const tests = [
      jestTest('adds', 'passed'),
      jestTest('is wrong', 'failed', [expectation]),
      jestTest('later', 'todo'),
      jestTest('off', 'pending'),
    ];
    const result = fromJest({ success: false, testResults: [jestFile(tests)] }, 'sum');
    expect(atomResultSchema.parse(result)).toEqual(result);
    expect(result).toMatchObject({ atom_id: 'sum', partial_score: 0.5, tests_passed: 1, tests_total: 2 });
    expect(result).toMatchObject({ error_class: 'logic', execution_time_ms: 10, correct: false });
    expect(result.test_results).toEqual([
      { name: 'add > adds', passed: true, duration_ms: 5, points: 1 },
      {
        ...{ name: 'add > is wrong', passed: false, duration_ms: 5, points: 1 },
        message: 'Error: expect(received).toBe(expected)\n\nExpected: 3\nReceived: 2',
      },
    ]);
    expect(result.feedback).toMatch(/^1 of 2 tests passed .* 2 skipped\.$/s);
  });

  it.each([
    ['TypeError: Cannot read properties of undefined', 'runtime'],
    ['Error: thrown: "Exceeded timeout of 50 ms for a test."', 'timeout'],
    ['thrown: "Exceeded timeout of 5000 ms for a hook."', 'timeout'],
    ['Error: Test timed out in 50ms.', 'timeout'],
    ['AssertionError: expected 2 to be 3', 'logic'],
    ['AssertionError [ERR_ASSERTION]: 2 == 3', 'logic'],
  ])('%j is of the class %s', (message, errorClass) => {
    const report = { testResults: [jestFile([jestTest('a', 'failed', [message])])] };
    expect(fromJest(report, 'a').error_class).toBe(errorClass);
  });

  it('a file that cannot be run is a syntax error, and nothing counts', () => {
    const broken = jestFile([], { message: '  \u001b[1m● Test suite failed to run\u001b[22m\n\n    SyntaxError: x' });
    expect(fromJest({ testResults: [broken] }, 'a')).toMatchObject({
      ...{ error_class: 'syntax', partial_score: 0, tests_total: 0, correct: false },
      feedback: expect.stringMatching(/does not compile.*● Test suite failed to run/s) as unknown,
    });
    const mixed = fromJest({ testResults: [jestFile([jestTest('a', 'passed')], { status: 'passed' }), broken] }, 'a');
    expect(mixed).toMatchObject({ error_class: 'syntax', partial_score: 0, tests_passed: 1, correct: false });
    expect(mixed.feedback).toMatch(/^A file of tests could not be run/);
  });
});

describe('a report of pytest', () => {
  it('each test is a result, with what it printed; an expected failure has passed', () => {
    const wrong = stage('failed', {
      crash: { path: '/test_a.py', lineno: 4, message: 'assert (1 + 1) == 3' },
      longrepr: 'def test_wrong():\n>       assert 1 + 1 == 3\nE       assert (1 + 1) == 3',
      stdout: 'seen\n',
    });
    const tests = [
      pytestTest('adds', 'passed'),
      pytestTest('wrong', 'failed', wrong),
      pytestTest('expected', 'xfailed', stage('skipped')),
      pytestTest('off', 'skipped'),
    ];
    const result = fromPytest(pytestReport(tests), 'sum');
    expect(atomResultSchema.parse(result)).toEqual(result);
    expect(result).toMatchObject({ tests_passed: 2, tests_total: 3, error_class: 'logic', stdout: 'seen\n' });
    expect(result.execution_time_ms).toBe(18);
    expect(result.test_results[1]).toMatchObject({
      name: 'test_a.py::wrong',
      message: 'assert (1 + 1) == 3',
      passed: false,
    });
    expect(result.feedback).toContain('1 skipped.');
  });

  it.each([
    ["KeyError: 'a'", 'failed', 'runtime'],
    ['AssertionError: told', 'failed', 'logic'],
    ['Failed: DID NOT RAISE', 'failed', 'logic'],
    ['Failed: Timeout >1.0s', 'failed', 'timeout'],
    ['ValueError: no', 'error', 'runtime'],
  ])('%j with the outcome %s is of the class %s', (message, outcome, errorClass) => {
    const test = pytestTest('a', outcome, stage('failed', { crash: { message } }));
    expect(fromPytest(pytestReport([test]), 'a').error_class).toBe(errorClass);
  });

  it('a broken fixture is told by its own message, a file that cannot be collected as a syntax error', () => {
    const setup = stage('failed', { longrepr: 'def broken():\n>   raise ValueError("no")\nE       ValueError: no' });
    const test = { nodeid: 't::a', outcome: 'error', setup, teardown: stage('passed') };
    expect(fromPytest(pytestReport([test]), 'a').test_results[0]).toMatchObject({ message: 'ValueError: no' });
    const longrepr = 'test_b.py:1: in <module>\nE     File "test_b.py", line 1\nE   SyntaxError: invalid syntax';
    const collectors = [{ nodeid: 'test_b.py', outcome: 'failed', result: [], longrepr }];
    expect(fromPytest(pytestReport([], { collectors, tests: undefined }), 'a')).toMatchObject({
      error_class: 'syntax',
      feedback: expect.stringContaining('SyntaxError: invalid syntax') as unknown,
    });
  });
});

describe('a report of Exercism', () => {
  it('versions 2 and 3 are read, and an error of a test is one of its code', () => {
    const tests = [
      { name: 'one', status: 'pass', message: null, output: 'seen', test_code: 'x' },
      { name: 'two', status: 'error', message: 'NameError: y' },
    ];
    for (const version of [2, 3]) {
      expect(fromExercism({ version, status: 'fail', message: null, tests }, 'a')).toMatchObject({
        ...{ tests_passed: 1, tests_total: 2, error_class: 'runtime', stdout: 'seen' },
        test_results: [{ passed: true }, { message: 'NameError: y' }],
      });
    }
    expect(fromExercism({ version: 3, status: 'error', message: 'no' }, 'a').error_class).toBe('syntax');
  });

  it('what we write is read back with the same tests and verdicts', () => {
    const tests = fc.array(fc.record({ name: fc.string(), status: fc.constantFrom('pass', 'fail') }), { minLength: 1 });
    fc.assert(
      fc.property(tests, (some) => {
        const status = some.every((test) => test.status === 'pass') ? 'pass' : 'fail';
        expect(toExercism(fromExercism({ version: 3, status, tests: some }, 'a'))).toMatchObject({
          status,
          tests: some,
        });
      }),
    );
  });
});

describe('what is no report', () => {
  it('is refused with a pointer to each wrong field, and what it may be', () => {
    const caught = (work: () => unknown): ReportInvalid => {
      try {
        work();
      } catch (error) {
        if (error instanceof ReportInvalid) return error;
      }
      throw new Error('it was read');
    };
    expect(caught(() => fromJest([], 'a'))).toMatchObject({ code: 'report_invalid', kind: 'invalid' });
    const odd = caught(() => fromJest({ testResults: [jestFile([jestTest('a', 'green')])] }, 'a'));
    expect(odd.message).toMatch(/\/testResults\/0\/assertionResults\/0\/status was "green"; it may be one of passed/);
    expect(caught(() => fromPytest({ summary: {}, tests: 5 }, 'a')).message).toMatch(/\/tests was 5; it may be a list/);
    expect(caught(() => fromExercism({ version: 1, status: 'pass' }, 'a')).message).toMatch(
      /\/version was 1; .* 2 or 3/,
    );
  });

  it('any JSON is read or refused, never anything else', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        for (const read of [fromJest, fromPytest, fromExercism]) {
          try {
            atomResultSchema.parse(read(value, 'a'));
          } catch (error) {
            expect(error).toBeInstanceOf(ReportInvalid);
          }
        }
      }),
    );
  });
});
