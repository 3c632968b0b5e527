import type { TestResult } from '../contract/atom-result.ts';

export const NO_TESTS_FEEDBACK =
  'This atom has no tests, so the code was not run and nothing could be graded: the score is 0.';

export function syntaxFeedback(message: string): string {
  return `The code does not compile, so no test was run. ${message}`;
}

/** The outcome in a sentence or two: how many passed, for how many points, and the first shown test that did not. */
export function feedbackFor(results: readonly TestResult[]): string {
  const passed = results.filter((result) => result.passed).length;
  if (passed === results.length) {
    return results.length === 1 ? 'The test passed.' : `All ${results.length} tests passed.`;
  }
  const points = (some: readonly TestResult[]): number => some.reduce((sum, result) => sum + result.points, 0);
  const percent = Math.floor((100 * points(results.filter((result) => result.passed))) / points(results));
  const count = `${passed} of ${results.length} tests passed (${percent} % of the points).`;
  const first = results.find((result) => !result.passed && result.hidden !== true);
  return first === undefined
    ? `${count} All shown tests pass; what fails is hidden.`
    : `${count} First to fail: ${first.name}: ${first.message ?? ''}`;
}
