/** The kinds of test that an atom may carry, as they are once read: every default filled in. Reading is `read-tests.ts`. */
import { z } from 'zod';
import type { JsonValue } from '../sandbox/port.ts';
import { timeoutSchema } from './limits.ts';

const LONGEST_NAME = 200;
const LONGEST_CODE = 65_536;
const LONGEST_TEXT = 1_048_576;
const LONGEST_ARGUMENT = 4096;
const MOST_ARGUMENTS = 100;
/** Small against large points must still tell a full score from one that is not. */
const LEAST_POINTS = 0.01;
const MOST_POINTS = 1000;

const NAME = { error: `a text of 1 to ${LONGEST_NAME} characters` };
const POINTS = { error: `a number from ${LEAST_POINTS} to ${MOST_POINTS}` };
const CODE = { error: `source text of 1 to ${LONGEST_CODE} characters` };
const TOLERANCE = { error: 'a number of at least 0' };
const TEXT = { error: `a text of at most ${LONGEST_TEXT} characters` };
const ARGUMENTS = {
  error: `an array of at most ${MOST_ARGUMENTS} texts of ${LONGEST_ARGUMENT} characters, without NUL`,
};
const EXIT_CODE = { error: 'a whole number from 0 to 255' };

export const MATCHES = ['exact', 'trim', 'regex'] as const;

const json = z.custom<JsonValue>((value) => value !== undefined, 'any JSON value');
const text = z.string(TEXT).max(LONGEST_TEXT, TEXT);

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

/**
 * Calls the atom's function and compares what it returns, outside the box. `expected` is written as in `expected.ts`. In SQL
 * the input is scripts that run before the submission, and the rows of its last query are what it returns.
 */
export const callTestSchema = z.object({
  ...common,
  input: z.union([z.array(json), z.record(z.string(), json)], {
    error: 'an array of positional arguments or an object of named ones',
  }),
  expected: json,
  /** How far a number may be off, absolutely. Unless said: integers exactly, floats within 1e-9 of their size. */
  tolerance: z.number(TOLERANCE).min(0, TOLERANCE).optional(),
});

/** Runs the submission as a program and compares what it prints, outside the box. */
export const programTestSchema = z.object({
  ...common,
  stdin: text.optional(),
  args: z
    .array(
      z
        .string(ARGUMENTS)
        .max(LONGEST_ARGUMENT, ARGUMENTS)
        .refine((one) => !one.includes('\0'), ARGUMENTS),
      ARGUMENTS,
    )
    .max(MOST_ARGUMENTS, ARGUMENTS)
    .optional(),
  /** Further files beside the submission, for this test only: text by path. */
  files: z.record(z.string(), z.string()).optional(),
  expected_stdout: text,
  /**
   * `exact`: byte for byte. `trim` (unless said): blanks at the ends of lines, and blank lines at both ends, do not count.
   * `regex`: RE2 syntax, anywhere in the output.
   */
  match: z.enum(MATCHES, { error: `one of: ${MATCHES.join(', ')}` }),
  /** 0 unless said. */
  exit_code: z.int(EXIT_CODE).min(0, EXIT_CODE).max(255, EXIT_CODE),
});

/** Code that runs after the submission and passes unless it throws. Judged inside the box: marked `trust: "inside"`. */
export const assertionTestSchema = z.object({ ...common, code: z.string(CODE).min(1, CODE).max(LONGEST_CODE, CODE) });

/** A file of tests for the language's usual runner; each test in it is a result. Judged inside the box. */
export const fileTestSchema = z.object({
  ...common,
  /** Where the file lies; its tests import the submission from there. */
  file: z.string(),
  source: z.string(CODE).min(1, CODE).max(LONGEST_CODE, CODE),
});

export type CallTest = z.infer<typeof callTestSchema>;
export type ProgramTest = z.infer<typeof programTestSchema>;
export type AssertionTest = z.infer<typeof assertionTestSchema>;
export type FileTest = z.infer<typeof fileTestSchema>;
export type AtomTest = CallTest | ProgramTest | AssertionTest | FileTest;
/** What tests of every kind have. */
export type TestFrame = Pick<AtomTest, 'name' | 'points' | 'hidden' | 'timeout_ms'>;

export function isCallTest(test: AtomTest): test is CallTest {
  return 'input' in test;
}

export function isProgramTest(test: AtomTest): test is ProgramTest {
  return 'expected_stdout' in test;
}

export function isFileTest(test: AtomTest): test is FileTest {
  return 'file' in test;
}

/** Judged by code that runs beside the submission, which may have tampered with it. */
export function isJudgedInBox(test: AtomTest): test is AssertionTest | FileTest {
  return 'code' in test || 'file' in test;
}
