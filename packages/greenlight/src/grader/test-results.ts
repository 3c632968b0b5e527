import type { TestResult } from '../contract/atom-result.ts';
import { type AtomTest, isCallTest } from '../contract/atom-tests.ts';
import { readExpected } from '../contract/expected.ts';
import { messageFor } from './messages.ts';
import type { Program } from './program.ts';
import { render } from './render.ts';
import type { Verdict } from './verdict.ts';

/** One test with what became of it. */
export interface JudgedTest {
  readonly test: AtomTest;
  readonly verdict: Verdict;
  /** As the host measured it, milliseconds. */
  readonly durationMs: number;
}

/** The wire form of a judged test. Of a hidden one only name, verdict and points are told. */
export function resultOf({ test, verdict, durationMs }: JudgedTest, program: Program): TestResult {
  const passed = verdict.kind === 'passed';
  const trust = isCallTest(test) ? {} : { trust: 'inside' as const };
  if (test.hidden) {
    return { name: test.name, passed, duration_ms: 0, hidden: true, points: test.points, ...trust };
  }
  return {
    name: test.name,
    passed,
    ...(passed ? {} : { message: messageFor(test, verdict, program) }),
    ...comparison(test, verdict, program),
    duration_ms: Math.round(durationMs * 100) / 100,
    points: test.points,
    ...trust,
  };
}

/** The results of a submission that did not compile: nothing was run. */
export function uncompiledResult(test: AtomTest, message: string): TestResult {
  return {
    name: test.name,
    passed: false,
    ...(test.hidden ? { hidden: true } : { message }),
    duration_ms: 0,
    points: test.points,
    ...(isCallTest(test) ? {} : { trust: 'inside' as const }),
  };
}

/** Expected and actual value of a failed call, in the language's own notation. */
function comparison(test: AtomTest, verdict: Verdict, { language }: Program): Pick<TestResult, 'expected' | 'actual'> {
  if (!isCallTest(test) || verdict.kind === 'passed') {
    return {};
  }
  const reading = readExpected(test.expected);
  return {
    ...(reading.ok ? { expected: render(reading.value, language) } : {}),
    ...(verdict.kind === 'different' ? { actual: render(verdict.actual, language) } : {}),
  };
}
