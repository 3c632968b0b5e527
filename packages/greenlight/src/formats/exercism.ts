/** Results as an Exercism test runner writes them (`results.json`: https://exercism.org/docs/building/tooling/test-runners/interface). */
import { z } from 'zod';
import type { AtomResult } from '../contract/atom-result.ts';
import { importedResult, readReport } from './imported.ts';

export interface ExercismResults {
  readonly version: 3;
  readonly status: 'pass' | 'fail' | 'error';
  readonly message?: string;
  readonly tests: readonly {
    readonly name: string;
    readonly status: 'pass' | 'fail';
    readonly message?: string;
  }[];
}

const STATUSES = ['pass', 'fail', 'error'] as const;

const schema = z.object(
  {
    version: z.union([z.literal(2), z.literal(3)], '2 or 3'),
    status: z.enum(STATUSES, 'pass, fail or error'),
    message: z.string('a text').nullish(),
    tests: z
      .array(
        z.object({
          name: z.string('the name of a test'),
          status: z.enum(STATUSES, 'pass, fail or error'),
          message: z.string('a text').nullish(),
          output: z.string('a text').nullish(),
        }),
        'a list of tests',
      )
      .nullish(),
  },
  'an object with `version`, `status` and `tests`',
);

/** Versions 2 and 3; a test with the status `error` is one whose code broke. @throws ReportInvalid */
export function fromExercism(report: unknown, atomId: string): AtomResult {
  const { status, message, tests } = readReport('an Exercism test runner', report, schema);
  return importedResult(atomId, {
    tests: (tests ?? []).map(({ name, status: outcome, message: why, output }) => ({
      name,
      passed: outcome === 'pass',
      failure: outcome === 'error' ? ('runtime' as const) : ('logic' as const),
      ...(why ? { message: why } : {}),
      ...(output ? { stdout: output } : {}),
    })),
    skipped: 0,
    ...(status === 'error' ? { broken: message || 'The tests could not be run.' } : {}),
  });
}

/** `error`: it did not compile, or there was nothing to run. */
export function toExercism(result: AtomResult): ExercismResults {
  if (result.error_class === 'syntax' || result.tests_total === 0) {
    return { version: 3, status: 'error', message: result.feedback, tests: [] };
  }
  return {
    version: 3,
    status: result.correct ? 'pass' : 'fail',
    tests: result.test_results.map(({ name, passed, message }) => ({
      name,
      status: passed ? 'pass' : 'fail',
      ...(message === undefined ? {} : { message }),
    })),
  };
}
