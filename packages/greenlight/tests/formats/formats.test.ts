import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AtomResult, toExercism, toGradescope, toJUnit } from '../../src/index.ts';

const RESULT: AtomResult = {
  atom_id: 'add',
  partial_score: 0.4,
  tests_passed: 1,
  tests_total: 3,
  test_results: [
    { name: 'small', passed: true, duration_ms: 1.5, points: 2 },
    { name: 'a < "b" & c', passed: false, message: 'expected 3,\ngot 4', duration_ms: 2, points: 2 },
    { name: 'secret', passed: false, hidden: true, duration_ms: 0, points: 1 },
  ],
  error_class: 'logic',
  git_suggestions: ['A result is off by one.'],
  execution_time_ms: 1234,
  meta_cognitive: {},
  correct: false,
  feedback: '1 of 3 tests passed.',
  stdout: 'a\u0000b\u001b[31m',
  stderr: '',
};

describe('formats', () => {
  it('JUnit: a suite for each atom, escaped, without what XML cannot hold', () => {
    expect(toJUnit([RESULT, { ...RESULT, atom_id: 'two', test_results: [], stdout: '' }])).toBe(
      `<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
  <testsuite name="add" tests="3" failures="2" time="1.234">
    <testcase name="small" classname="add" time="0.002"/>
    <testcase name="a &lt; &quot;b&quot; &amp; c" classname="add" time="0.002">
      <failure message="expected 3,&#10;got 4" type="logic"/>
    </testcase>
    <testcase name="secret" classname="add" time="0.000">
      <failure message="hidden" type="logic"/>
    </testcase>
    <system-out>a\uFFFDb\uFFFD[31m</system-out>
  </testsuite>
  <testsuite name="two" tests="3" failures="0" time="1.234">
  </testsuite>
</testsuites>
`,
    );
  });

  it('JUnit: any text stays inside of its place', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const xml = toJUnit([{ ...RESULT, stdout: text, test_results: [] }]);
        expect(xml.replace(/<system-out>[^<>]*<\/system-out>/, '').match(/</g)).toHaveLength(
          // The declaration, and the two elements with their ends.
          5,
        );
      }),
    );
  });

  it('Gradescope: points by test, seconds, hidden ones hidden', () => {
    expect(toGradescope(RESULT)).toEqual({
      score: 2,
      execution_time: 1.234,
      output: '1 of 3 tests passed.\nA result is off by one.',
      tests: [
        { name: 'small', score: 2, max_score: 2, status: 'passed', output: '', visibility: 'visible' },
        {
          name: 'a < "b" & c',
          score: 0,
          max_score: 2,
          status: 'failed',
          output: 'expected 3,\ngot 4',
          visibility: 'visible',
        },
        { name: 'secret', score: 0, max_score: 1, status: 'failed', output: '', visibility: 'hidden' },
      ],
    });
  });

  it('Exercism: pass, fail, or an error where nothing was run', () => {
    expect(toExercism(RESULT)).toMatchObject({ version: 3, status: 'fail', tests: [{ status: 'pass' }, {}, {}] });
    expect(toExercism({ ...RESULT, correct: true }).status).toBe('pass');
    expect(toExercism({ ...RESULT, error_class: 'syntax' })).toEqual({
      version: 3,
      status: 'error',
      message: RESULT.feedback,
      tests: [],
    });
  });
});
