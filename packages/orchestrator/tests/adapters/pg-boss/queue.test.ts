import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openPgBossQueue, type PgBossQueue } from '../../../src/adapters/pg-boss/queue.ts';
import { type Database, openDatabase } from '../../../src/adapters/postgres/database.ts';
import { openNodeConnection } from '../../../src/adapters/postgres/node-connection.ts';
import { createPostgresStore } from '../../../src/adapters/postgres/store.ts';
import type { TaskSpec } from '../../../src/domain/task.ts';
import type { QueuedJob } from '../../../src/ports/queue.ts';
import type { Store } from '../../../src/ports/store.ts';
import { silentLogger, testDatabase } from '../../../testing/index.ts';
import { eventually } from '../../eventually.ts';
import { ARM, newTask } from '../postgres/parts.ts';
import { NODE } from '../postgres/store-suite/subject.ts';

const server = testDatabase();
let database: Database;
let queue: PgBossQueue;
let store: Store;

beforeAll(async () => {
  database = openDatabase({ url: server.databaseUrl, applicationName: 'switchyard test' });
  queue = await openPgBossQueue({ url: server.databaseUrl, arms: [ARM], logger: silentLogger });
  store = createPostgresStore(database);
});
afterAll(async () => {
  await queue.close();
  await database.close();
});
beforeEach(async () => {
  await database.query('DELETE FROM switchyard.tasks');
  await database.query('DELETE FROM pgboss.job');
});

/** As many tasks as are asked for, waiting. */
async function enqueue(count = 1, spec: Partial<TaskSpec> = {}): Promise<void> {
  await store.insert(Array.from({ length: count }, () => newTask(spec)));
}

async function hold(count: number): Promise<QueuedJob[]> {
  return (await store.claim(ARM, count, NODE)).map(({ job }) => job);
}

async function holdOne(): Promise<QueuedJob> {
  const [job] = await hold(1);
  if (job === undefined) throw new Error('there is no job to hold');
  return job;
}

/** The holder of a job has not been heard of for long. */
async function ageHeartbeat(job: QueuedJob): Promise<void> {
  await database.query(`UPDATE pgboss.job SET heartbeat_on = now() - interval '1 minute' WHERE id = $1`, [job.id]);
}

describe('a holding', () => {
  it('is renewed by its holder, and by nobody once it ended', async () => {
    await enqueue(2);
    const jobs = await hold(2);
    expect(await queue.touch(ARM, jobs)).toEqual(new Set(jobs.map(({ id }) => id)));
    expect(await queue.touch(ARM, [])).toEqual(new Set());
    const [first, second] = jobs;
    if (first === undefined || second === undefined) throw new Error('two were enqueued');
    const done = { kind: 'complete', result: null, usage: null, costUsd: null } as const;
    expect(await store.finish({ taskId: first.taskId, attempt: 1, job: first }, done, 1)).toBe(true);
    expect(await queue.touch(ARM, jobs)).toEqual(new Set([second.id]));
  });

  it('that was handed out again is closed to its former holder in every way', async () => {
    await enqueue();
    const former = await holdOne();
    expect(await queue.abandon(former)).toBe(true);
    // Between the two it belongs to nobody.
    expect(await queue.touch(ARM, [former])).toEqual(new Set());
    const current = await holdOne();
    expect(current).toEqual({ ...former, delivery: former.delivery + 1 });
    expect(await queue.touch(ARM, [former])).toEqual(new Set());
    expect(await queue.abandon(former)).toBe(false);
    expect(await queue.touch(ARM, [current])).toEqual(new Set([current.id]));
  });

  it('of a job that was never there is none', async () => {
    const nothing: QueuedJob = { id: randomUUID(), arm: ARM, taskId: randomUUID(), delivery: 0 };
    expect(await queue.touch(ARM, [nothing])).toEqual(new Set());
    expect(await queue.abandon(nothing)).toBe(false);
  });

  it('whose heartbeats are missed is reported, also while its node holds its lock, and never by pg-boss itself', async () => {
    await enqueue();
    const job = await holdOne();
    const connection = await openNodeConnection({ url: server.databaseUrl, node: NODE, logger: silentLogger });
    expect(await store.orphans()).toEqual([]);
    await ageHeartbeat(job);
    expect(await store.orphans()).toEqual([{ node: NODE.id, isGone: false, job }]);
    await connection.close();
    expect(
      await eventually('the node is gone', async () => (await store.orphans()).find(({ isGone }) => isGone)),
    ).toEqual({
      node: NODE.id,
      isGone: true,
      job,
    });
    // Its monitor passes every two seconds and would take it by its age.
    const { rows } = await database.query('SELECT heartbeat_seconds FROM pgboss.job WHERE id = $1', [job.id]);
    expect(rows).toEqual([{ heartbeat_seconds: null }]);
  });

  it('that nobody began an attempt with is dropped, and its task gets another job', async () => {
    await enqueue();
    await database.query(
      `UPDATE pgboss.job_common SET state = 'active', started_on = now(), heartbeat_on = now() - interval '16 seconds'`,
    );
    await database.query(`UPDATE switchyard.tasks SET updated_at = now() - interval '16 seconds'`);
    expect(await store.reconcile()).toEqual({ requeued: 1, failed: 0 });
    expect(await hold(1)).toHaveLength(1);
  });

  it('that is abandoned keeps the priority of its job', async () => {
    await enqueue(1, { priority: 'critical' });
    const urgent = await holdOne();
    await enqueue(1, { priority: 'low' });
    await queue.abandon(urgent);
    expect((await holdOne()).id).toBe(urgent.id);
  });

  it('survives as many lost holders as there may be', async () => {
    await enqueue();
    for (let delivery = 0; delivery < 25; delivery += 1) {
      const job = await holdOne();
      expect(job.delivery).toBe(delivery);
      await database.query('UPDATE switchyard.tasks SET worker_deaths = 0');
      await queue.abandon(job);
    }
    expect((await holdOne()).delivery).toBe(25);
  });
});

describe('a statement that hangs', () => {
  it('is given up after its time, and the queue goes on when what blocked it is gone', async () => {
    const impatient = await openPgBossQueue({
      url: server.databaseUrl,
      arms: [ARM],
      logger: silentLogger,
      queryTimeoutMs: 200,
    });
    try {
      await enqueue();
      const job = await holdOne();
      await database.transaction(async (transaction) => {
        await transaction.query('LOCK TABLE pgboss.job IN ACCESS EXCLUSIVE MODE');
        await expect(impatient.touch(ARM, [job])).rejects.toThrow(/timeout/);
      });
      await eventually('the job can be touched', async () => (await impatient.touch(ARM, [job])).size === 1);
    } finally {
      await impatient.close();
    }
  });
});

describe('opening', () => {
  it('is done by several nodes at once on a database without its schema', async () => {
    await database.query('DROP SCHEMA pgboss CASCADE');
    const open = (): Promise<PgBossQueue> =>
      openPgBossQueue({ url: server.databaseUrl, arms: ['test', 'generalist'], logger: silentLogger });
    const queues = await Promise.all([open(), open(), open()]);
    try {
      await enqueue();
      const job = await holdOne();
      for (const one of queues) expect(await one.touch(ARM, [job])).toEqual(new Set([job.id]));
      expect(await queue.problem()).toBeNull();
    } finally {
      await Promise.all(queues.map((one) => one.close()));
    }
  });

  it('rejects where nothing answers, and leaves nothing open', async () => {
    const url = new URL(server.databaseUrl);
    url.pathname = '/no_such_database';
    await expect(openPgBossQueue({ url: url.href, arms: ['test'], logger: silentLogger })).rejects.toThrow(
      /does not exist/,
    );
  });

  it('says what is wrong when it cannot be read', async () => {
    const other = await openPgBossQueue({ url: server.databaseUrl, arms: [], logger: silentLogger });
    await other.close();
    expect(await other.problem()).toEqual(expect.any(String));
  });
});
