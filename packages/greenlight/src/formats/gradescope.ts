/** A result as Gradescope's autograder reads it (`results.json`: https://gradescope-autograders.readthedocs.io/en/latest/specs/). */
import type { AtomResult } from '../contract/atom-result.ts';

export interface GradescopeResults {
  readonly score: number;
  readonly execution_time: number;
  readonly output: string;
  readonly tests: readonly {
    readonly name: string;
    readonly score: number;
    readonly max_score: number;
    readonly status: 'passed' | 'failed';
    readonly output: string;
    readonly visibility: 'visible' | 'hidden';
  }[];
}

/** Points as the tests have them; time in seconds. */
export function toGradescope(result: AtomResult): GradescopeResults {
  const tests = result.test_results.map(({ name, passed, points, message = '', hidden = false }) => ({
    name,
    score: passed ? points : 0,
    max_score: points,
    status: passed ? ('passed' as const) : ('failed' as const),
    output: message,
    visibility: hidden ? ('hidden' as const) : ('visible' as const),
  }));
  return {
    score: tests.reduce((sum, { score }) => sum + score, 0),
    execution_time: result.execution_time_ms / 1000,
    output: [result.feedback, ...result.git_suggestions].join('\n'),
    tests,
  };
}
