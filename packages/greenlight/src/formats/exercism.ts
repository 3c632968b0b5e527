/** A result as an Exercism test runner writes it (`results.json`, version 3: https://exercism.org/docs/building/tooling/test-runners/interface). */
import type { AtomResult } from '../contract/atom-result.ts';

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
