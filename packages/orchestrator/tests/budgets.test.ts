/** Budgets on a real database: one task, a tree, and fifty children that race for what is left. */
import { isJsonObject, sleep } from '@switchyard/core';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TaskRequest, TaskStatus } from '../src/contract/index.ts';
import { decideHold } from '../src/domain/budget.ts';
import type { Task } from '../src/domain/task.ts';
import type { Arm } from '../src/ports/arm.ts';
import { createTestDatabase, type Engine, openEngine, type TestDatabase } from '../testing/index.ts';
import { eventually } from './eventually.ts';

let own: TestDatabase;
let engine: Engine;
/** Calls that were made: what each used. */
let made: number[] = [];

/** Makes `calls` calls of `use` tokens each, having said that each may use `ask`. */
const arm: Arm = {
  name: 'caller',
  screening: 'report',
  concurrency: 50,
  checkInput: () => [],
  problem: () => null,
  run: async ({ task, meter, signal }) => {
    const input = isJsonObject(task.input) ? task.input : {};
    const [calls, ask, use] = [Number(input['calls'] ?? 1), Number(input['ask'] ?? 100), Number(input['use'] ?? 100)];
    const costUsd = input['price'] === null ? null : Number(input['price'] ?? 0);
    for (let call = 0; call < calls; call += 1) {
      const hold = await meter.hold({ tokens: ask, costUsd }, signal);
      made.push(use);
      if (input['works_seconds'] !== undefined) await sleep(Number(input['works_seconds']) * 1000, signal);
      await hold.settle({ inputTokens: 0, outputTokens: use, costUsd });
    }
    return {
      result: calls,
      usage: { input_tokens: 0, output_tokens: calls * use },
      costUsd: costUsd === null ? null : costUsd * calls,
    };
  },
};

beforeEach(async () => {
  own = await createTestDatabase();
  made = [];
  engine = await openEngine(own.databaseUrl, { contracts: [arm], arms: [arm] });
});
afterEach(async () => {
  await engine[Symbol.asyncDispose]();
  await own.drop();
});

const caller = (input: TaskRequest['input'], budget: TaskRequest['budget'] = {}): TaskRequest => ({
  goal: 'call',
  assigned_arm: 'caller',
  input: input ?? null,
  budget,
});

const ENDED: ReadonlySet<TaskStatus> = new Set(['completed', 'failed', 'cancelled']);
const ended = (taskId: string): Promise<Task> =>
  eventually(`${taskId} has ended`, async () => {
    const task = await engine.store.get(taskId);
    return task !== null && ENDED.has(task.status) ? task : undefined;
  });

describe('a task', () => {
  it('that stays within its budget completes', async () => {
    const { taskId } = await engine.submit(caller({ calls: 10 }, { max_tokens: 1_000 }));
    expect(await ended(taskId)).toMatchObject({ status: 'completed', usage: { output_tokens: 1_000 } });
  });

  it('is stopped when its tokens are used up, and says which limit, how much was used and by whom', async () => {
    const { taskId } = await engine.submit(caller({ calls: 10, ask: 1, use: 100 }, { max_tokens: 250 }));
    const task = await ended(taskId);
    expect(task).toMatchObject({ status: 'failed', attempt: 1, error: { code: 'budget_exceeded' } });
    expect(task.error?.message).toBe(
      `the budget of task ${taskId} is used up: budget.max_tokens allows 250 tokens and 300 were used (300 by task ${taskId})`,
    );
    expect(made).toHaveLength(3);
  });

  it('is stopped when its dollars are used up; a price that is not known stops nothing', async () => {
    const priced = await engine.submit(caller({ calls: 10, price: 0.4 }, { max_cost_usd: 1 }));
    expect((await ended(priced.taskId)).error?.message).toContain(
      'budget.max_cost_usd allows 1 dollars and 1.2 were used',
    );
    const unknown = await engine.submit(caller({ calls: 3, price: null }, { max_cost_usd: 0.01 }));
    expect(await ended(unknown.taskId)).toMatchObject({ status: 'completed', costUsd: null });
  });
});

it.each([
  [{ use: -5 }, 'outputTokens -5; it may be a number from 0 to 1000000000'],
  [{ use: 'many' }, 'outputTokens NaN; it may be'],
  [{ ask: 1e300 }, 'tokens 1e+300; it may be'],
  [{ price: -1 }, 'costUsd -1; it may be a number from 0 to 1000'],
])('an arm that tells its meter %j is stopped, and nothing is counted', async (input, message) => {
  const { taskId } = await engine.submit(caller(input));
  const task = await ended(taskId);
  expect(task).toMatchObject({ status: 'failed', usage: null, error: { code: 'usage_invalid' } });
  expect(task.error?.message).toContain(message);
});

describe('a tree', () => {
  const tree = (children: TaskRequest[], budget: TaskRequest['budget']): TaskRequest => ({
    goal: 'together',
    assigned_arm: 'caller',
    subtasks: children,
    budget,
  });

  it('counts what all below it use, sums it up, and does not know a price that one of them does not', async () => {
    const { taskId } = await engine.submit(
      tree([caller({ calls: 2, price: 0.1 }), tree([caller({ calls: 3, price: null })], {})], { max_tokens: 1_000 }),
    );
    expect(await ended(taskId)).toMatchObject({
      status: 'completed',
      usage: { input_tokens: 0, output_tokens: 500 },
      costUsd: null,
    });
  });

  it('of fifty children that race for one budget makes at most one call beyond it, and fails as over budget', async () => {
    const children = Array.from({ length: 50 }, () => caller({ calls: 4, ask: 100, use: 100 }));
    const { taskId } = await engine.submit(tree(children, { max_tokens: 3_050 }));
    const root = await ended(taskId);
    expect(root).toMatchObject({ status: 'failed', error: { code: 'budget_exceeded' } });
    expect(root.error?.message).toContain(`the budget of task ${taskId} is used up: budget.max_tokens allows 3050`);
    const used = made.reduce((sum, tokens) => sum + tokens, 0);
    expect(used).toBeGreaterThanOrEqual(3_000);
    expect(used).toBeLessThanOrEqual(3_100);
  });

  it('is stopped when its children have worked longer together than it may', async () => {
    const children = Array.from({ length: 4 }, () => caller({ works_seconds: 60 }));
    const { taskId } = await engine.submit(tree(children, { max_time_seconds: 1 }));
    const root = await ended(taskId);
    expect(root.error?.message).toContain('budget.max_time_seconds allows 1 seconds');
    const { tasks } = await engine.store.list({ parent: taskId, limit: 10 });
    expect(new Set(tasks.map(({ status }) => status))).toEqual(new Set(['cancelled']));
  });
});

describe('whether a call may be made', () => {
  it('goes over the budget by one call at most, whatever is asked and used in whatever order', () => {
    const call = fc.record({
      asked: fc.integer({ min: 1, max: 50 }),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 500 }),
        fc.array(call, { maxLength: 60 }),
        fc.integer({ min: 1, max: 8 }),
        (allowed, calls, atOnce) => {
          let used = 0;
          const out: { asked: number; uses: number }[] = [];
          for (const { asked, share } of calls) {
            if (out.length >= atOnce) used += out.shift()?.uses ?? 0;
            const held = out.reduce((sum, one) => sum + one.asked, 0);
            if (decideHold({ allowed, used, held }, asked) === 'hold') out.push({ asked, uses: asked * share });
          }
          used += out.reduce((sum, one) => sum + one.uses, 0);
          expect(used).toBeLessThanOrEqual(allowed + 50);
        },
      ),
    );
  });
});
