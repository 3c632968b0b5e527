/** What every step of the demo gets: the system, and how to tell what it sees. */
import { SwitchyardError } from '@switchyard/core';
import type { TaskEvent, TaskRequest, TaskView } from '@switchyard/orchestrator/contract';
import { followTask } from '../follow-task.ts';
import type { Style } from '../render/style.ts';
import type { Connection } from '../server.ts';
import type { WorkerProcess } from './worker-process.ts';

/** How long one task of the demo may take, seconds; the longest take about fifteen. */
const PATIENCE_SECONDS = 60;

export interface DemoCheck {
  readonly name: string;
  readonly ok: boolean;
  /** What was measured. */
  readonly detail: string;
}

export interface Stage extends Connection {
  readonly style: Style;
  readonly workers: readonly WorkerProcess[];
  say(text: string): void;
  /** Notes what was expected and whether it came about. */
  check(name: string, ok: boolean, detail: string): void;
}

/** What the demo shows did not come about, so that going on makes no sense. */
export class DemoFailed extends SwitchyardError {
  constructor(what: string) {
    super('demo_failed', 'bug', what);
  }
}

/** Submits a task and follows it to its end. */
export async function runTask(
  stage: Stage,
  request: TaskRequest,
  onEvent?: (event: TaskEvent) => void,
): Promise<TaskView> {
  const { task_id: id } = await stage.api.submit(request, { signal: stage.signal });
  return followTask(stage, id, { timeout: PATIENCE_SECONDS, ...(onEvent === undefined ? {} : { onEvent }) });
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
