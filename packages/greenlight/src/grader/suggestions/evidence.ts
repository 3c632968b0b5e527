import { isCallTest, isJudgedInBox, isProgramTest } from '../../contract/atom-tests.ts';
import { type Expected, readExpected } from '../../contract/expected.ts';
import type { Language, ProgramError, Value } from '../../sandbox/port.ts';
import type { Difference } from '../compare.ts';
import type { Program } from '../program.ts';
import type { JudgedTest } from '../test-results.ts';
import type { Verdict } from '../verdict.ts';

/** A call that returned something else than was expected. */
export interface Mismatch {
  readonly expected: Expected;
  readonly actual: Value;
  readonly difference: Difference;
}

/** A program that printed something else than was expected. */
export interface OtherOutput {
  readonly expected: string;
  readonly actual: string;
}

/** What the rules look at: the shown tests that failed. Hidden tests are only counted. */
export interface Evidence {
  readonly language: Language;
  /** Of the entry file. */
  readonly source: string;
  readonly failed: readonly JudgedTest[];
  readonly verdicts: readonly Verdict[];
  readonly mismatches: readonly Mismatch[];
  readonly outputs: readonly OtherOutput[];
  /** Whether an assertion of a test did not hold. */
  readonly assertionFailed: boolean;
  readonly raised: readonly ProgramError[];
  readonly shownPassed: number;
  readonly hiddenFailed: number;
}

export function gatherEvidence(judged: readonly JudgedTest[], program: Program): Evidence {
  const shown = judged.filter(({ test }) => !test.hidden);
  const failed = shown.filter(({ verdict }) => verdict.kind !== 'passed');
  const verdicts = failed.map(({ verdict }) => verdict);
  return {
    language: program.language,
    source: program.files[program.entrypoint] ?? '',
    failed,
    verdicts,
    mismatches: failed.flatMap(mismatchOf),
    outputs: failed.flatMap(outputOf),
    assertionFailed: failed.some(({ test, verdict }) => isJudgedInBox(test) && verdict.kind === 'assertion-failed'),
    raised: verdicts.flatMap((verdict) => (verdict.kind === 'raised' ? [verdict.error] : [])),
    shownPassed: shown.length - failed.length,
    hiddenFailed: judged.filter(({ test, verdict }) => test.hidden && verdict.kind !== 'passed').length,
  };
}

function mismatchOf({ test, verdict }: JudgedTest): Mismatch[] {
  if (!isCallTest(test) || verdict.kind !== 'different') {
    return [];
  }
  const reading = readExpected(test.expected);
  return reading.ok ? [{ expected: reading.value, actual: verdict.actual, difference: verdict.difference }] : [];
}

/** Outputs that a pattern describes have no expected text to compare with. */
function outputOf({ test, verdict }: JudgedTest): OtherOutput[] {
  if (!isProgramTest(test) || verdict.kind !== 'printed-other' || test.match === 'regex') {
    return [];
  }
  return [{ expected: test.expected_stdout, actual: verdict.actual }];
}
