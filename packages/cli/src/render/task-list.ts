import type { TaskSummary } from '@switchyard/orchestrator/contract';
import { printableLine, shortLine } from './printable.ts';
import type { Style } from './style.ts';
import { fitsAsTable, renderTable, visibleLength } from './table.ts';
import { statusOf } from './task-view.ts';

const LONGEST_GOAL = 120;
/** A goal in less is a column of single words. */
const NARROWEST_GOAL = 10;
const SECONDS = 19;
const INDENT = '  ';

const COLUMNS = [
  { head: 'task' },
  { head: 'status' },
  { head: 'arm' },
  { head: 'created (UTC)' },
  { head: 'goal', wraps: true },
];

/** One line a task, newest first as they come; two or three where the terminal is too narrow for a table, the goal on the last. */
export function renderTaskList(tasks: readonly TaskSummary[], style: Style): string {
  const rows = tasks.map((task) => [
    task.task_id,
    statusOf(task, style),
    printableLine(task.arm),
    task.created_at.slice(0, SECONDS).replace('T', ' '),
    shortLine(task.goal, LONGEST_GOAL),
  ]);
  if (fitsAsTable(style, COLUMNS, rows, NARROWEST_GOAL)) return renderTable(style, COLUMNS, rows);
  return inLines(rows, style);
}

function inLines(rows: readonly (readonly string[])[], style: Style): string {
  const widths = COLUMNS.map((_, index) => Math.max(...rows.map((row) => visibleLength(row[index] ?? ''))));
  const padded = (cell: string, index: number): string => cell + ' '.repeat((widths[index] ?? 0) - visibleLength(cell));
  return rows.flatMap((row) => [...factsOf(row.slice(0, -1).map(padded), style), goalOf(row, style)]).join('\n');
}

/** On one line where they fit on one. */
function factsOf(cells: readonly string[], { width }: Style): string[] {
  const line = cells.join(INDENT);
  if (visibleLength(line) <= width) return [line];
  const [task = '', status = '', ...others] = cells;
  return [task + INDENT + status, INDENT + others.join(INDENT)];
}

function goalOf(row: readonly string[], { color, width }: Style): string {
  return INDENT + color.dim(shortLine(row.at(-1) ?? '', width - INDENT.length));
}
