import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openPgBossQueue, type PgBossQueue } from '../../../src/adapters/pg-boss/queue.ts';
import { type Database, openDatabase, Rollback } from '../../../src/adapters/postgres/database.ts';
import type { NewJob, QueuedJob } from '../../../src/ports/queue.ts';
import { silentLogger, testDatabase } from '../../../testing/index.ts';
import { eventually } from '../../eventually.ts';

const server = testDatabase();
let database: Database;
let queue: PgBossQueue;

beforeAll(async () => {
  database = openDatabase({ url: server.databaseUrl, applicationName: 'switchyard test' });
  queue = await openPgBossQueue({ url: server.databaseUrl, arms: ['test', 'generalist'], logger: silentLogger });
});
afterAll(async () => {
  await queue.close();
  await database.close();
});
beforeEach(async () => {
  await database.query('DELETE FROM pgboss.job');
});

function newJob(rest: Partial<NewJob> = {}): NewJob {
  return { id: randomUUID(), taskId: randomUUID(), arm: 'test', priority: 1, startAfter: null, ...rest };
}

async function enqueue(...jobs: NewJob[]): Promise<void> {
  await database.transaction((transaction) => queue.enqueue(transaction, jobs));
}

async function fetchOne(arm = 'test'): Promise<QueuedJob> {
  const [job] = await queue.fetch(arm, 1);
  if (job === undefined) throw new Error('there is no job to fetch');
  return job;
}

const complete = (job: QueuedJob): Promise<boolean> =>
  database.transaction((transaction) => queue.complete(transaction, job));
const hold = (job: QueuedJob): Promise<boolean> => database.transaction((transaction) => queue.hold(transaction, job));

/** The holder of a job has not been heard of for long. */
async function ageHeartbeat(job: QueuedJob): Promise<void> {
  await database.query(`UPDATE pgboss.job SET heartbeat_on = now() - interval '1 minute' WHERE id = $1`, [job.id]);
}

describe('fetching', () => {
  it('brings the highest priority first, whatever came first', async () => {
    const jobs = [0, 3, 1, 2, 0, 3].map((priority) => newJob({ priority }));
    await enqueue(...jobs);
    const byId = new Map(jobs.map((job) => [job.id, job.priority]));
    const first = await queue.fetch('test', 3);
    const rest = await queue.fetch('test', 10);
    expect([...first, ...rest].map(({ id }) => byId.get(id))).toEqual([3, 3, 2, 1, 0, 0]);
  });

  it('brings the older of equal priority first, from one fetch to the next', async () => {
    const jobs = [newJob(), newJob(), newJob()];
    for (const job of jobs) await enqueue(job);
    const fetched = [await fetchOne(), await fetchOne(), await fetchOne()];
    expect(fetched.map(({ taskId }) => taskId)).toEqual(jobs.map(({ taskId }) => taskId));
  });

  it('brings at most so many, each once, by however many at the same time', async () => {
    await enqueue(...Array.from({ length: 40 }, () => newJob()));
    const batches = await Promise.all(Array.from({ length: 8 }, () => queue.fetch('test', 7)));
    for (const batch of batches) expect(batch.length).toBeLessThanOrEqual(7);
    const ids = batches.flat().map(({ id }) => id);
    expect(ids).toHaveLength(40);
    expect(new Set(ids).size).toBe(40);
  });

  it('leaves what belongs to another arm', async () => {
    const mine = newJob();
    await enqueue(newJob({ arm: 'generalist' }), mine);
    expect(await queue.fetch('test', 5)).toEqual([{ id: mine.id, arm: 'test', taskId: mine.taskId, delivery: 0 }]);
  });

  it('leaves a job that waits for its time, until then', async () => {
    const soon = newJob({ startAfter: new Date(Date.now() + 300) });
    await enqueue(soon, newJob({ startAfter: new Date(Date.now() + 3_600_000) }), newJob({ startAfter: new Date(0) }));
    expect(await queue.fetch('test', 5)).toHaveLength(1);
    const [due] = await eventually('the job whose time has come', async () => {
      const jobs = await queue.fetch('test', 5);
      return jobs.length > 0 && jobs;
    });
    expect(due?.id).toBe(soon.id);
  });
});

describe('a holding', () => {
  it('is renewed and completed by its holder', async () => {
    await enqueue(newJob(), newJob());
    const jobs = await queue.fetch('test', 2);
    expect(await queue.touch('test', jobs)).toEqual(new Set(jobs.map(({ id }) => id)));
    expect(await queue.touch('test', [])).toEqual(new Set());
    const [first, second] = jobs;
    if (first === undefined || second === undefined) throw new Error('two were enqueued');
    expect(await hold(first)).toBe(true);
    expect(await complete(first)).toBe(true);
    expect(await complete(first)).toBe(false);
    expect(await queue.touch('test', jobs)).toEqual(new Set([second.id]));
  });

  it('that was handed out again is closed to its former holder in every way', async () => {
    await enqueue(newJob());
    const former = await fetchOne();
    expect(await queue.abandon(former)).toBe(true);
    // Between the two it belongs to nobody.
    expect(await queue.touch('test', [former])).toEqual(new Set());
    expect(await complete(former)).toBe(false);
    const current = await fetchOne();
    expect(current).toEqual({ ...former, delivery: former.delivery + 1 });
    expect(await queue.touch('test', [former])).toEqual(new Set());
    expect(await hold(former)).toBe(false);
    expect(await complete(former)).toBe(false);
    expect(await queue.abandon(former)).toBe(false);
    expect(await complete(current)).toBe(true);
  });

  it('of a job that was never there is none', async () => {
    const nothing: QueuedJob = { id: randomUUID(), arm: 'test', taskId: randomUUID(), delivery: 0 };
    expect(await queue.touch('test', [nothing])).toEqual(new Set());
    expect(await complete(nothing)).toBe(false);
    expect(await queue.abandon(nothing)).toBe(false);
  });

  it('whose heartbeats are missed goes to another', async () => {
    await enqueue(newJob({ priority: 2 }));
    const former = await fetchOne();
    await ageHeartbeat(former);
    const [current] = await eventually('the job is handed out again', async () => {
      const jobs = await queue.fetch('test', 1);
      return jobs.length > 0 && jobs;
    });
    expect(current).toEqual({ ...former, delivery: 1 });
  });

  it('that is abandoned keeps the priority of its job', async () => {
    await enqueue(newJob({ priority: 3 }));
    const urgent = await fetchOne();
    await enqueue(newJob({ priority: 0 }));
    await queue.abandon(urgent);
    expect((await fetchOne()).id).toBe(urgent.id);
  });

  it('survives as many lost holders as there may be', async () => {
    await enqueue(newJob());
    for (let delivery = 0; delivery < 25; delivery += 1) {
      const job = await fetchOne();
      expect(job.delivery).toBe(delivery);
      await queue.abandon(job);
    }
    expect((await fetchOne()).delivery).toBe(25);
  });
});

describe('a transaction', () => {
  it('that is rolled back takes its jobs and its completions with it', async () => {
    await enqueue(newJob());
    const job = await fetchOne();
    const undone = database.transaction(async (transaction) => {
      await queue.enqueue(transaction, [newJob(), newJob({ arm: 'generalist' })]);
      expect(await queue.complete(transaction, job)).toBe(true);
      throw new Rollback();
    });
    await expect(undone).rejects.toBeInstanceOf(Rollback);
    expect(await queue.fetch('test', 5)).toEqual([]);
    expect(await queue.fetch('generalist', 5)).toEqual([]);
    expect(await complete(job)).toBe(true);
  });

  it('writes jobs of several arms together', async () => {
    await enqueue(newJob(), newJob({ arm: 'generalist' }), newJob());
    expect(await queue.fetch('test', 5)).toHaveLength(2);
    expect(await queue.fetch('generalist', 5)).toHaveLength(1);
  });

  it('does not need a second connection: a pool of one does', async () => {
    const narrow = openDatabase({ url: server.databaseUrl, applicationName: 'switchyard test', connections: 1 });
    try {
      const job = newJob();
      await narrow.transaction((transaction) => queue.enqueue(transaction, [job]));
      const held = await fetchOne();
      expect(await narrow.transaction((transaction) => queue.complete(transaction, held))).toBe(true);
    } finally {
      await narrow.close();
    }
  });
});

describe('a statement that hangs', () => {
  it('is given up after its time, and the queue goes on when what blocked it is gone', async () => {
    const impatient = await openPgBossQueue({
      url: server.databaseUrl,
      arms: ['test'],
      logger: silentLogger,
      queryTimeoutMs: 200,
    });
    try {
      await enqueue(newJob());
      await database.transaction(async (transaction) => {
        await transaction.query('LOCK TABLE pgboss.job IN ACCESS EXCLUSIVE MODE');
        await expect(impatient.fetch('test', 1)).rejects.toThrow(/timeout/);
      });
      // What was given up here may still be carried out there: then its job comes back by the missed heartbeat.
      await eventually('a job can be fetched again', async () => {
        await enqueue(newJob());
        return (await impatient.fetch('test', 1)).length === 1;
      });
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
      await enqueue(newJob());
      const batches = await Promise.all(queues.map((one) => one.fetch('test', 1)));
      expect(batches.flat()).toHaveLength(1);
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
