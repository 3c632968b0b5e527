/** How a row of `tasks` (with its result) becomes a Task. */
import type {
  Aggregate,
  Budget,
  JsonValue,
  OnChildFailure,
  Priority,
  TaskError,
  TaskStatus,
  Usage,
} from '../../contract/index.ts';
import type { Task, TaskOverview } from '../../domain/task.ts';

export interface TaskRow {
  readonly id: string;
  readonly goal: string;
  readonly status: TaskStatus;
  readonly constraints: { [key: string]: JsonValue };
  readonly context: string | null;
  readonly acceptance_criteria: string[];
  readonly budget: Budget;
  readonly priority: Priority;
  readonly parent_task_id: string | null;
  readonly assigned_arm: string;
  readonly input: JsonValue;
  readonly metadata: { [key: string]: JsonValue };
  readonly trace_id: string;
  readonly span_id: string;
  readonly start_after: Date | null;
  readonly max_attempts: number;
  readonly attempt: number;
  readonly arms_tried: readonly string[];
  readonly failures: number;
  readonly worker_deaths: number;
  /** bigint arrives as text. */
  readonly processing_time_ms: string | null;
  readonly progress: JsonValue | null;
  readonly tree: {
    readonly aggregate: Aggregate;
    readonly on_child_failure: OnChildFailure;
    readonly exceeded?: TaskError;
  } | null;
  readonly root_task_id: string | null;
  readonly tree_index: number | null;
  readonly cancel_requested_at: Date | null;
  /** The one job that stands for the task; null once it has ended. */
  readonly job_id: string | null;
  readonly created_at: Date;
  readonly updated_at: Date;
}

export interface ResultColumns {
  readonly result: JsonValue | null;
  readonly error: TaskError | null;
  readonly usage: Usage | null;
  /** numeric arrives as text. */
  readonly cost: string | null;
}

const NO_RESULT: ResultColumns = { result: null, error: null, usage: null, cost: null };

export function taskOf(row: TaskRow, { result, error, usage, cost }: ResultColumns = NO_RESULT): Task {
  return {
    id: row.id,
    goal: row.goal,
    status: row.status,
    constraints: row.constraints,
    context: row.context,
    acceptanceCriteria: row.acceptance_criteria,
    budget: row.budget,
    priority: row.priority,
    parentTaskId: row.parent_task_id,
    arm: row.assigned_arm,
    input: row.input,
    metadata: row.metadata,
    traceId: row.trace_id,
    spanId: row.span_id,
    startAfter: row.start_after,
    maxAttempts: row.max_attempts,
    attempt: row.attempt,
    armsTried: row.arms_tried,
    failures: row.failures,
    workerDeaths: row.worker_deaths,
    processingTimeMs: row.processing_time_ms === null ? null : Number(row.processing_time_ms),
    progress: row.progress,
    ...treeOf(row),
    children: null,
    cancelRequestedAt: row.cancel_requested_at,
    result,
    error,
    usage,
    costUsd: cost === null ? null : Number(cost),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

function treeOf({ tree, root_task_id: rootTaskId, tree_index: index }: TaskRow): Pick<Task, 'tree'> {
  if (rootTaskId === null) return {};
  const parent = tree === null ? null : { aggregate: tree.aggregate, onChildFailure: tree.on_child_failure };
  return { tree: { rootTaskId, index, parent } };
}

export type OverviewRow = Pick<
  TaskRow,
  | 'id'
  | 'goal'
  | 'status'
  | 'priority'
  | 'parent_task_id'
  | 'assigned_arm'
  | 'trace_id'
  | 'attempt'
  | 'processing_time_ms'
  | 'cancel_requested_at'
  | 'created_at'
  | 'updated_at'
  | 'progress'
> &
  Omit<ResultColumns, 'result'> & { readonly metadata: TaskRow['metadata'] | null };

export function overviewOf(row: OverviewRow): TaskOverview {
  return {
    id: row.id,
    goal: row.goal,
    status: row.status,
    priority: row.priority,
    parentTaskId: row.parent_task_id,
    arm: row.assigned_arm,
    metadata: row.metadata,
    traceId: row.trace_id,
    attempt: row.attempt,
    processingTimeMs: row.processing_time_ms === null ? null : Number(row.processing_time_ms),
    progress: row.progress,
    cancelRequestedAt: row.cancel_requested_at,
    error: row.error,
    usage: row.usage,
    costUsd: row.cost === null ? null : Number(row.cost),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
