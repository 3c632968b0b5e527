/** What every reader of another runner's report makes of it: a result as run-atom answers, each test worth one point. */
import type { z } from 'zod';
import { type AtomResult, ERROR_CLASSES, type ErrorClass, type TestResult } from '../contract/atom-result.ts';
import { IssueList } from '../contract/issue-list.ts';
import { feedbackFor, NO_TESTS_FEEDBACK, syntaxFeedback } from '../grader/feedback.ts';
import { ReportInvalid } from './errors.ts';

/** One test as another runner saw it. */
export interface ImportedTest {
  readonly name: string;
  readonly passed: boolean;
  readonly message?: string;
  /** Why it failed, where the report tells; `logic` otherwise. */
  readonly failure?: ErrorClass;
  /** Milliseconds. */
  readonly durationMs?: number;
  readonly stdout?: string;
  readonly stderr?: string;
}

export interface ImportedReport {
  /** Those that ran: what was skipped counts neither way. */
  readonly tests: readonly ImportedTest[];
  readonly skipped: number;
  /** What kept tests from being collected at all, as a file that does not compile; in the runner's words. */
  readonly broken?: string;
}

const LONGEST_MESSAGE = 4_000;

/** The report in the form that was named. @throws ReportInvalid with a pointer to each field that is not */
export function readReport<T>(format: string, report: unknown, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(report);
  if (parsed.success) return parsed.data;
  const issues = new IssueList();
  issues.readOptional({ value: report, path: [] }, schema);
  throw new ReportInvalid(format, issues.issues);
}

export function importedResult(atomId: string, { tests, skipped, broken }: ImportedReport): AtomResult {
  const results = tests.map(
    ({ name, passed, message, durationMs = 0 }): TestResult => ({
      name,
      passed,
      ...(passed || message === undefined ? {} : { message: message.slice(0, LONGEST_MESSAGE) }),
      duration_ms: durationMs,
      points: 1,
    }),
  );
  const passed = results.filter((result) => result.passed).length;
  const total = results.length;
  const correct = total > 0 && passed === total && broken === undefined;
  const failures = tests.flatMap((test) => (test.passed ? [] : [test.failure ?? 'logic']));
  const worst = broken === undefined ? ERROR_CLASSES.find((one) => failures.includes(one)) : 'syntax';
  const joined = (texts: readonly (string | undefined)[]): string => texts.filter(Boolean).join('');
  return {
    atom_id: atomId,
    partial_score: broken !== undefined || total === 0 ? 0 : passed / total,
    tests_passed: passed,
    tests_total: total,
    test_results: results,
    error_class: worst ?? null,
    git_suggestions: [],
    execution_time_ms: Math.round(tests.reduce((sum, { durationMs = 0 }) => sum + durationMs, 0)),
    meta_cognitive: {},
    correct,
    feedback: [feedbackOf(results, broken), skipped === 0 ? '' : `${skipped} skipped.`].filter(Boolean).join(' '),
    stdout: joined(tests.map(({ stdout }) => stdout)),
    stderr: joined(tests.map(({ stderr }) => stderr)),
  };
}

function feedbackOf(results: readonly TestResult[], broken: string | undefined): string {
  if (broken !== undefined) {
    const why = broken.slice(0, LONGEST_MESSAGE);
    return results.length === 0 ? syntaxFeedback(why) : `A file of tests could not be run, so nothing counts. ${why}`;
  }
  return results.length === 0 ? NO_TESTS_FEEDBACK : feedbackFor(results);
}
