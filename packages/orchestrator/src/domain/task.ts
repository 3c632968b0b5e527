/** A task as the application knows it: the contract it came with, and where it stands. */
import type {
  Aggregate,
  Budget,
  ChildCounts,
  JsonValue,
  OnChildFailure,
  Priority,
  TaskError,
  TaskStatus,
  Usage,
} from '../contract/index.ts';

/** What was asked for, as stored; never changes after submission. */
export interface TaskSpec {
  readonly id: string;
  readonly goal: string;
  readonly constraints: { readonly [key: string]: JsonValue };
  readonly context: string | null;
  readonly acceptanceCriteria: readonly string[];
  readonly budget: Budget;
  readonly priority: Priority;
  readonly parentTaskId: string | null;
  readonly arm: string;
  /** Absent input is null. */
  readonly input: JsonValue;
  readonly metadata: { readonly [key: string]: JsonValue };
  /** How many times an arm may fail at it for a reason that may pass. */
  readonly maxAttempts: number;
  /** W3C trace id, 32 hex digits; every span of this task belongs to it. */
  readonly traceId: string;
  /** The span of the submission, 16 hex digits. */
  readonly spanId: string;
  readonly startAfter: Date | null;
  /** Where it stands in a tree of tasks; absent: it is alone. */
  readonly tree?: TreePlace;
}

export interface TreePlace {
  readonly rootTaskId: string;
  /** Among its siblings, from 0; null for the root. */
  readonly index: number | null;
  /** How its result is made of its children's; null for one without subtasks. */
  readonly parent: { readonly aggregate: Aggregate; readonly onChildFailure: OnChildFailure } | null;
}

export interface Task extends TaskSpec {
  readonly status: TaskStatus;
  /** Number of the current or last attempt, 0 before the first. Failures and worker deaths both make a new attempt. */
  readonly attempt: number;
  /** Arms that gave up on it, in order; `arm` is the one that has it now. */
  readonly armsTried: readonly string[];
  /** Attempts that ended with an error of the arm. */
  readonly failures: number;
  /** Attempts whose worker died or was cut off. */
  readonly workerDeaths: number;
  /** Milliseconds that arms spent on it over all ended attempts; null until one ended. */
  readonly processingTimeMs: number | null;
  readonly progress: JsonValue | null;
  /** How its subtasks stand; null for one without. */
  readonly children: ChildCounts | null;
  readonly cancelRequestedAt: Date | null;
  readonly result: JsonValue | null;
  readonly error: TaskError | null;
  readonly usage: Usage | null;
  readonly costUsd: number | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** A task in a list: without what may be large. */
export interface TaskOverview
  extends Pick<
    Task,
    | 'id'
    | 'status'
    | 'goal'
    | 'error'
    | 'createdAt'
    | 'updatedAt'
    | 'processingTimeMs'
    | 'arm'
    | 'attempt'
    | 'priority'
    | 'parentTaskId'
    | 'usage'
    | 'costUsd'
    | 'cancelRequestedAt'
    | 'traceId'
  > {
  /** Null where it is left out for its size, as is `progress`. */
  readonly metadata: Task['metadata'] | null;
  readonly progress: Task['progress'];
}
