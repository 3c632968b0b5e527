import type { TaskSummary } from '@switchyard/orchestrator/contract';
import { printableLine, shortLine } from './printable.ts';
import type { Style } from './style.ts';
import { renderTable } from './table.ts';
import { statusOf } from './task-view.ts';

const LONGEST_GOAL = 120;
const SECONDS = 19;

/** One line a task, newest first as they come. */
export function renderTaskList(tasks: readonly TaskSummary[], style: Style): string {
  return renderTable(
    style,
    [{ head: 'task' }, { head: 'status' }, { head: 'arm' }, { head: 'created (UTC)' }, { head: 'goal', wraps: true }],
    tasks.map((task) => [
      task.task_id,
      statusOf(task, style),
      printableLine(task.arm),
      task.created_at.slice(0, SECONDS).replace('T', ' '),
      shortLine(task.goal, LONGEST_GOAL),
    ]),
  );
}
