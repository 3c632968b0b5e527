import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { insertTasks } from '../../../src/adapters/postgres/insert-tasks.ts';
import { createRetentionStore } from '../../../src/adapters/postgres/retention.ts';
import { startRetention } from '../../../src/app/retention.ts';
import { DEFAULT_RETENTION, type Retention } from '../../../src/domain/retention.ts';
import type { RetainedKind } from '../../../src/ports/retention.ts';
import { createTestDatabase, silentLogger, type TestDatabase } from '../../../testing/index.ts';
import { eventually } from '../../eventually.ts';
import { newTask, openParts, type Parts } from './parts.ts';

const DAY = 24 * 3600;
const KEEP: Retention = { ...DEFAULT_RETENTION, tasks: 10 * DAY, failed: 20 * DAY, events: 10 * DAY };

let own: TestDatabase;
let parts: Parts;
beforeEach(async () => {
  own = await createTestDatabase();
  parts = await openParts(own.databaseUrl);
});
afterEach(async () => {
  await parts[Symbol.asyncDispose]();
  await own.drop();
});

/** Tasks that ended so many days ago, each with three events and a result. */
async function ended(status: string, days: number, count = 1, parent: string | null = null): Promise<string[]> {
  const ids = Array.from({ length: count }, () => randomUUID());
  await parts.store.insert(ids.map((id) => newTask({ id, parentTaskId: parent })));
  await parts.database.query(
    `WITH t AS (
       UPDATE switchyard.tasks SET status = $2::switchyard.task_status, last_event = 3, ended_at = now() - $3::int * interval '1 day'
        WHERE id = ANY($1::uuid[]) RETURNING id
     ), e AS (
       INSERT INTO switchyard.task_events (task_id, number, type) SELECT id, n, 'task-' || n FROM t, generate_series(2, 3) AS n
     )
     INSERT INTO switchyard.task_results (task_id, result) SELECT id, '1' FROM t`,
    [ids, status, days],
  );
  return ids;
}

/** One pass to its end; what was removed by kind. */
async function pass(keep: Partial<Retention> = {}): Promise<{ [kind in RetainedKind]?: number }> {
  const removed: { [kind in RetainedKind]?: number } = {};
  const loop = startRetention({
    store: createRetentionStore(parts.database),
    keep: { ...KEEP, ...keep },
    metrics: { removed: (kind, count) => void (removed[kind] = (removed[kind] ?? 0) + count) },
    logger: silentLogger,
    restMs: 0,
  });
  await loop.pass();
  await loop.stop();
  return removed;
}

async function kept(table = 'tasks', column = 'id'): Promise<string[]> {
  const { rows } = await parts.database.query<{ id: string }>(
    `SELECT DISTINCT ${column} AS id FROM switchyard.${table}`,
  );
  return rows.map(({ id }) => id);
}

describe('retention', () => {
  it('removes what ended longer ago than it is kept, with all that belongs to it', async () => {
    const [old = ''] = await ended('completed', 11);
    const [young = ''] = await ended('cancelled', 9);
    const open = newTask();
    await parts.store.insert([open]);
    expect(await pass()).toEqual({ tasks: 1 });
    expect((await kept()).sort()).toEqual([young, open.spec.id].sort());
    expect(await kept('task_results', 'task_id')).toEqual([young]);
    expect(await kept('task_events', 'task_id')).not.toContain(old);
  });

  it('keeps failed tasks for their own time, and for ever when told so', async () => {
    const [failed = ''] = await ended('failed', 15);
    const [longAgo = ''] = await ended('failed', 400);
    await ended('completed', 15);
    await pass({ failed: null, events: null });
    expect((await kept()).sort()).toEqual([failed, longAgo].sort());
    await pass({ events: null });
    expect(await kept()).toEqual([failed]);
  });

  it('removes many, in batches, also behind others that stay', async () => {
    await ended('failed', 15, 700);
    await ended('completed', 15, 700);
    expect(await pass()).toMatchObject({ tasks: 700 });
    expect(await kept()).toHaveLength(700);
  });

  it('removes events sooner than their tasks, but the one that tells the end', async () => {
    const [task = ''] = await ended('completed', 5);
    expect(await pass({ events: 2 * DAY })).toEqual({ events: 2 });
    expect(await parts.store.events(task, 0, 10)).toMatchObject([{ number: 3 }]);
    expect(await parts.store.get(task)).toMatchObject({ status: 'completed', result: 1 });
  });

  it('leaves a parent until its children have gone', async () => {
    const [parent = ''] = await ended('completed', 30);
    const [child = ''] = await ended('completed', 5, 1, parent);
    await pass();
    expect((await kept()).sort()).toEqual([parent, child].sort());
    await parts.database.query(`UPDATE switchyard.tasks SET ended_at = now() - interval '11 days' WHERE id = $1`, [
      child,
    ]);
    await pass();
    await pass();
    expect(await kept()).toEqual([]);
  });

  it('keeps what a failed tree has made for as long as it may be tried again', async () => {
    const [root = ''] = await ended('failed', 15);
    const [made = '', broken = ''] = [
      ...(await ended('completed', 15, 1, root)),
      ...(await ended('failed', 15, 1, root)),
    ];
    const [below = ''] = await ended('completed', 15, 1, broken);
    await parts.database.query('UPDATE switchyard.tasks SET root_task_id = $1, tree_index = 0 WHERE id = ANY($2)', [
      root,
      [made, broken, below],
    ]);
    await pass();
    expect((await kept()).sort()).toEqual([root, made, broken, below].sort());
    await parts.database.query(`UPDATE switchyard.tasks SET ended_at = now() - interval '21 days'`);
    for (const _ of [root, broken, below]) await pass();
    expect(await kept()).toEqual([]);
  });

  it('takes no task away that was just handed in below one that is due', async () => {
    const [parent = ''] = await ended('completed', 30);
    const child = newTask({ parentTaskId: parent });
    let passing: Promise<unknown> | undefined;
    await parts.database.transaction(async (transaction) => {
      await insertTasks({ ...parts.database, transaction: (work) => work(transaction) }, [child], { keySeconds: 60 });
      let isOver = false;
      passing = pass().then(() => {
        isOver = true;
      });
      // The removal began before the child was there, and waits for it, or was refused.
      await eventually('the removal is held up or over', async () => {
        const { rows } = await parts.database.query<{ held: boolean }>(
          `SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND locktype IN ('transactionid', 'tuple')) AS held`,
        );
        return isOver || rows[0]?.held === true;
      });
    });
    await passing;
    expect((await kept()).sort()).toEqual([parent, child.spec.id].sort());
  });

  it('leaves a task whose key still answers, and forgets keys that no longer do', async () => {
    const task = newTask({}, { idempotency: { key: 'k', digest: 'a'.repeat(64) } });
    await parts.store.insert([task]);
    await parts.database.query(
      `UPDATE switchyard.tasks SET status = 'completed', ended_at = now() - interval '1 year'`,
    );
    await pass();
    expect(await kept()).toEqual([task.spec.id]);
    await parts.database.query(`UPDATE switchyard.idempotency_keys SET expires_at = now() - interval '1 second'`);
    expect(await pass()).toEqual({ idempotency_keys: 1, tasks: 1 });
    expect(await kept()).toEqual([]);
  });

  it('removes what the screen found long ago', async () => {
    const record = { taskId: null, arm: 'test', status: 'Blocked', findings: [], requestId: 'r' } as const;
    await parts.store.recordScreen([record, record]);
    await parts.database.query(`UPDATE switchyard.screen_log SET created_at = now() - interval '91 days' WHERE id = 1`);
    expect(await pass({ screenLog: null })).toEqual({});
    expect(await pass()).toEqual({ screen_log: 1 });
    expect(await kept('screen_log')).toHaveLength(1);
  });

  it('lets one node remove at a time', async () => {
    await ended('completed', 11);
    await parts.database.transaction(async (transaction) => {
      await transaction.query('SELECT pg_advisory_xact_lock(7349203)');
      expect(await pass()).toEqual({});
    });
    expect(await pass()).toEqual({ tasks: 1 });
  });

  it('finds what is due by the index on ends', async () => {
    await ended('completed', 1, 300);
    await parts.database.query('ANALYZE switchyard.tasks');
    const { rows } = await parts.database.query<{ 'QUERY PLAN': string }>(
      `EXPLAIN SELECT id, ended_at FROM switchyard.tasks WHERE ended_at < now() - interval '10 days' ORDER BY ended_at, id LIMIT 500`,
    );
    expect(rows.map((row) => row['QUERY PLAN']).join('\n')).toContain('idx_tasks_ended_at');
  });
});
