import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { enqueueJobs } from '../../../src/adapters/postgres/jobs.ts';
import { openNodeConnection } from '../../../src/adapters/postgres/node-connection.ts';
import type { FieldFinding } from '../../../src/ports/screen.ts';
import { createTestDatabase, silentLogger, testDatabase } from '../../../testing/index.ts';
import { ARM, newTask, openParts } from './parts.ts';
import { claimNext, type StoreSubject, submitOne } from './store-suite/subject.ts';
import { storeSuite } from './store-suite.ts';

async function createSubject(url: string): Promise<StoreSubject> {
  const parts = await openParts(url);
  const { database, queue, store } = parts;
  return {
    store,
    queue,
    openNode: async (id) => {
      const identity = { id, pid: id };
      const connection = await openNodeConnection({ url, node: identity, logger: silentLogger });
      return { identity, die: () => connection.close() };
    },
    loseJob: async (taskId) => {
      await database.query(`DELETE FROM pgboss.job WHERE data ->> 'task_id' = $1 AND state < 'completed'`, [taskId]);
      await database.query(`UPDATE switchyard.tasks SET updated_at = now() - interval '1 minute' WHERE id = $1`, [
        taskId,
      ]);
    },
    addStrayJob: (taskId) =>
      database.transaction((transaction) =>
        enqueueJobs(transaction, [
          { id: randomUUID(), taskId, arm: ARM, priority: 'critical', startAfter: null, since: null },
        ]),
      ),
    openJobs: async (taskId) => {
      const { rowCount } = await database.query(
        `SELECT FROM pgboss.job WHERE data ->> 'task_id' = $1 AND state < 'completed'`,
        [taskId],
      );
      return rowCount;
    },
    alignCreation: async (taskIds, at) => {
      await database.query('UPDATE switchyard.tasks SET created_at = $2 WHERE id = ANY($1::uuid[])', [taskIds, at]);
    },
    waitedFor: async (taskId, minutes) => {
      await database.query(`UPDATE pgboss.job SET priority = priority + $2 * 60 WHERE data ->> 'task_id' = $1`, [
        taskId,
        minutes,
      ]);
    },
    expireKeys: async () => {
      await database.query(`UPDATE switchyard.idempotency_keys SET expires_at = now() - interval '1 second'`);
    },
    storedKeys: async () => {
      const { rows } = await database.query<{ key: string }>(
        'SELECT key FROM switchyard.idempotency_keys ORDER BY key',
      );
      return rows.map(({ key }) => key);
    },
    screenRecords: async () => {
      const { rows } = await database.query<{
        task_id: string | null;
        status: 'Success' | 'Blocked';
        findings: FieldFinding[];
      }>('SELECT task_id, status, findings FROM switchyard.screen_log ORDER BY id');
      return rows.map(({ task_id, status, findings }) => ({ taskId: task_id, status, findings }));
    },
    clear: async () => {
      await database.query('DELETE FROM switchyard.tasks');
      await database.query('DELETE FROM switchyard.screen_log');
      await database.query('DELETE FROM pgboss.job');
    },
    [Symbol.asyncDispose]: () => parts[Symbol.asyncDispose](),
  };
}

describe('the store on PostgreSQL', () => {
  const database = testDatabase();
  storeSuite('keeps the contract of the port', () => createSubject(database.databaseUrl));
});

describe('the store on PostgreSQL', () => {
  const database = testDatabase();

  it('keeps the first 5,000 events of a task and the newest progress, and the last event of its life', async () => {
    await using subject = await createSubject(database.databaseUrl);
    const taskId = await submitOne(subject);
    const { reference } = await claimNext(subject);
    await using parts = await openParts(database.databaseUrl);
    await parts.database.query(
      `INSERT INTO switchyard.task_events (task_id, number, type, data)
       SELECT $1, number, 'task-progressed', '{}' FROM generate_series(3, 4999) AS number`,
      [taskId],
    );
    await parts.database.query('UPDATE switchyard.tasks SET last_event = 4999 WHERE id = $1', [taskId]);
    for (const step of [1, 2, 3]) expect(await subject.store.progress(reference, step)).toBe(true);
    await subject.store.finish(reference, { kind: 'complete', result: 1, usage: null, costUsd: null }, 1);
    expect((await subject.store.get(taskId))?.progress).toBe(3);
    expect(await subject.store.events(taskId, 4998, 10)).toMatchObject([
      { number: 4999 },
      { number: 5000, data: { progress: 1 } },
      { number: 5001, type: 'task-completed' },
    ]);
  });

  it('walks the list the same whatever zone and date style the server has', async () => {
    await using own = await createTestDatabase();
    await using subject = await createSubject(own.databaseUrl);
    await using parts = await openParts(own.databaseUrl);
    const { rows } = await parts.database.query<{ name: string }>('SELECT current_database() AS name');
    await parts.database.query(`ALTER DATABASE ${rows[0]?.name} SET timezone TO 'Asia/Kathmandu'`);
    await parts.database.query(`ALTER DATABASE ${rows[0]?.name} SET datestyle TO 'SQL, DMY'`);
    await using changed = await openParts(own.databaseUrl);
    await subject.store.insert([newTask(), newTask(), newTask()]);
    const first = await changed.store.list({ limit: 2 });
    const second = await changed.store.list({ limit: 2, cursor: first.nextCursor ?? '' });
    expect(new Set([...first.tasks, ...second.tasks].map(({ id }) => id)).size).toBe(3);
    expect(second.tasks).toHaveLength(1);
  });
});
