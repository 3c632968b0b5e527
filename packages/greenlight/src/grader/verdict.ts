import type { ErrorClass } from '../contract/atom-result.ts';
import { type AtomTest, isCallTest } from '../contract/atom-tests.ts';
import { readExpected } from '../contract/expected.ts';
import type { ProgramError, Step, StepOutcome, Value } from '../sandbox/port.ts';
import { type Difference, firstDifference } from './compare.ts';
import { isInTest } from './own-lines.ts';

/** What became of one test. */
export type Verdict =
  | { readonly kind: 'passed' }
  /** It returned something else than was expected. */
  | { readonly kind: 'different'; readonly difference: Difference; readonly actual: Value }
  /** The test's own assertion did not hold. */
  | { readonly kind: 'assertion-failed'; readonly error: ProgramError }
  | { readonly kind: 'raised'; readonly error: ProgramError }
  | { readonly kind: 'timed-out'; readonly limitMs: number; readonly line?: number }
  | { readonly kind: 'out-of-memory' }
  | { readonly kind: 'exited'; readonly exitCode: number }
  | { readonly kind: 'output-limit' }
  | { readonly kind: 'lost'; readonly reason: string }
  | { readonly kind: 'skipped'; readonly reason: string };

/** What the box is asked for; nothing of the expected value goes with it. */
export function stepOf(test: AtomTest, entryFunction: string | undefined, cpuMs: number): Step {
  const timeoutMs = Math.min(test.timeout_ms ?? cpuMs, cpuMs);
  if (!isCallTest(test)) {
    return { kind: 'assertion', code: test.code, timeoutMs };
  }
  return {
    kind: 'call',
    ...(entryFunction === undefined ? {} : { function: entryFunction }),
    arguments: Array.isArray(test.input) ? { by: 'position', values: test.input } : { by: 'name', values: test.input },
    timeoutMs,
  };
}

/** Judges what came out of the box, outside it. */
export function judge(test: AtomTest, outcome: StepOutcome): Verdict {
  switch (outcome.status) {
    case 'returned':
      return isCallTest(test) ? judgeValue(test, outcome.value) : { kind: 'passed' };
    case 'raised': {
      const { error } = outcome;
      return { kind: !isCallTest(test) && isByTestItself(error) ? 'assertion-failed' : 'raised', error };
    }
    case 'timed-out':
      return {
        kind: 'timed-out',
        limitMs: outcome.limitMs,
        ...(outcome.line === undefined ? {} : { line: outcome.line }),
      };
    case 'tested': {
      const failed = outcome.tests.find((one) => !one.passed);
      if (failed === undefined) return { kind: 'passed' };
      return { kind: 'assertion-failed', error: failed.error ?? { type: 'AssertionError', message: '' } };
    }
    case 'exited':
      return { kind: 'exited', exitCode: outcome.exitCode };
    case 'out-of-memory':
    case 'output-limit':
      return { kind: outcome.status };
    case 'lost':
    case 'skipped':
      return { kind: outcome.status, reason: outcome.reason };
  }
}

/** Thrown by the test's own code in order to fail, not by the submission. */
function isByTestItself(error: ProgramError): boolean {
  return isInTest(error) && (error.type === 'AssertionError' || error.type === 'Error');
}

function judgeValue(test: AtomTest & { readonly expected: unknown }, actual: Value): Verdict {
  const reading = readExpected(test.expected);
  if (!reading.ok) {
    throw new TypeError(`expected of test "${test.name}" ${reading.flaw.detail}`);
  }
  const tolerance = isCallTest(test) ? test.tolerance : undefined;
  const difference = firstDifference(reading.value, actual, tolerance);
  return difference === undefined ? { kind: 'passed' } : { kind: 'different', difference, actual };
}

/** The class of a verdict; null for a passed test, and for a skipped one, whose cause is in the tests before it. */
function classOf(verdict: Verdict): ErrorClass | null {
  switch (verdict.kind) {
    case 'passed':
    case 'skipped':
      return null;
    case 'different':
    case 'assertion-failed':
      return 'logic';
    case 'timed-out':
      return 'timeout';
    case 'raised':
    case 'out-of-memory':
    case 'exited':
    case 'output-limit':
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
