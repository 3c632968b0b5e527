/** A file of tests: it says what its tests are, then each of them runs. */

import type { BoxVerdict } from '../../harness/verdict.ts';
import type { InsideTest, Step } from '../../port.ts';
import { looksLikeModule } from './sources.ts';
import { StepEnded } from './step-ended.ts';
import type { StepRun } from './step-run.ts';

/** More tests than these are not run. */
const MOST_TESTS = 1000;

export function performTestFile(run: StepRun, step: Extract<Step, { kind: 'test-file' }>): BoxVerdict {
  const node = run.enterNode({});
  run.invoke('installAssert');
  const exports = run.evaluateEntry();
  if (exports !== undefined) run.invoke('spread', exports);
  const source = run.stripped(step.source, step.path);
  if (looksLikeModule(source)) {
    run.settle(run.evaluate(source, step.path, 'module'));
  } else {
    // A function of its own, on the file's first line: its names do not clash with the submission's, and it may await.
    const body = run.evaluate(`(async (require) => {${source}\n})`, step.path, 'global');
    run.settle(run.invoke('callWithRequire', body, run.newString(step.path)));
  }
  const names: unknown = JSON.parse(run.textOf(run.callOn(node, 'testNames')));
  const tests: InsideTest[] = [];
  for (const [index, name] of (Array.isArray(names) ? names : []).slice(0, MOST_TESTS).entries()) {
    if (typeof name !== 'string' || (step.only !== undefined && name !== step.only)) continue;
    tests.push({ name, ...outcomeOf(() => run.settle(run.callOn(node, 'runTest', run.newNumber(index)))) });
  }
  return { kind: 'tested', tests };
}

/** What ends the whole step, as a time-out, is not the outcome of one test. */
function outcomeOf(runTest: () => void): Omit<InsideTest, 'name'> {
  try {
    runTest();
    return { passed: true };
  } catch (error) {
    if (!(error instanceof StepEnded) || error.verdict.kind !== 'raised') throw error;
    return { passed: false, error: error.verdict.error };
  }
}
