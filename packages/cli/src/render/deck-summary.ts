import type { AtomResult } from '@switchyard/greenlight';
import { scoreOf } from './atom-report.ts';
import { printableLine } from './printable.ts';
import type { Style } from './style.ts';
import { renderTable } from './table.ts';

/** One graded atom of a deck. */
export interface DeckRow {
  readonly title: string;
  readonly language: string;
  readonly result: AtomResult;
}

/** A line for each atom, and a line for all. */
export function renderDeckSummary(rows: readonly DeckRow[], style: Style): string {
  const table = renderTable(
    style,
    [
      { head: '' },
      { head: 'atom', wraps: true },
      { head: 'language' },
      { head: 'score', align: 'right' },
      { head: 'tests', align: 'right' },
      { head: 'error' },
      { head: 'ms', align: 'right' },
    ],
    rows.map(({ title, language, result }) => [
      result.correct ? style.tick : style.cross,
      printableLine(title),
      language,
      scoreOf(result),
      `${result.tests_passed}/${result.tests_total}`,
      result.error_class ?? '',
      String(result.execution_time_ms),
    ]),
  );
  const correct = rows.filter(({ result }) => result.correct).length;
  return `${table}\n${correct} of ${rows.length} atoms correct`;
}
