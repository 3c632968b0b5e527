// A reporter of vitest's for .ci/run: one line for the skipped tests of a file for each reason, then the counts, into the file that
// TEST_SUMMARY names.
import { writeFileSync } from 'node:fs';

/** What it is described in: there stands why, where the test itself does not say. */
const groupOf = ({ parent }) => parent.fullName ?? 'its file';

export default class TestSummary {
  onTestRunEnd(modules, unhandledErrors) {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const inState = (state) => tests.filter((test) => test.result().state === state);
    // A file that cannot be loaded and an error outside a test fail the run too, so they count.
    const failures = [
      ...inState('failed'),
      ...modules.filter((module) => module.errors().length > 0),
      ...modules.flatMap((module) => [...module.children.allSuites()]).filter((suite) => suite.errors().length > 0),
      ...unhandledErrors,
    ];
    const skipped = inState('skipped');
    const alike = Object.values(
      Object.groupBy(skipped, (test) => `${test.module.relativeModuleId} ${groupOf(test)} ${test.result().note}`),
    );
    const reasons = alike.map(([test, ...others]) => {
      const which = others.length === 0 ? test.fullName : `${groupOf(test)}: ${others.length + 1} tests`;
      return `${test.module.relativeModuleId}: ${which} (${test.result().note ?? 'see the test'})`;
    });
    const counts = `${inState('passed').length} passed, ${failures.length} failed`;
    const line = `Tests: ${counts}${skipped.length === 0 ? '' : `, ${skipped.length} skipped`}`;
    writeFileSync(process.env.TEST_SUMMARY, `${[...reasons, line].join('\n')}\n`);
  }
}
