/** Our job rows beside those of the pinned pg-boss: whoever takes another version sees here what it changed. */
import { PgBoss } from 'pg-boss';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { JOBS, queueName } from '../../../src/adapters/pg-boss/job-rows.ts';
import { testDatabase } from '../../../testing/index.ts';
import { ARM, newTask, openParts, type Parts } from '../postgres/parts.ts';
import { NODE } from '../postgres/store-suite/subject.ts';

type JobRow = Record<string, unknown>;

const server = testDatabase();
let parts: Parts;
let boss: PgBoss;

beforeAll(async () => {
  parts = await openParts(server.databaseUrl);
  boss = new PgBoss({ connectionString: server.databaseUrl, supervise: false, schedule: false });
  await boss.start();
});
afterAll(async () => {
  await boss.stop({ graceful: false, close: true });
  await parts[Symbol.asyncDispose]();
});
beforeEach(async () => {
  await parts.database.query('DELETE FROM switchyard.tasks');
  await parts.database.query('DELETE FROM pgboss.job');
});

/** All columns of the job of a task but its priority, which is a rank of ours. Times as seconds from the job's creation: they are what may differ. */
async function rowOf(taskId: string): Promise<JobRow> {
  const { rows } = await parts.database.query<{ row: JobRow }>(
    `SELECT (to_jsonb(j) - '{id,created_on,priority}'::text[]) || jsonb_build_object(
              'start_after', extract(epoch FROM j.start_after - j.created_on)::int,
              'keep_until', extract(epoch FROM j.keep_until - j.start_after)::int,
              'started_on', j.started_on IS NOT NULL, 'heartbeat_on', j.heartbeat_on IS NOT NULL
            ) AS row
       FROM pgboss.job AS j WHERE data ->> 'task_id' = $1`,
    [taskId],
  );
  const [only] = rows;
  if (only === undefined || rows.length !== 1) throw new Error(`there are ${rows.length} jobs of ${taskId}`);
  return { ...only.row, data: undefined };
}

it('are kept where pg-boss keeps the jobs of such a queue', async () => {
  const queue = await boss.getQueue(queueName(ARM));
  expect(`pgboss.${queue?.table}`).toBe(JOBS);
});

it.each([
  ['to be run at once', null],
  ['to be run in an hour', new Date(Date.now() + 3_600_000)],
])('%s are what pg-boss writes itself, column by column', async (_when, startAfter) => {
  const task = newTask({ priority: 'high', startAfter });
  await parts.store.insert([task]);
  const theirs = { task_id: 'theirs' };
  await boss.insert(queueName(ARM), [{ data: theirs, ...(startAfter === null ? {} : { startAfter }) }]);
  expect(await rowOf(task.spec.id)).toEqual(await rowOf('theirs'));
});

it('are handed out as pg-boss does it, first and again', async () => {
  const task = newTask();
  await parts.store.insert([task]);
  // Behind ours, whose rank is far below zero.
  await boss.insert(queueName(ARM), [{ data: { task_id: 'theirs' }, priority: -(2 ** 31) }]);
  for (const delivery of [0, 1]) {
    const claims = await parts.store.claim(ARM, 1, NODE);
    const [theirs] = await boss.fetch(queueName(ARM), { includeMetadata: true });
    if (theirs === undefined) throw new Error('there is no job to fetch');
    expect(claims).toMatchObject([{ job: { taskId: task.spec.id, delivery } }]);
    expect(theirs.retryCount).toBe(delivery);
    expect(await rowOf(task.spec.id)).toEqual(await rowOf('theirs'));
    for (const { job } of claims) await parts.queue.abandon(job);
    await boss.fail(queueName(ARM), theirs.id);
  }
});

it('do not come to be without their queue, nor does the task', async () => {
  const orphan = newTask({ arm: 'no-such-queue' });
  await expect(parts.store.insert([orphan])).rejects.toThrow(/not-null constraint/);
  expect(await parts.store.get(orphan.spec.id)).toBeNull();
});
