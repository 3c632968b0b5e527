import { type AtomResult, atomResultSchema, type TestResult } from '@switchyard/greenlight';
import { printable, printableLine } from './printable.ts';
import type { Style } from './style.ts';
import { renderTable } from './table.ts';

const MOST_OUTPUT_LINES = 10;

/** The result of a task of the greenlight arm; null when it is something else. */
export function readAtomResult(result: unknown): AtomResult | null {
  return atomResultSchema.safeParse(result).data ?? null;
}

/** The tests of a graded atom as a table, with what to look at next. */
export function renderAtomReport(result: AtomResult, title: string, style: Style): string {
  const { color } = style;
  const mark = result.correct ? style.tick : style.cross;
  const verdict = result.error_class === null ? '' : color.red(` (${result.error_class})`);
  const lines = [
    `${mark} ${color.bold(printableLine(title))}  ${scoreOf(result)}, ${result.tests_passed} of ${result.tests_total} tests${verdict}`,
  ];
  if (result.test_results.length > 0) lines.push(renderTests(result.test_results, style));
  if (result.test_results.length === 0 && result.feedback !== '') lines.push(printable(result.feedback));
  for (const suggestion of result.git_suggestions) lines.push(`  ${color.yellow('try:')} ${printableLine(suggestion)}`);
  lines.push(...outputOf('stdout', result.stdout, style), ...outputOf('stderr', result.stderr, style));
  return lines.join('\n');
}

/** `100 %`; never rounded up to a full score. */
export function scoreOf({ partial_score: score }: Pick<AtomResult, 'partial_score'>): string {
  const percent = Math.round(score * 100);
  return `${percent === 100 && score < 1 ? 99 : percent} %`;
}

function renderTests(tests: readonly TestResult[], style: Style): string {
  return renderTable(
    style,
    [
      { head: '' },
      { head: 'test', wraps: true },
      { head: 'what happened', wraps: true },
      { head: 'ms', align: 'right' },
    ],
    tests.map((test) => [
      test.passed ? style.tick : style.cross,
      printableLine(test.name) + (test.hidden === true ? style.color.dim(' (hidden)') : ''),
      whatHappened(test, style),
      test.hidden === true ? '' : test.duration_ms.toFixed(1),
    ]),
  );
}

function whatHappened(test: TestResult, style: Style): string {
  if (test.passed) return style.color.green('passed');
  if (test.message !== undefined) return printable(test.message).replaceAll('\t', '  ').trim();
  if (test.expected !== undefined && test.actual !== undefined) {
    return `expected ${printableLine(test.expected)}, got ${printableLine(test.actual)}`;
  }
  return 'failed';
}

function outputOf(name: string, text: string, style: Style): string[] {
  if (text.trim() === '') return [];
  const lines = printable(text).trimEnd().split('\n');
  const more = lines.length - MOST_OUTPUT_LINES;
  return [
    style.color.dim(`  ${name}:`),
    ...lines.slice(0, MOST_OUTPUT_LINES).map((line) => `    ${line}`),
    ...(more > 0 ? [style.color.dim(`    … and ${more} more lines (all of it: --json)`)] : []),
  ];
}
