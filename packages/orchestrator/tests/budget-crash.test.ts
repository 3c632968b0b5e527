/**
 * Fifty children of one budget on two nodes that are killed by SIGKILL in the middle of calls, with arms that give up and hand
 * over to others. The calls are counted outside, by the provider that they reach. The law (docs/arms.md, Budgets):
 *
 * 1. What is counted goes over the budget by one call at most, whatever is killed.
 * 2. What was made and is not counted was out when its node was killed: at most one call of each attempt that died so.
 */
import { randomInt } from 'node:crypto';
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { newTask } from './adapters/postgres/parts.ts';
import { type Child, kill, openWorld, type World } from './crash-world.ts';
import { eventually } from './eventually.ts';

const CHILDREN = 50;
const BUDGET = 7_950;
const CONCURRENCY = 4;
/** The most that one call uses (fixtures/crash-node.ts asks for as much before it). */
const CALL_TOKENS = 100;
const LEAST_TOKENS = 60;
const CALL_MS = 15;
const SETTLED_WITHIN_MS = 90_000;

const callSchema = z.object({ task: z.string(), attempt: z.int(), arm: z.string(), pid: z.int() });
type Call = z.infer<typeof callSchema> & { readonly tokens: number };

/** Counts every call the moment that it arrives, tells of it, and answers when that is dealt with. */
async function openProvider(
  uses: readonly number[],
  onCall: (call: Call, number: number) => Promise<void> | undefined,
) {
  const calls: Call[] = [];
  const server = createServer((request, response) => {
    void json(request).then((body) => {
      const tokens = uses[calls.length % uses.length] ?? CALL_TOKENS;
      const call = { ...callSchema.parse(body), tokens };
      const dealtWith = onCall(call, calls.push(call)) ?? Promise.resolve();
      void dealtWith.finally(() => setTimeout(() => response.end(String(tokens)), CALL_MS));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    calls,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

async function recovered(database: World['database']): Promise<void> {
  await eventually('work of the dead begun again', async () => {
    const { rows } = await database.query(`SELECT 1 FROM switchyard.task_events WHERE type = 'task-recovered' LIMIT 1`);
    return rows.length > 0;
  });
}

function plantRace(inputs: readonly { readonly calls: number }[]): ReturnType<typeof newTask>[] {
  const root = newTask({ budget: { max_tokens: BUDGET, max_time_seconds: 600, max_cost_usd: 1 } });
  const { id } = root.spec;
  const policy = { aggregate: { by: 'all' }, onChildFailure: 'continue' } as const;
  const budget = { max_tokens: 10_000, max_time_seconds: 600, max_cost_usd: 1 };
  return [
    { ...root, spec: { ...root.spec, tree: { rootTaskId: id, index: null, parent: policy } } },
    ...inputs.map((input, index) =>
      newTask({ input, budget, parentTaskId: id, tree: { rootTaskId: id, index, parent: null } }),
    ),
  ];
}

it('fifty children of one budget go over it by one call at most, and by what was out when nodes were killed', {
  timeout: 120_000,
}, async () => {
  const seed = randomInt(2 ** 31 - 1);
  process.stdout.write(`budget kills: seed ${seed}\n`);
  const child = fc
    .record({
      calls: fc.integer({ min: 3, max: 5 }),
      give_up: fc.nat(3).map((n) => n === 0),
      fail_first: fc.nat(5).map((n) => n === 0),
    })
    // All children call in turn: who hands over does it after its first, while the other arm has something left to spend.
    .map((input) => (input.give_up ? { ...input, calls: 1 } : input));
  const [plan] = fc.sample(
    fc.record({
      children: fc.array(child, { minLength: CHILDREN, maxLength: CHILDREN }),
      // At the so-manieth call; fewer than the budget is good for, so that each is reached.
      kills: fc.uniqueArray(fc.integer({ min: 5, max: 75 }), { minLength: 4, maxLength: 4 }),
      uses: fc.array(fc.integer({ min: LEAST_TOKENS, max: CALL_TOKENS }), { minLength: 50, maxLength: 50 }),
    }),
    { seed, numRuns: 1 },
  );
  if (plan === undefined) throw new Error('nothing was sampled');
  await using world = await openWorld();
  const nodes = new Map<number, Child>();
  const killed = new Set<number>();
  const replaced: Promise<void>[] = [];
  const kills = new Set(plan.kills);
  // The node dies while its call is under way: that is when a count can be lost.
  let recovery: Promise<void> | undefined;
  const onCall = ({ pid }: Call, number: number): Promise<void> | undefined => {
    const victim = nodes.get(pid);
    if (victim === undefined || killed.has(pid)) return recovery;
    if (![...kills].some((at) => at <= number)) return recovery;
    kills.delete(Math.min(...kills));
    killed.add(pid);
    replaced.push(kill(victim).then(start));
    // The rest of the budget is spent when work of the dead has begun again: a tree that ends before then begins nothing again.
    if (kills.size === 0) recovery = recovered(world.database);
    return recovery;
  };
  await using provider = await openProvider(plan.uses, onCall);
  const start = async (): Promise<void> => {
    // Whoever comes when nobody is killed any more has a place for every child, also while all others wait for an answer.
    const concurrency = kills.size === 0 ? CHILDREN : CONCURRENCY;
    const node = await world.startNode({ PROVIDER_URL: provider.url, CONCURRENCY: String(concurrency) });
    if (node.pid !== undefined) nodes.set(node.pid, node);
  };
  const tasks = plantRace(plan.children);
  const rootId = tasks[0]?.spec.id ?? '';
  await Promise.all([start(), start()]);
  await world.store.insertTogether(tasks);
  const root = await eventually(
    'the end of the tree',
    async () => {
      const task = await world.store.get(rootId);
      return task?.status === 'failed' || task?.status === 'completed' ? task : undefined;
    },
    SETTLED_WITHIN_MS,
  );
  await Promise.all(replaced);
  expect(killed.size).toBe(plan.kills.length);
  expect(root.error?.message).toContain(`the budget of task ${rootId} is used up: budget.max_tokens`);

  const { rows } = await world.database.query<{ used: number; by_children: number; rerouted: number; lost: number }>(
    `SELECT (SELECT (input_tokens + output_tokens)::int FROM switchyard.budget_use WHERE task_id = $1) AS used,
            (SELECT sum(input_tokens + output_tokens)::int FROM switchyard.budget_use WHERE task_id <> $1) AS by_children,
            (SELECT count(*)::int FROM switchyard.task_events WHERE type = 'task-rerouted') AS rerouted,
            (SELECT count(*)::int FROM switchyard.task_events WHERE type = 'task-recovered') AS lost`,
    [rootId],
  );
  const { used = 0, by_children: byChildren, rerouted = 0, lost = 0 } = rows[0] ?? {};
  // What this is about has happened: work was lost, arms have handed over and called again.
  expect(rerouted).toBeGreaterThan(0);
  expect(lost).toBeGreaterThan(0);
  expect(new Set(provider.calls.map(({ arm }) => arm))).toEqual(new Set(['test', 'second']));

  expect(used).toBe(byChildren);
  expect(used).toBeGreaterThanOrEqual(BUDGET);
  expect(used).toBeLessThan(BUDGET + CALL_TOKENS);
  const made = provider.calls.reduce((sum, { tokens }) => sum + tokens, 0);
  // Also those that were killed before their call reached anybody.
  const begun = await world.database.query<{ key: string }>(
    `SELECT task_id || '/' || (data ->> 'attempt') AS key FROM switchyard.task_events
      WHERE type = 'task-started' AND (data ->> 'pid')::int = ANY($1)`,
    [[...killed]],
  );
  const died = new Set(begun.rows.map(({ key }) => key));
  expect(died.size).toBeGreaterThan(0);
  const holds = await world.database.query<{ key: string }>(
    `SELECT task_id || '/' || attempt AS key FROM switchyard.budget_holds`,
  );
  // A hold that stayed is a call that nobody came back from, and only the killed leave any.
  const out = holds.rows.map(({ key }) => key);
  expect(out.filter((key) => !died.has(key))).toEqual([]);
  expect(new Set(out).size).toBe(out.length);
  expect(made).toBeGreaterThanOrEqual(used);
  expect(made - used).toBeLessThanOrEqual(out.length * CALL_TOKENS);
});
