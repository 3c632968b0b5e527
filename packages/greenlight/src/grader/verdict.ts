import type { ErrorClass } from '../contract/atom-result.ts';
import {
  type AtomTest,
  type CallTest,
  isCallTest,
  isJudgedInBox,
  isProgramTest,
  type ProgramTest,
} from '../contract/atom-tests.ts';
import { readExpected } from '../contract/expected.ts';
import type { InsideTest, ProgramError, StepOutcome, Value } from '../sandbox/port.ts';
import { type Difference, firstDifference } from './compare.ts';
import { isInTest } from './own-lines.ts';
import { printsAs } from './printed.ts';

/** What became of one test. */
export type Verdict =
  | { readonly kind: 'passed' }
  /** It returned something else than was expected. */
  | { readonly kind: 'different'; readonly difference: Difference; readonly actual: Value }
  /** It printed something else than was expected. */
  | { readonly kind: 'printed-other'; readonly actual: string }
  /** The learner's prediction is not what was printed. */
  | { readonly kind: 'mispredicted'; readonly predicted: string; readonly printed: string }
  /** It printed what was expected and ended in another way. */
  | { readonly kind: 'wrong-exit'; readonly exitCode: number }
  /** The test's own assertion did not hold. */
  | { readonly kind: 'assertion-failed'; readonly error: ProgramError }
  | { readonly kind: 'raised'; readonly error: ProgramError }
  | { readonly kind: 'timed-out'; readonly limitMs: number; readonly line?: number }
  | { readonly kind: 'out-of-memory' }
  | { readonly kind: 'exited'; readonly exitCode: number }
  | { readonly kind: 'output-limit' }
  /** The test of a test file that the box did not answer for. */
  | { readonly kind: 'missing' }
  | { readonly kind: 'lost'; readonly reason: string }
  | { readonly kind: 'skipped'; readonly reason: string };

/**
 * Judges what came out of the box, outside it.
 *
 * @param only the test of a test file that counts; without it, all that it holds
 * @param prediction what the learner says that the program prints, where that is what is judged
 */
export function judge(test: AtomTest, outcome: StepOutcome, only?: string, prediction?: string): Verdict {
  switch (outcome.status) {
    case 'returned':
      return isCallTest(test) ? judgeValue(test, outcome.value) : { kind: 'passed' };
    case 'raised': {
      const { error } = outcome;
      return { kind: isJudgedInBox(test) && isByTestItself(error, test) ? 'assertion-failed' : 'raised', error };
    }
    case 'timed-out':
      return {
        kind: 'timed-out',
        limitMs: outcome.limitMs,
        ...(outcome.line === undefined ? {} : { line: outcome.line }),
      };
    case 'tested':
      return judgeInside(test, outcome.tests, only);
    case 'exited':
      return isProgramTest(test)
        ? judgeProgram(test, outcome, prediction)
        : { kind: 'exited', exitCode: outcome.exitCode };
    case 'out-of-memory':
    case 'output-limit':
      return { kind: outcome.status };
    case 'lost':
    case 'skipped':
      return { kind: outcome.status, reason: outcome.reason };
  }
}

/** Thrown by the test's own code in order to fail, not by the submission. */
function isByTestItself(error: ProgramError, test: AtomTest): boolean {
  const isThere = isInTest(error) || ('file' in test && error.file === test.file);
  return isThere && /^(?:AssertionError|Error)$/.test(error.type);
}

/** A test that was answered twice, or not at all, did not pass: whatever the code inside says of the others. */
function judgeInside(test: AtomTest, tests: readonly InsideTest[], only: string | undefined): Verdict {
  const counted = only === undefined ? tests : tests.filter(({ name }) => name === only);
  if (counted.length === 0 || (only !== undefined && counted.length > 1)) return { kind: 'missing' };
  const failed = counted.find(({ passed }) => !passed);
  if (failed === undefined) return { kind: 'passed' };
  const error = failed.error ?? { type: 'AssertionError', message: '' };
  return { kind: isByTestItself(error, test) ? 'assertion-failed' : 'raised', error };
}

function judgeProgram(
  test: ProgramTest,
  outcome: StepOutcome & { readonly status: 'exited' },
  prediction: string | undefined,
): Verdict {
  const { stdout, exitCode, error } = outcome;
  if (prediction !== undefined) {
    return printsAs(stdout, prediction, test.match)
      ? { kind: 'passed' }
      : { kind: 'mispredicted', predicted: prediction, printed: stdout };
  }
  if (exitCode !== test.exit_code && error !== undefined) return { kind: 'raised', error };
  if (outcome.truncated && !printsAs(test.expected_stdout, stdout, test.match)) return { kind: 'output-limit' };
  if (!printsAs(test.expected_stdout, stdout, test.match)) return { kind: 'printed-other', actual: stdout };
  return exitCode === test.exit_code ? { kind: 'passed' } : { kind: 'wrong-exit', exitCode };
}

function judgeValue(test: CallTest, actual: Value): Verdict {
  const reading = readExpected(test.expected);
  if (!reading.ok) {
    throw new TypeError(`expected of test "${test.name}" ${reading.flaw.detail}`);
  }
  const difference = firstDifference(reading.value, actual, test.tolerance);
  return difference === undefined ? { kind: 'passed' } : { kind: 'different', difference, actual };
}

/** The class of a verdict; null for a passed test, and for a skipped one, whose cause is in the tests before it. */
function classOf(verdict: Verdict): ErrorClass | null {
  switch (verdict.kind) {
    case 'passed':
    case 'skipped':
      return null;
    case 'different':
    case 'printed-other':
    case 'mispredicted':
    case 'assertion-failed':
      return 'logic';
    case 'timed-out':
      return 'timeout';
    case 'wrong-exit':
    case 'raised':
    case 'out-of-memory':
    case 'exited':
    case 'output-limit':
    case 'missing':
    case 'lost':
      return 'runtime';
  }
}

/** The class of a whole run that compiled: timeout before runtime before logic. */
export function errorClassOf(verdicts: readonly Verdict[]): ErrorClass | null {
  const shown = new Set(verdicts.map(classOf));
  const worst = (['timeout', 'runtime', 'logic'] as const).find((name) => shown.has(name));
  return worst ?? (verdicts.every((verdict) => verdict.kind === 'passed') ? null : 'runtime');
}
