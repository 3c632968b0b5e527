import type { JsonValue, TaskEvent } from '../src/contract/index.ts';
import type { Task } from '../src/domain/task.ts';
import { isTerminal } from '../src/domain/transitions.ts';
import type { QueuedJob } from '../src/ports/queue.ts';
import type {
  AttemptRef,
  AttemptWrite,
  Claim,
  FailedFilter,
  NewTask,
  ScreenRecord,
  Store,
  WrittenBeside,
} from '../src/ports/store.ts';
import { makeTask } from './tasks.ts';

export interface Finished {
  readonly attempt: AttemptRef;
  readonly write: AttemptWrite;
  readonly spentMs: number;
  readonly beside: WrittenBeside;
}

/**
 * The store port in memory: what the application and the routes need to be tested by hand. A test puts the jobs there
 * that may be claimed; nothing is fenced. What the real one promises is tested on PostgreSQL. Replace single methods by spreading.
 */
export interface HandDrivenStore extends Store {
  readonly tasks: Map<string, Task>;
  /** Jobs to be claimed. */
  readonly waiting: QueuedJob[];
  /** One entry a claim: how many jobs it asked for. */
  readonly claims: readonly number[];
  readonly inserted: readonly NewTask[];
  readonly screened: readonly ScreenRecord[];
  readonly finished: readonly Finished[];
  readonly reported: readonly JsonValue[];
  /** Ids of tasks for which `cancelRequested` says that a cancel was asked. */
  readonly cancelsAsked: Set<string>;
  add(different?: Partial<Task>): Task;
  /** Appends the task's next event. */
  tell(taskId: string, type: TaskEvent['type'], data?: TaskEvent['data']): TaskEvent;
}

export function createHandDrivenStore(): HandDrivenStore {
  const tasks = new Map<string, Task>();
  const events = new Map<string, TaskEvent[]>();
  const cancelsAsked = new Set<string>();
  const waiting: QueuedJob[] = [];
  const claims: number[] = [];
  const inserted: NewTask[] = [];
  const screened: ScreenRecord[] = [];
  const finished: Finished[] = [];
  const reported: JsonValue[] = [];
  const change = (task: Task, changes: Partial<Task>): Task => {
    const changed = { ...task, ...changes };
    tasks.set(task.id, changed);
    return changed;
  };
  const add = (different: Partial<Task> = {}): Task => {
    const task = makeTask(different);
    tasks.set(task.id, task);
    return task;
  };
  const take = (arm: string, count: number): Claim[] => {
    const mine = waiting.filter((job) => job.arm === arm).slice(0, count);
    for (const job of mine) waiting.splice(waiting.indexOf(job), 1);
    return mine.map((job) => {
      const task = tasks.get(job.taskId);
      if (task === undefined || isTerminal(task.status)) return { kind: 'nothing', job, ended: null };
      const claimed = change(task, { status: 'processing', attempt: task.attempt + 1 });
      return { kind: 'claimed', job, task: claimed, attempt: claimed.attempt };
    });
  };
  return {
    tasks,
    waiting,
    claims,
    inserted,
    screened,
    finished,
    reported,
    cancelsAsked,
    add,
    tell: (taskId, type, data = {}) => {
      const told = events.get(taskId) ?? [];
      events.set(taskId, told);
      const event: TaskEvent = { task_id: taskId, number: told.length + 1, type, at: '2026-01-31T09:00:00.000Z', data };
      told.push(event);
      return event;
    },
    redactions: async (taskId) => inserted.find(({ spec }) => spec.id === taskId)?.redactions ?? null,
    ...commands(tasks, change),
    insert: async (batch) => {
      inserted.push(...batch);
      for (const { spec } of batch) add(spec);
      return batch.map(({ spec }) => ({ kind: 'created', taskId: spec.id }));
    },
    insertTogether: async (batch) => {
      inserted.push(...batch);
      for (const { spec } of batch) add(spec);
      return batch.map(({ spec }) => ({ kind: 'created', taskId: spec.id }));
    },
    recordScreen: async (records) => void screened.push(...records),
    get: async (taskId) => tasks.get(taskId) ?? null,
    list: async ({ status, limit }) => {
      const found = [...tasks.values()].filter((task) => status === undefined || task.status === status);
      return { tasks: found.slice(0, limit), nextCursor: found.length > limit ? 'more' : null };
    },
    events: async (taskId, after, limit) =>
      (events.get(taskId) ?? []).filter(({ number }) => number > after).slice(0, limit),
    claimAgainMs: () => null,
    claim: async (arm, count) => {
      claims.push(count);
      return take(arm, count);
    },
    finish: async (attempt, write, spentMs, beside = {}) => {
      finished.push({ attempt, write, spentMs, beside });
      return true;
    },
    finishAndClaim: async (attempt, write, spentMs, beside) => {
      finished.push({ attempt, write, spentMs, beside });
      return { written: true, next: take(attempt.job.arm, 1)[0] ?? null };
    },
    progress: async (_attempt, progress) => {
      reported.push(progress);
      return true;
    },
    cancelRequested: async (taskIds) => taskIds.filter((id) => cancelsAsked.has(id)),
    orphans: async () => [],
    reconcile: async () => ({ requeued: 0, failed: 0 }),
    backlog: async () => [],
    announce: async () => undefined,
    withdraw: async () => undefined,
    armsAtWork: async () => [],
    ping: async () => undefined,
  };
}

function commands(
  tasks: ReadonlyMap<string, Task>,
  change: (task: Task, changes: Partial<Task>) => Task,
): Pick<Store, 'requestCancel' | 'retry' | 'retrySome' | 'countFailed'> {
  return {
    requestCancel: async (taskId) => {
      const task = tasks.get(taskId);
      if (task === undefined) return { kind: 'unknown' };
      if (isTerminal(task.status)) return { kind: 'ended', status: task.status };
      if (task.status === 'processing') return { kind: 'requested' };
      change(task, { status: 'cancelled' });
      return { kind: 'cancelled', parentTaskId: null };
    },
    retry: async (taskId) => {
      const task = tasks.get(taskId);
      if (task === undefined) return { kind: 'unknown' };
      if (task.status !== 'failed') return { kind: 'not-failed', status: task.status };
      change(task, { status: 'pending' });
      return { kind: 'queued', arms: [task.arm] };
    },
    retrySome: async (filter, limit) => {
      const failed = failedOf(tasks, filter).slice(0, limit);
      for (const task of failed) change(task, { status: 'pending' });
      return failed.map(({ id, arm }) => ({ id, arm }));
    },
    countFailed: async (filter) => {
      const byCode = Map.groupBy(failedOf(tasks, filter), (task) => task.error?.code ?? 'unknown');
      return Object.fromEntries([...byCode].map(([code, { length }]) => [code, length]));
    },
  };
}

function failedOf(tasks: ReadonlyMap<string, Task>, { arm, code, taskIds }: FailedFilter): Task[] {
  return [...tasks.values()].filter(
    (task) =>
      task.status === 'failed' &&
      (arm === undefined || task.arm === arm) &&
      (code === undefined || task.error?.code === code) &&
      (taskIds === undefined || taskIds.includes(task.id)),
  );
}
