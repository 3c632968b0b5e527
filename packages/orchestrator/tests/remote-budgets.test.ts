/** Budgets over what remote arms say that they have used: a whole system, and servers that tell of their spending. */
import { answer, type LoopbackServer, openLoopbackServer } from '@switchyard/core/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { armRequestSchema } from '../src/contract/index.ts';
import { createTestDatabase, matching, type TestDatabase } from '../testing/index.ts';
import { eventually } from './eventually.ts';
import { type ScenarioSystem, startScenario } from './scenario.ts';

let own: TestDatabase;
let remote: LoopbackServer;
let system: ScenarioSystem;
/** What the server has told of each task, by the number of the poll. */
let told: (poll: number, goal: string) => object = () => ({});
/** The poll at which a task is done; never by default. */
let doneAt = Number.POSITIVE_INFINITY;

interface Job {
  readonly goal: string;
  polls: number;
  cancelled: boolean;
}
let jobs: Map<string, Job>;

beforeEach(async () => {
  jobs = new Map();
  doneAt = Number.POSITIVE_INFINITY;
  own = await createTestDatabase();
  remote = await openLoopbackServer((response, { method, path, body }) => {
    if (method === 'POST') {
      const { task_id: id, contract } = armRequestSchema.parse(body);
      jobs.set(`/${id}`, { goal: contract.goal, polls: 0, cancelled: false });
      return answer(response, 202, {}, { location: `/${id}`, 'retry-after': '0.05' });
    }
    const job = jobs.get(path);
    if (job === undefined) return answer(response, 404, {});
    if (method === 'DELETE') {
      job.cancelled = true;
      return answer(response, 200, {});
    }
    job.polls += 1;
    const isDone = job.polls >= doneAt;
    const headers = { 'retry-after': '0.05', 'switchyard-usage': JSON.stringify(told(job.polls, job.goal)) };
    return answer(response, isDone ? 200 : 202, isDone ? 'done' : {}, headers);
  });
  const settings = { arms: { remote: { type: 'http', url: `${remote.url}/tasks`, pollSeconds: 0.1 } } };
  system = await startScenario({ databaseUrl: own.databaseUrl, settings, arms: ['remote'] });
});
afterEach(async () => {
  await system[Symbol.asyncDispose]();
  await remote.close();
  await own.drop();
});

const task = (goal: string, budget: object = {}) => ({ goal, assigned_arm: 'remote', budget });
const asked = (): string[] => [...jobs.values()].filter(({ cancelled }) => cancelled).map(({ goal }) => goal);

describe('a task of a remote arm', () => {
  it('that uses too many tokens is stopped while it runs; its arm is asked to cancel, and what it used is told', async () => {
    told = (poll) => ({ output_tokens: poll * 100, cost_usd: poll * 0.01 });
    const { task_id: id } = await system.accept(task('spend', { max_tokens: 250 }));
    expect(await system.reached(id, 'failed')).toMatchObject({
      attempt: 1,
      usage: { input_tokens: 0, output_tokens: 300 },
      cost_usd: 0.03,
      error: {
        code: 'budget_exceeded',
        message: `the budget of task ${id} is used up: budget.max_tokens allows 250 tokens and 300 were used (300 by task ${id})`,
      },
    });
    expect(asked()).toEqual(['spend']);
  });

  it('that uses too many dollars or seconds is stopped too; a price that is not known stops nothing', async () => {
    told = (poll, goal) => (goal === 'dollars' ? { cost_usd: poll * 0.4 } : { seconds: poll * 40 });
    const begunAt = performance.now();
    const dollars = await system.accept(task('dollars', { max_cost_usd: 1 }));
    const seconds = await system.accept(task('seconds', { max_time_seconds: 100 }));
    expect((await system.reached(dollars.task_id, 'failed')).error?.message).toContain(
      'budget.max_cost_usd allows 1 dollars and 1.2 were used',
    );
    const late = await system.reached(seconds.task_id, 'failed');
    const passed = Math.ceil((performance.now() - begunAt) / 1000);
    const used = /budget\.max_time_seconds allows 100 seconds and ([\d.]+) were used/.exec(late.error?.message ?? '');
    // With what passed here until the third answer, in which it told of them.
    expect(Number(used?.[1])).toBeGreaterThanOrEqual(120);
    expect(Number(used?.[1])).toBeLessThanOrEqual(120 + passed);
    expect(late.processing_time_ms).toBeGreaterThanOrEqual(119_000);
    expect(asked().toSorted()).toEqual(['dollars', 'seconds']);

    told = () => ({ output_tokens: 10, cost_usd: null });
    doneAt = 2;
    const unknown = await system.accept(task('unpriced', { max_cost_usd: 0.01 }));
    expect(await system.reached(unknown.task_id, 'completed')).toMatchObject({
      usage: { output_tokens: 10 },
      cost_usd: null,
    });
  });

  it('that was done when it told of too much keeps its result, and the event says which limit', async () => {
    told = () => ({ output_tokens: 900 });
    doneAt = 1;
    const { task_id: id } = await system.accept(task('dear', { max_tokens: 250 }));
    expect(await system.reached(id, 'completed')).toMatchObject({ result: 'done', usage: { output_tokens: 900 } });
    expect((await system.events(id)).at(-1)).toMatchObject({
      type: 'task-completed',
      data: { over_budget: matching(/budget.max_tokens allows 250 tokens and 900 were used/) },
    });
  });
});

it('a tree of tasks of a remote arm is stopped as a whole when they used too much together', async () => {
  told = (poll, goal) => ({ output_tokens: goal === 'greedy' ? poll * 100 : 10 });
  const subtasks = [task('greedy'), task('modest'), task('modest too')];
  const { task_id: id } = await system.accept({ ...task('together', { max_tokens: 350 }), subtasks });
  const root = await system.reached(id, 'failed');
  expect(root.error?.message).toMatch(/budget.max_tokens allows 350 tokens and \d+ were used \(\d+ by task/);
  await eventually('every child is told to stop', async () => asked().length === 3 || undefined);
});
