/** What pytest writes with the plugin pytest-json-report, read as a result: https://github.com/numirias/pytest-json-report#format */
import { z } from 'zod';
import type { AtomResult, ErrorClass } from '../contract/atom-result.ts';
import { type ImportedTest, importedResult, readReport } from './imported.ts';

const OUTCOMES = ['passed', 'failed', 'error', 'skipped', 'xfailed', 'xpassed'] as const;
const STAGES = ['setup', 'call', 'teardown'] as const;
/** pytest shortens a failed `assert` to this, or names the error. */
const ASSERTION = /^(?:AssertionError|assert\b|Failed:)/;
/** Of the plugin pytest-timeout. */
const OUT_OF_TIME = /^Failed: Timeout/;

const stageSchema = z.object(
  {
    duration: z.number('seconds').default(0),
    outcome: z.string('an outcome').default(''),
    crash: z.object({ message: z.string('a text').default('') }, 'an object').optional(),
    longrepr: z.unknown().optional(),
    stdout: z.string('a text').optional(),
    stderr: z.string('a text').optional(),
  },
  'a stage of a test',
);

const testSchema = z.object(
  {
    nodeid: z.string('the id of a test'),
    outcome: z.enum(OUTCOMES, `one of ${OUTCOMES.join(', ')}`),
    setup: stageSchema.optional(),
    call: stageSchema.optional(),
    teardown: stageSchema.optional(),
  },
  'a test with `nodeid` and `outcome`',
);

const schema = z.object(
  {
    tests: z.array(testSchema, 'a list of tests').optional(),
    summary: z.object({ total: z.number('a count').default(0) }, 'an object'),
    collectors: z
      .array(
        z.object({
          nodeid: z.string('an id').default(''),
          outcome: z.string('an outcome'),
          longrepr: z.unknown().optional(),
        }),
        'a list of collectors',
      )
      .default([]),
  },
  'an object with `tests` and `summary`',
);

/** @throws ReportInvalid */
export function fromPytest(report: unknown, atomId: string): AtomResult {
  const { tests = [], collectors } = readReport('pytest-json-report', report, schema);
  const ran = tests.filter(({ outcome }) => outcome !== 'skipped');
  const broken = collectors.find(({ outcome }) => outcome === 'failed');
  return importedResult(atomId, {
    tests: ran.map(testOf),
    skipped: tests.length - ran.length,
    ...(broken === undefined ? {} : { broken: lastLines(textOf(broken.longrepr)) || broken.nodeid }),
  });
}

/** One that was expected to fail and did has passed, as pytest counts. */
function testOf({ nodeid, outcome, ...stages }: z.infer<typeof testSchema>): ImportedTest {
  const all = STAGES.flatMap((name) => stages[name] ?? []);
  const failed = all.find((stage) => stage.outcome === 'failed' || stage.outcome === 'error');
  const message = failed?.crash?.message || lastLines(textOf(failed?.longrepr));
  const joined = (texts: readonly (string | undefined)[]): string => texts.filter(Boolean).join('');
  return {
    name: nodeid,
    passed: outcome === 'passed' || outcome === 'xfailed' || outcome === 'xpassed',
    ...(message === '' ? {} : { message }),
    failure: failureOf(message, outcome),
    durationMs: all.reduce((sum, { duration }) => sum + duration * 1000, 0),
    stdout: joined(all.map(({ stdout }) => stdout)),
    stderr: joined(all.map(({ stderr }) => stderr)),
  };
}

function failureOf(message: string, outcome: string): ErrorClass {
  if (OUT_OF_TIME.test(message)) return 'timeout';
  return outcome !== 'error' && (message === '' || ASSERTION.test(message)) ? 'logic' : 'runtime';
}

function textOf(longrepr: unknown): string {
  return typeof longrepr === 'string' ? longrepr : '';
}

/** Of a traceback the lines that say what happened, which pytest marks with `E`; else its last. */
function lastLines(text: string): string {
  const lines = text.trim().split('\n');
  const marked = lines.filter((line) => line.startsWith('E ')).map((line) => line.slice(2).trim());
  return marked.length > 0 ? marked.join('\n') : (lines.at(-1) ?? '');
}
