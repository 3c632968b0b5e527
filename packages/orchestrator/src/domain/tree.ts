/**
 * Trees of tasks: when a parent waits, when it ends, and what its result is made of. Pure rules; the store gives the facts.
 *
 * A parent with subtasks is not worked on itself (but by its reducer arm, at the end): it ends when its children have.
 */
import { canonicalJson, valueAtPointer } from '@switchyard/core';
import {
  type Aggregate,
  type JsonValue,
  jsonSchema,
  type OnChildFailure,
  type TaskError,
  type TaskStatus,
} from '../contract/index.ts';

/** How the children of a parent stand, and what was asked of it. */
export interface TreeFacts {
  readonly aggregate: Aggregate;
  readonly onChildFailure: OnChildFailure;
  readonly cancelRequested: boolean;
  /** Its budget is used up: it fails with this, whatever its children made. */
  readonly exceeded: TaskError | null;
  /** Children that have not ended. */
  readonly open: number;
  readonly completed: number;
  /** Failed, or cancelled by themselves. */
  readonly failed: number;
}

/** `cancel-rest`: the parent's fate is sealed, and what still runs is to be stopped first. */
export type TreeStep = 'wait' | 'cancel-rest' | 'end';

export function nextTreeStep({
  aggregate,
  onChildFailure,
  cancelRequested,
  exceeded,
  open,
  completed,
  failed,
}: TreeFacts): TreeStep {
  if (open === 0) return 'end';
  const sealed =
    cancelRequested ||
    exceeded !== null ||
    (aggregate.by === 'first' && completed > 0) ||
    // A child that fails is what `first` and `any` are there to outlive.
    (onChildFailure === 'cancel-rest' && failed > 0 && !outlivesFailures(aggregate));
  return sealed ? 'cancel-rest' : 'wait';
}

function outlivesFailures({ by }: Aggregate): boolean {
  return by === 'any' || by === 'first';
}

export type TreePolicy = Pick<TreeFacts, 'aggregate' | 'onChildFailure' | 'cancelRequested' | 'exceeded'>;

/** A child that has ended. */
export interface EndedChild {
  readonly taskId: string;
  readonly status: TaskStatus;
  readonly result: JsonValue | null;
  readonly error: TaskError | null;
}

export type TreeEnd =
  | { readonly kind: 'complete'; readonly result: JsonValue }
  | { readonly kind: 'fail'; readonly error: TaskError }
  | { readonly kind: 'cancel' }
  /** The parent's own arm makes the result of this. */
  | { readonly kind: 'reduce'; readonly children: JsonValue };

/** @param children in the order of the submission; all have ended */
export function endTree(
  { aggregate, onChildFailure, cancelRequested, exceeded }: TreePolicy,
  children: readonly EndedChild[],
): TreeEnd {
  if (cancelRequested) return { kind: 'cancel' };
  if (exceeded !== null) return { kind: 'fail', error: exceeded };
  const completed = children.filter(({ status }) => status === 'completed');
  const broken = children.find(({ status }) => status !== 'completed');
  if (completed.length === 0) return { kind: 'fail', error: failureOf(broken, children) };
  if (broken !== undefined && onChildFailure !== 'continue' && !outlivesFailures(aggregate)) {
    return { kind: 'fail', error: failureOf(broken, children) };
  }
  return aggregated(aggregate, children, completed);
}

function aggregated(aggregate: Aggregate, children: readonly EndedChild[], completed: readonly EndedChild[]): TreeEnd {
  switch (aggregate.by) {
    case 'all':
      return { kind: 'complete', result: { children: children.map(viewOf) } };
    case 'any':
      return { kind: 'complete', result: { children: completed.map(viewOf) } };
    case 'first': {
      const [first] = completed;
      return { kind: 'complete', result: first === undefined ? null : chosen(first, {}) };
    }
    case 'best':
      return best(aggregate.score, completed);
    case 'vote':
      return vote(aggregate.on, completed);
    case 'reduce':
      return { kind: 'reduce', children: children.map(viewOf) };
  }
}

function viewOf({ taskId, status, result, error }: EndedChild): JsonValue {
  return { task_id: taskId, status, result, error: error === null ? null : { ...error } };
}

function chosen({ taskId, result }: EndedChild, beside: { [key: string]: JsonValue }): JsonValue {
  return { task_id: taskId, ...beside, result };
}

/** The completed child with the highest number at the pointer; the earlier of two equal ones. */
function best(score: string, completed: readonly EndedChild[]): TreeEnd {
  let leader: { readonly child: EndedChild; readonly score: number } | null = null;
  for (const child of completed) {
    const value = valueAtPointer(child.result, score);
    if (typeof value === 'number' && (leader === null || value > leader.score)) leader = { child, score: value };
  }
  if (leader === null) {
    const message = `no child's result has a number at ${score}; ${completed.length} completed`;
    return { kind: 'fail', error: { code: 'aggregate_failed', message } };
  }
  return { kind: 'complete', result: chosen(leader.child, { score: leader.score }) };
}

/** The answer that most completed children gave; of two with as many votes the one that came first. */
function vote(on: string, completed: readonly EndedChild[]): TreeEnd {
  const ballots = new Map<string, { readonly value: JsonValue; readonly taskIds: string[] }>();
  for (const { taskId, result } of completed) {
    const value = valueAtPointer(result, on);
    if (value === undefined) continue;
    const key = canonicalJson(value);
    const ballot = ballots.get(key) ?? { value: jsonSchema.parse(value), taskIds: [] };
    ballots.set(key, ballot);
    ballot.taskIds.push(taskId);
  }
  const ranked = [...ballots.values()].toSorted((a, b) => b.taskIds.length - a.taskIds.length);
  const [winner] = ranked;
  if (winner === undefined) {
    const message = `no child's result has a value at ${on}; ${completed.length} completed`;
    return { kind: 'fail', error: { code: 'aggregate_failed', message } };
  }
  const votes = ranked.map(({ value, taskIds }) => ({ value, votes: taskIds.length, task_ids: taskIds }));
  return {
    kind: 'complete',
    result: { value: winner.value, votes: winner.taskIds.length, of: completed.length, ballots: votes },
  };
}

function failureOf(broken: EndedChild | undefined, children: readonly EndedChild[]): TaskError {
  const others = children.filter(({ status }) => status !== 'completed').length - 1;
  const more = others > 0 ? ` (and ${others} more)` : '';
  const why = broken?.error === null || broken?.error === undefined ? (broken?.status ?? 'gone') : broken.error.message;
  const message = `its subtask ${broken?.taskId ?? ''} ${broken?.status ?? 'is gone'}: ${why}${more}`;
  return { code: 'child_failed', message };
}
