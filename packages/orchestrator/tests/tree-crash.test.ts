/**
 * A tree of a thousand tasks on nodes that are killed by SIGKILL at random times. What is checked is read from the tables
 * alone: the tree has ended, each task once, and the root's result holds exactly its children's.
 */
import { randomInt, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { newTask } from './adapters/postgres/parts.ts';
import { kill, openWorld } from './crash-world.ts';
import { eventually } from './eventually.ts';

const GROUPS = 10;
const LEAVES = 100;
const KILLS = 6;
const SETTLED_WITHIN_MS = 90_000;

/** Ten groups of a hundred below one root. */
function plantTree(): ReturnType<typeof newTask>[] {
  const rootTaskId = randomUUID();
  const parent = { aggregate: { by: 'all' }, onChildFailure: 'fail' } as const;
  const place = (id: string, parentTaskId: string | null, index: number | null, isParent: boolean) => {
    // Time is not what this is about, and a busy machine takes a lot of it.
    const budget = { max_tokens: 100, max_time_seconds: 3_600, max_cost_usd: 1 };
    const task = newTask({ input: { ms: 1 }, budget });
    const tree = { rootTaskId, index, parent: isParent ? parent : null };
    return { ...task, spec: { ...task.spec, id, parentTaskId, tree } };
  };
  const groups = Array.from({ length: GROUPS }, (_, index) => place(randomUUID(), rootTaskId, index, true));
  const leaves = groups.flatMap(({ spec }) =>
    Array.from({ length: LEAVES }, (_, index) => place(randomUUID(), spec.id, index, false)),
  );
  return [place(rootTaskId, null, null, true), ...groups, ...leaves];
}

it('a tree of 1,000 tasks ends once and whole, whatever nodes are killed on the way', {
  timeout: 180_000,
}, async () => {
  const seed = randomInt(2 ** 31 - 1);
  process.stdout.write(`tree kills: seed ${seed}\n`);
  const life = fc.record({ afterMs: fc.integer({ min: 50, max: 700 }), which: fc.nat(1) });
  const [plan] = fc.sample(fc.array(life, { minLength: KILLS, maxLength: KILLS }), { seed, numRuns: 1 });
  await using world = await openWorld();
  const { database, store } = world;
  const tasks = plantTree();
  const rootId = tasks[0]?.spec.id ?? '';
  await store.insertTogether(tasks);
  const nodes = await Promise.all([world.startNode(), world.startNode()]);
  for (const { afterMs, which } of plan ?? []) {
    // The length of a life is what is random here; nothing waits for it.
    await delay(afterMs);
    const victim = nodes[which];
    if (victim !== undefined) await kill(victim);
    nodes[which] = await world.startNode();
  }
  const open = 'SELECT FROM switchyard.tasks WHERE ended_at IS NULL';
  await eventually('the end of all tasks', async () => (await database.query(open)).rowCount === 0, SETTLED_WITHIN_MS);

  const { rows } = await database.query<{ tasks: number; ends: number; gapless: boolean; lost: number }>(`
    SELECT count(*)::int AS tasks,
           sum((SELECT count(*) FROM switchyard.task_events AS e
                 WHERE e.task_id = t.id AND e.type IN ('task-completed', 'task-failed', 'task-cancelled')))::int AS ends,
           bool_and(t.last_event = (SELECT count(*) FROM switchyard.task_events AS e WHERE e.task_id = t.id)) AS gapless,
           count(*) FILTER (WHERE t.status = 'failed' AND t.worker_deaths >= 3)::int AS lost
      FROM switchyard.tasks AS t`);
  expect(rows[0]).toMatchObject({ tasks: tasks.length, ends: tasks.length, gapless: true });
  const root = await store.get(rootId);
  // A leaf that took three nodes with it fails its group and so the root; else every result has come up.
  if (rows[0]?.lost === 0) {
    expect(root).toMatchObject({ status: 'completed', error: null, children: { total: GROUPS, completed: GROUPS } });
    const leaves = JSON.stringify(root?.result).match(/"attempt":\d+/g) ?? [];
    expect(leaves).toHaveLength(GROUPS * LEAVES);
  } else expect(root?.status).toBe('failed');
});
