/** The tests of an atom as they are graded, each with what the box is asked for. Nothing of an expected value goes with it. */
import { type AtomTest, type FileTest, isCallTest, isFileTest, isProgramTest } from '../contract/atom-tests.ts';
import { namesInTestFile } from '../contract/test-file-names.ts';
import type { Language, Step } from '../sandbox/port.ts';

/** One step. A test file is a step for each test that its text shows, so that each runs alone. */
export interface GradedTest {
  readonly test: AtomTest;
  /** The test of a test file that counts here. */
  readonly only?: string;
  readonly step: Step;
}

export interface StepFrame {
  readonly language: Language;
  /** The function that calls are of. */
  readonly entryFunction: string | undefined;
  /** The run's own limit, milliseconds. */
  readonly cpuMs: number;
}

export function gradedTests(tests: readonly AtomTest[], frame: StepFrame): GradedTest[] {
  return tests.flatMap((test): GradedTest[] =>
    isFileTest(test) ? fileSteps(test, frame) : [{ test, step: stepOf(test, frame) }],
  );
}

function fileSteps(test: FileTest, frame: StepFrame): GradedTest[] {
  const names = namesInTestFile(test.source, frame.language);
  const timeoutMs = timeoutOf(test, frame);
  const step = { kind: 'test-file', path: test.file, source: test.source, timeoutMs } as const;
  if (names.length === 0) return [{ test, step }];
  return names.map((name) => ({
    test: { ...test, name, points: test.points / names.length },
    only: name,
    step: { ...step, only: name },
  }));
}

function stepOf(test: Exclude<AtomTest, FileTest>, frame: StepFrame): Step {
  const timeoutMs = timeoutOf(test, frame);
  if (isProgramTest(test)) {
    const { stdin, args, files } = test;
    return {
      kind: 'program',
      ...(stdin === undefined ? {} : { stdin }),
      ...(args === undefined ? {} : { args }),
      ...(files === undefined ? {} : { files }),
      timeoutMs,
    };
  }
  if (!isCallTest(test)) {
    return { kind: 'assertion', code: test.code, timeoutMs };
  }
  return {
    kind: 'call',
    ...(frame.entryFunction === undefined ? {} : { function: frame.entryFunction }),
    arguments: Array.isArray(test.input) ? { by: 'position', values: test.input } : { by: 'name', values: test.input },
    timeoutMs,
  };
}

function timeoutOf({ timeout_ms: own }: AtomTest, { cpuMs }: StepFrame): number {
  return Math.min(own ?? cpuMs, cpuMs);
}
