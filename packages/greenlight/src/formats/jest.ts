/**
 * What `jest --json` writes (and `vitest --reporter=json`, which writes the same), read as a result: https://jestjs.io/docs/cli#--json,
 * the type `FormattedTestResults` of @jest/test-result.
 */
import { stripVTControlCharacters } from 'node:util';
import { z } from 'zod';
import type { AtomResult, ErrorClass } from '../contract/atom-result.ts';
import { type ImportedTest, importedResult, readReport } from './imported.ts';

const STATUSES = ['passed', 'failed', 'skipped', 'pending', 'todo', 'disabled', 'focused'] as const;
/** How a failed expectation of Jest, and of Node's and Vitest's assertions, begins. */
const EXPECTATION = /^(?:Error: expect|AssertionError|JestAssertionError)/;
/** The frames below what happened. */
const STACK = /\n {4}at [^]*$/;
const OUT_OF_TIME = /^(?:thrown: "Exceeded timeout|Error: (?:thrown: "Exceeded timeout|Test timed out in))/;

const testSchema = z.object({
  title: z.string('the title of a test'),
  ancestorTitles: z.array(z.string(), 'a list of titles').default([]),
  status: z.enum(STATUSES, `one of ${STATUSES.join(', ')}`),
  duration: z.number('milliseconds').nullish(),
  failureMessages: z.array(z.string(), 'a list of texts').nullish(),
});

const schema = z.object(
  {
    testResults: z.array(
      z.object(
        {
          name: z.string('the path of a test file').default(''),
          /** Why the file could not be run, where it has no tests. */
          message: z.string('a text').default(''),
          status: z.string('passed or failed').default(''),
          assertionResults: z.array(testSchema, 'a list of tests'),
        },
        'a test file with `assertionResults`',
      ),
      'a list of test files',
    ),
  },
  'an object with `testResults`',
);

/** @throws ReportInvalid */
export function fromJest(report: unknown, atomId: string): AtomResult {
  const { testResults: files } = readReport('jest --json', report, schema);
  const all = files.flatMap((file) => file.assertionResults);
  const ran = all.filter(({ status }) => status === 'passed' || status === 'failed');
  const broken = files.find((file) => file.status === 'failed' && file.assertionResults.length === 0);
  return importedResult(atomId, {
    tests: ran.map(testOf),
    skipped: all.length - ran.length,
    ...(broken === undefined ? {} : { broken: stripVTControlCharacters(broken.message).trim() || broken.name }),
  });
}

function testOf({
  title,
  ancestorTitles,
  status,
  duration,
  failureMessages,
}: z.infer<typeof testSchema>): ImportedTest {
  const [message = ''] = (failureMessages ?? []).map((text) => stripVTControlCharacters(text).replace(STACK, ''));
  return {
    name: [...ancestorTitles, title].filter(Boolean).join(' > '),
    passed: status === 'passed',
    ...(message === '' ? {} : { message }),
    failure: failureOf(message),
    durationMs: duration ?? 0,
  };
}

function failureOf(message: string): ErrorClass {
  if (OUT_OF_TIME.test(message)) return 'timeout';
  return message === '' || EXPECTATION.test(message) ? 'logic' : 'runtime';
}
