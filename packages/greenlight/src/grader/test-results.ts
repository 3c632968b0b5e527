import type { TestResult } from '../contract/atom-result.ts';
import { type AtomTest, isCallTest, isJudgedInBox, isProgramTest } from '../contract/atom-tests.ts';
import { readExpected } from '../contract/expected.ts';
import type { StepUsage } from '../sandbox/port.ts';
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
  readonly usage?: StepUsage | undefined;
}

/** The wire form of a judged test. Of a hidden one only name, verdict and points are told. */
export function resultOf({ test, verdict, durationMs, usage }: JudgedTest, program: Program): TestResult {
  const passed = verdict.kind === 'passed';
  if (test.hidden) {
    return { name: test.name, passed, duration_ms: 0, hidden: true, points: test.points, ...trustOf(test) };
  }
  return {
    name: test.name,
    passed,
    ...(passed ? {} : { message: messageFor(test, verdict, program) }),
    ...comparison(test, verdict, program),
    duration_ms: rounded(durationMs),
    ...(usage?.cpuMs === undefined ? {} : { cpu_ms: rounded(usage.cpuMs) }),
    ...(usage?.peakMemoryMb === undefined ? {} : { peak_memory_mb: rounded(usage.peakMemoryMb) }),
    points: test.points,
    ...trustOf(test),
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
    ...trustOf(test),
  };
}

function trustOf(test: AtomTest): Pick<TestResult, 'trust'> {
  return isJudgedInBox(test) ? { trust: 'inside' } : {};
}

/** To hundredths. */
export function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

/** Expected and actual of a failed test: values in the language's own notation, outputs as texts. */
function comparison(test: AtomTest, verdict: Verdict, { language }: Program): Pick<TestResult, 'expected' | 'actual'> {
  if (isProgramTest(test) && verdict.kind === 'printed-other') {
    const show = (value: string): string => render({ type: 'string', value }, language);
    const expected = test.match === 'regex' ? `/${test.expected_stdout}/` : show(test.expected_stdout);
    return { expected, actual: show(verdict.actual) };
  }
  if (!isCallTest(test) || verdict.kind === 'passed') {
    return {};
  }
  const reading = readExpected(test.expected);
  return {
    ...(reading.ok ? { expected: render(reading.value, language) } : {}),
    ...(verdict.kind === 'different' ? { actual: render(verdict.actual, language) } : {}),
  };
}
