/**
 * A tree of a thousand tasks on nodes that are killed by SIGKILL at random times. What is checked is read from the tables
 * alone: the tree has ended, each task once, and the root's result holds exactly its children's.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { randomInt, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createTestDatabase } from '../testing/index.ts';
import { newTask, openParts } from './adapters/postgres/parts.ts';
import { eventually } from './eventually.ts';

const NODE = join(import.meta.dirname, 'fixtures', 'crash-node.ts');
const GROUPS = 10;
const LEAVES = 100;
const KILLS = 6;
const SETTLED_WITHIN_MS = 90_000;

type Child = ChildProcessByStdio<null, Readable, null>;

/** Ten groups of a hundred below one root. */
function plantTree(): ReturnType<typeof newTask>[] {
  const rootTaskId = randomUUID();
  const parent = { aggregate: { by: 'all' }, onChildFailure: 'fail' } as const;
  const place = (id: string, parentTaskId: string | null, index: number | null, isParent: boolean) => {
    const task = newTask({ input: { ms: 1 } });
    const tree = { rootTaskId, index, parent: isParent ? parent : null };
    return { ...task, spec: { ...task.spec, id, parentTaskId, tree } };
  };
  const groups = Array.from({ length: GROUPS }, (_, index) => place(randomUUID(), rootTaskId, index, true));
  const leaves = groups.flatMap(({ spec }) =>
    Array.from({ length: LEAVES }, (_, index) => place(randomUUID(), spec.id, index, false)),
  );
  return [place(rootTaskId, null, null, true), ...groups, ...leaves];
}

async function kill(child: Child): Promise<void> {
  child.kill('SIGKILL');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

it('a tree of 1,000 tasks ends once and whole, whatever nodes are killed on the way', {
  timeout: 180_000,
}, async () => {
  const seed = randomInt(2 ** 31 - 1);
  process.stdout.write(`tree kills: seed ${seed}\n`);
  const life = fc.record({ afterMs: fc.integer({ min: 50, max: 700 }), which: fc.nat(1) });
  const [plan] = fc.sample(fc.array(life, { minLength: KILLS, maxLength: KILLS }), { seed, numRuns: 1 });
  await using opened = new AsyncDisposableStack();
  const { databaseUrl } = opened.use(await createTestDatabase());
  const { database, store } = opened.use(await openParts(databaseUrl));
  await database.query('CREATE TABLE effects (task_id uuid, attempt int, pid int)');
  const start = async (): Promise<Child> => {
    const child = spawn(process.execPath, [NODE], {
      env: { PATH: process.env['PATH'], DATABASE_URL: databaseUrl },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    opened.defer(() => kill(child));
    await once(child.stdout, 'data');
    return child;
  };
  const tasks = plantTree();
  const rootId = tasks[0]?.spec.id ?? '';
  await store.insertTogether(tasks);
  const nodes = [await start(), await start()];
  for (const { afterMs, which } of plan ?? []) {
    // The length of a life is what is random here; nothing waits for it.
    await delay(afterMs);
    const victim = nodes[which];
    if (victim !== undefined) await kill(victim);
    nodes[which] = await start();
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
    expect(root).toMatchObject({ status: 'completed', children: { total: GROUPS, completed: GROUPS } });
    const leaves = JSON.stringify(root?.result).match(/"attempt":\d+/g) ?? [];
    expect(leaves).toHaveLength(GROUPS * LEAVES);
  } else expect(root?.status).toBe('failed');
});
