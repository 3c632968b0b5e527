/** Trees of tasks on a real database, with the engine in this process and an arm that does what each task says. */
import { isJsonObject, SwitchyardError, sleep } from '@switchyard/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase } from '../src/adapters/postgres/database.ts';
import { createPostgresStore } from '../src/adapters/postgres/store.ts';
import { createTreeStore } from '../src/adapters/postgres/trees.ts';
import { createCancel } from '../src/app/cancel.ts';
import { createRetry } from '../src/app/retry.ts';
import { createTreeKeeper } from '../src/app/tree-keeper.ts';
import type { TaskRequest, TaskStatus } from '../src/contract/index.ts';
import type { Task } from '../src/domain/task.ts';
import type { Arm } from '../src/ports/arm.ts';
import {
  createRecordingMetrics,
  createTestDatabase,
  type Engine,
  openEngine,
  silentLogger,
  type TestDatabase,
} from '../testing/index.ts';
import { eventually } from './eventually.ts';

let own: TestDatabase;
let engine: Engine;
/** Tasks that fail until a test says otherwise. */
const failing = new Set<string>();
const running = new Set<string>();
/** What a task waits for that is deaf to its signal. */
let letGo = Promise.withResolvers<void>();

const arm: Arm = {
  name: 'worker',
  screening: 'report',
  concurrency: 8,
  checkInput: () => [],
  problem: () => null,
  run: async ({ task, signal }) => {
    const input = isJsonObject(task.input) ? task.input : {};
    running.add(task.goal);
    try {
      if (input['hang'] === true) await sleep(60_000, signal);
      if (input['deaf'] === true) await letGo.promise.then(() => signal.throwIfAborted());
      if (failing.has(task.goal)) throw new SwitchyardError('broken', 'terminal', `${task.goal} is broken`);
      if (Array.isArray(input['children']))
        return { result: { reduced: input['children'].length, input: input['input'] ?? null } };
      return { result: input['answer'] ?? task.goal };
    } finally {
      running.delete(task.goal);
    }
  },
};

beforeEach(async () => {
  own = await createTestDatabase();
  engine = await openEngine(own.databaseUrl, { contracts: [arm], arms: [arm] });
  failing.clear();
  letGo = Promise.withResolvers();
});
afterEach(async () => {
  await engine[Symbol.asyncDispose]();
  await own.drop();
});

const leaf = (goal: string, input?: TaskRequest['input']): TaskRequest => ({
  goal,
  assigned_arm: 'worker',
  ...(input === undefined ? {} : { input }),
});
const tree = (goal: string, subtasks: TaskRequest[], more: Partial<TaskRequest> = {}): TaskRequest => ({
  ...leaf(goal),
  subtasks,
  ...more,
});

async function get(taskId: string): Promise<Task> {
  const task = await engine.store.get(taskId);
  if (task === null) throw new Error(`there is no task ${taskId}`);
  return task;
}

const ENDED: ReadonlySet<TaskStatus> = new Set(['completed', 'failed', 'cancelled']);

const ended = (taskId: string): Promise<Task> =>
  eventually(`${taskId} has ended`, async () => {
    const task = await get(taskId);
    return ENDED.has(task.status) ? task : undefined;
  });

async function childrenOf(parent: string) {
  const { tasks } = await engine.store.list({ parent, limit: 200 });
  return tasks;
}

/** What people ask for, as the API does it. */
function commands() {
  const database = openDatabase({ url: own.databaseUrl, applicationName: 'switchyard test' });
  const store = createPostgresStore(database);
  const metrics = createRecordingMetrics();
  const { signals } = engine;
  const trees = createTreeKeeper({ trees: createTreeStore(database), signals, metrics, logger: silentLogger });
  return {
    cancel: createCancel(store, signals, metrics, trees),
    retry: createRetry(store, signals, trees),
    /** When nothing is being settled. */
    idle: () => trees.idle(),
    unsettled: () => createTreeStore(database).unsettled(),
    overtime: () => createTreeStore(database).overtime(),
    query: (sql: string) => database.query(sql),
    [Symbol.asyncDispose]: async () => {
      await trees.idle();
      await database.close();
    },
  };
}

describe('a task with subtasks', () => {
  it('ends when they have, with their results in order, and its progress is derived from them', async () => {
    const { taskId } = await engine.submit(tree('whole', [leaf('a'), leaf('b', { hang: true }), leaf('c')]));
    const waiting = await eventually('two are done', async () => {
      const task = await get(taskId);
      return task.children?.completed === 2 ? task : undefined;
    });
    expect(waiting).toMatchObject({ status: 'processing', children: { total: 3, completed: 2, processing: 1 } });
    const hanging = (await childrenOf(taskId)).find(({ goal }) => goal === 'b');
    await using ask = commands();
    await ask.cancel(hanging?.id ?? '');
    const whole = await ended(taskId);
    expect(whole).toMatchObject({ status: 'failed', error: { code: 'child_failed' } });
    expect(whole.error?.message).toContain(`its subtask ${hanging?.id} cancelled`);
  });

  it('completes with what its children made, to any depth', async () => {
    const { taskId } = await engine.submit(
      tree('root', [leaf('a'), tree('inner', [leaf('b'), tree('innermost', [leaf('c')])])]),
    );
    const root = await ended(taskId);
    expect(root.status).toBe('completed');
    expect(root.result).toMatchObject({
      children: [
        { status: 'completed', result: 'a' },
        { result: { children: [{ result: 'b' }, { result: { children: [{ result: 'c' }] } }] } },
      ],
    });
    const events = await engine.store.events(taskId, 0, 10);
    expect(events.map(({ type }) => type)).toEqual(['task-submitted', 'task-completed']);
    const [a, inner] = (await childrenOf(taskId)).toSorted((x, y) => (x.goal < y.goal ? -1 : 1));
    expect([a?.parentTaskId, inner?.parentTaskId]).toEqual([taskId, taskId]);
    expect([root.traceId, inner?.traceId]).toEqual([root.traceId, root.traceId]);
  });

  it('of which the first counts stops the others before it completes', async () => {
    const { taskId } = await engine.submit(
      tree('race', [leaf('slow', { hang: true }), leaf('fast'), leaf('slower', { hang: true })], {
        aggregate: { by: 'first' },
      }),
    );
    expect(await ended(taskId)).toMatchObject({ status: 'completed', result: { result: 'fast' } });
    expect((await childrenOf(taskId)).map(({ status }) => status).toSorted()).toEqual([
      'cancelled',
      'cancelled',
      'completed',
    ]);
    expect(running.size).toBe(0);
  });

  it('that stops at the first failure cancels the rest and fails', async () => {
    failing.add('bad');
    const { taskId } = await engine.submit(
      tree('strict', [leaf('hangs', { hang: true }), leaf('bad')], { on_child_failure: 'cancel-rest' }),
    );
    const strict = await ended(taskId);
    expect(strict).toMatchObject({ status: 'failed', error: { code: 'child_failed' } });
    expect((await childrenOf(taskId)).map(({ status }) => status).toSorted()).toEqual(['cancelled', 'failed']);
  });

  it('that reduces has its own arm make the result, with its own input beside', async () => {
    const { taskId } = await engine.submit(
      tree('sum', [leaf('a'), leaf('b')], { aggregate: { by: 'reduce' }, input: { keep: 'me' } }),
    );
    expect(await ended(taskId)).toMatchObject({
      status: 'completed',
      attempt: 1,
      result: { reduced: 2, input: { keep: 'me' } },
    });
    const events = await engine.store.events(taskId, 0, 10);
    expect(events.map(({ type }) => type)).toEqual([
      'task-submitted',
      'task-children-ended',
      'task-started',
      'task-completed',
    ]);
  });

  it('that is cancelled is so only when all below it have stopped', async () => {
    const { taskId } = await engine.submit(
      tree('root', [
        leaf('a', { hang: true }),
        tree('inner', [leaf('b', { hang: true }), { ...leaf('later'), start_after: '2999-01-01T00:00:00Z' }]),
      ]),
    );
    await eventually('both are at work', () => running.has('a') && running.has('b'));
    await using ask = commands();
    expect(await ask.cancel(taskId)).toBe('processing');
    const root = await ended(taskId);
    expect(root.status).toBe('cancelled');
    expect(running.size).toBe(0);
    const inner = (await childrenOf(taskId)).find(({ goal }) => goal === 'inner');
    expect(inner?.status).toBe('cancelled');
    expect((await childrenOf(inner?.id ?? '')).map(({ status }) => status)).toEqual(['cancelled', 'cancelled']);
  });

  it('that was cancelled is let alone until what runs below it has stopped', async () => {
    const { taskId } = await engine.submit(tree('root', [leaf('a', { deaf: true }), leaf('b')]));
    await eventually('only the deaf one is at work', async () => (await get(taskId)).children?.completed === 1);
    await using ask = commands();
    await ask.cancel(taskId);
    await ask.idle();
    expect(await get(taskId)).toMatchObject({ status: 'processing', children: { processing: 1 } });
    letGo.resolve();
    expect((await ended(taskId)).status).toBe('cancelled');
  });

  it('that outlives a failure by its aggregate has nothing to be done while the others go on', async () => {
    failing.add('bad');
    const { taskId } = await engine.submit(
      tree('lenient', [leaf('hangs', { hang: true }), leaf('bad')], {
        aggregate: { by: 'any' },
        on_child_failure: 'cancel-rest',
      }),
    );
    await eventually('one has failed', async () => (await get(taskId)).children?.failed === 1);
    await using ask = commands();
    expect(await ask.unsettled()).toEqual([]);
    expect(await get(taskId)).toMatchObject({ status: 'processing', children: { processing: 1 } });
  });

  it('that failed begins again where it broke', async () => {
    failing.add('b');
    const { taskId } = await engine.submit(tree('root', [leaf('a'), tree('inner', [leaf('b'), leaf('c')])]));
    expect((await ended(taskId)).status).toBe('failed');
    failing.clear();
    await using ask = commands();
    await ask.retry(taskId);
    const again = await ended(taskId);
    expect(again.status).toBe('completed');
    const goals = await childrenOf(taskId);
    expect(goals.find(({ goal }) => goal === 'a')?.attempt).toBe(1);
    const inner = await childrenOf(goals.find(({ goal }) => goal === 'inner')?.id ?? '');
    expect(new Map(inner.map(({ goal, attempt }) => [goal, attempt]))).toEqual(
      new Map([
        ['b', 2],
        ['c', 1],
      ]),
    );
  });

  it('that failed begins its time anew when it is tried again', async () => {
    failing.add('b');
    const { taskId } = await engine.submit(tree('root', [leaf('a'), leaf('b')], { budget: { max_time_seconds: 30 } }));
    expect((await ended(taskId)).status).toBe('failed');
    await using ask = commands();
    await ask.query(
      `UPDATE switchyard.tasks SET processing_time_ms = 31000, input = '{"hang": true}' WHERE tree_index IS NOT NULL`,
    );
    failing.clear();
    await ask.retry(taskId);
    await eventually('what broke is at work again', () => running.has('b'));
    expect(await ask.overtime()).toEqual([]);
    await ask.query(
      `UPDATE switchyard.tasks SET attempt_started_at = now() - interval '31 s' WHERE node_id IS NOT NULL`,
    );
    expect(await ended(taskId)).toMatchObject({ status: 'failed', error: { code: 'budget_exceeded' } });
  });

  it('is refused where its shape is wrong, and nothing of it is stored', async () => {
    const deep = (levels: number): TaskRequest =>
      levels === 0 ? leaf('leaf') : tree(`level ${levels}`, [deep(levels - 1)]);
    await expect(engine.submit(deep(6))).rejects.toMatchObject({
      errors: [{ pointer: '/subtasks/0/subtasks/0/subtasks/0/subtasks/0/subtasks/0/subtasks/0' }],
    });
    const wide = tree(
      'wide',
      Array.from({ length: 600 }, (_, n) => tree(`w${n}`, [leaf('x')])),
    );
    await expect(engine.submit(wide)).rejects.toMatchObject({ errors: [{ pointer: '/subtasks' }] });
    const misplaced = tree('root', [{ ...leaf('a'), parent_task_id: '6f1c8dd8-9d0e-4a2e-9d3a-0d7c8a1f2b34' }]);
    await expect(engine.submit(misplaced)).rejects.toMatchObject({
      errors: [{ pointer: '/subtasks/0/parent_task_id' }],
    });
    await expect(engine.submit(tree('root', [{ goal: 'x', assigned_arm: 'nobody' }]))).rejects.toMatchObject({
      errors: [{ pointer: '/subtasks/0/assigned_arm' }],
    });
    expect((await engine.store.list({ limit: 10 })).tasks).toEqual([]);
  });
});
