import { z } from 'zod';
import type { JsonValue } from '../sandbox/port.ts';
import { readExpected, sizeFlaw } from './expected.ts';
import { at, type IssueList, isRecord, type Located, show } from './issue-list.ts';
import { timeoutSchema } from './limits.ts';

const MOST_TESTS = 200;
const LONGEST_NAME = 200;
const LONGEST_CODE = 65_536;
/** Small against large points must still tell a full score from one that is not. */
const LEAST_POINTS = 0.01;
const MOST_POINTS = 1000;

const NAME = { error: `a text of 1 to ${LONGEST_NAME} characters` };
const POINTS = { error: `a number from ${LEAST_POINTS} to ${MOST_POINTS}` };
const CODE = { error: `source text of 1 to ${LONGEST_CODE} characters` };
const TOLERANCE = { error: 'a number of at least 0' };
const KINDS = 'a call {"input": [1, 2], "expected": 3} or an assertion {"name": "…", "code": "assert …"}';

const json = z.custom<JsonValue>((value) => value !== undefined, 'any JSON value');

const common = {
  /** Shown to the learner, also of a hidden test. */
  name: z.string(NAME).min(1, NAME).max(LONGEST_NAME, NAME),
  /** What passing is worth; 1 unless said. */
  points: z.number(POINTS).min(LEAST_POINTS, POINTS).max(MOST_POINTS, POINTS),
  /** The learner sees its name and verdict, nothing else. */
  hidden: z.boolean({ error: 'true or false' }),
  /** Milliseconds; never more than the limit of the run. */
  timeout_ms: timeoutSchema.optional(),
};

/** Calls the atom's function and compares what it returns, outside the box. `expected` is written as in `expected.ts`. */
export const callTestSchema = z.object({
  ...common,
  input: z.union([z.array(json), z.record(z.string(), json)], {
    error: 'an array of positional arguments or an object of named ones',
  }),
  expected: json,
  /** How far a number may be off, absolutely. Unless said: integers exactly, floats within 1e-9 of their size. */
  tolerance: z.number(TOLERANCE).min(0, TOLERANCE).optional(),
});

/** Code that runs after the submission and passes unless it throws. Judged inside the box: marked `trust: "inside"`. */
export const assertionTestSchema = z.object({ ...common, code: z.string(CODE).min(1, CODE).max(LONGEST_CODE, CODE) });

export type CallTest = z.infer<typeof callTestSchema>;
export type AssertionTest = z.infer<typeof assertionTestSchema>;
export type AtomTest = CallTest | AssertionTest;

export function isCallTest(test: AtomTest): test is CallTest {
  return 'input' in test;
}

/** The tests with all defaults filled in: name `test N`, 1 point, not hidden. */
export function readTests(located: Located, issues: IssueList): AtomTest[] {
  if (located.value === undefined) {
    issues.refuse(located, `an array of tests, each ${KINDS}`);
    return [];
  }
  if (typeof located.value === 'string') {
    issues.add(located.path, `was ${show(located.value)}: test files cannot be run yet; each test may be ${KINDS}`);
    return [];
  }
  if (!Array.isArray(located.value) || located.value.length > MOST_TESTS) {
    issues.refuse(located, `an array of at most ${MOST_TESTS} tests, each ${KINDS}`);
    return [];
  }
  return located.value.flatMap((_, index) => readTest(at(located, index), index, issues) ?? []);
}

function readTest(located: Located, index: number, issues: IssueList): AtomTest | undefined {
  const test = located.value;
  if (typeof test === 'string') {
    issues.add(located.path, `was ${show(test)}: test files cannot be run yet; a test may be ${KINDS}`);
    return undefined;
  }
  if (!isRecord(test)) {
    issues.refuse(located, KINDS);
    return undefined;
  }
  const holds = (key: string): boolean => at(located, key).value !== undefined;
  if (holds('code') && (holds('input') || holds('expected'))) {
    issues.add(located.path, 'has both "code" and "input" or "expected"; it may be an assertion or a call, not both');
    return undefined;
  }
  const shared = {
    name: issues.readOptional(at(located, 'name'), common.name) ?? `test ${index + 1}`,
    points: issues.readOptional(at(located, 'points'), common.points) ?? 1,
    hidden: issues.readOptional(at(located, 'hidden'), common.hidden) ?? false,
    timeout_ms: issues.readOptional(at(located, 'timeout_ms'), timeoutSchema),
  };
  if (holds('code')) {
    return { ...shared, code: issues.read(at(located, 'code'), assertionTestSchema.shape.code, '') };
  }
  if (holds('input') || 'expected' in test) {
    return { ...shared, ...readCall(located, test, issues) };
  }
  const program = ['expected_stdout', 'stdin', 'args'].find(holds);
  issues.add(
    located.path,
    program === undefined
      ? `has neither "input" nor "code"; it may be ${KINDS}`
      : `is a program test ("${program}"), which cannot be run yet; it may be ${KINDS}`,
  );
  return undefined;
}

function readCall(
  located: Located,
  test: { readonly [key: string]: unknown },
  issues: IssueList,
): Pick<CallTest, 'input' | 'expected' | 'tolerance'> {
  const input = at(located, 'input');
  const tooLarge = sizeFlaw(input.value);
  if (tooLarge !== undefined) {
    issues.add(input.path, tooLarge);
  }
  return {
    input: tooLarge === undefined ? issues.read(input, callTestSchema.shape.input, []) : [],
    expected: readExpectedJson(located, test, issues),
    tolerance: issues.readOptional(at(located, 'tolerance'), callTestSchema.shape.tolerance),
  };
}

/** Null is a value here, so that only a key that is not there is missing. */
function readExpectedJson(located: Located, test: { readonly [key: string]: unknown }, issues: IssueList): JsonValue {
  const path = [...located.path, 'expected'];
  if (!('expected' in test)) {
    issues.refuse({ value: undefined, path }, 'any JSON value');
    return null;
  }
  const expected = test['expected'];
  const tooLarge = sizeFlaw(expected);
  if (tooLarge !== undefined) {
    issues.add(path, tooLarge);
    return null;
  }
  const reading = readExpected(expected);
  if (!reading.ok) {
    issues.add([...path, ...reading.flaw.path], reading.flaw.detail);
    return null;
  }
  return issues.read({ value: expected, path }, json, null);
}
