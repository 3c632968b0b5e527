/** The same work on what one would pick instead, each as its documentation says to do it fast. */
import { setTimeout as delay } from 'node:timers/promises';
import { DBOS } from '@dbos-inc/dbos-sdk';
import { Logger, makeWorkerUtils, run as runWorker } from 'graphile-worker';
import pg from 'pg';
import { type Db, PgBoss } from 'pg-boss';
import { closedLoop } from './benchmark.ts';

export interface RunOptions {
  readonly url: string;
  readonly count: number;
  readonly goal: string;
  /** Submissions in flight. */
  readonly atOnce: number;
}

/** Seconds from the first submission to the last result row. */
export type Run = (options: RunOptions) => Promise<{ readonly seconds: number }>;

const CONNECTIONS = 20;
const FETCH = 500;
const POLL_MS = 20;
const IDLE_MS = 2;

/** Waits until the table has so many rows. */
export async function rowCount(url: string, table: string, count: number, where = 'true'): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (;;) {
      const { rows } = await client.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${table} WHERE ${where}`);
      if ((rows[0]?.n ?? 0) >= count) return;
      await delay(POLL_MS);
    }
  } finally {
    await client.end();
  }
}

function openPool(url: string): pg.Pool {
  const pool = new pg.Pool({ connectionString: url, max: CONNECTIONS });
  pool.on('error', (error) => console.error(error));
  return pool;
}

async function resultsTable(pool: pg.Pool, table: string): Promise<void> {
  await pool.query(`CREATE TABLE ${table} (job text PRIMARY KEY, result jsonb, created_at timestamptz DEFAULT now())`);
}

export const pgBossRun: Run = async ({ url, count, goal, atOnce }) => {
  const pool = openPool(url);
  const boss = new PgBoss({ connectionString: url, schema: 'bench_throughput', max: CONNECTIONS, schedule: false });
  boss.on('error', (error) => console.error(error));
  await boss.start();
  await boss.createQueue('bench');
  await resultsTable(pool, 'pgboss_results');
  const startedAt = performance.now();
  let done = 0;
  const work = async (): Promise<void> => {
    while (done < count) {
      const jobs = await boss.fetch('bench', { batchSize: FETCH });
      if (jobs.length === 0) await delay(IDLE_MS);
      else await finishBatch(boss, pool, jobs);
      done += jobs.length;
    }
  };
  await Promise.all([closedLoop(count, atOnce, () => boss.send('bench', { goal })), work(), work()]);
  await rowCount(url, 'pgboss_results', count);
  const seconds = (performance.now() - startedAt) / 1000;
  await boss.stop({ graceful: false, close: true });
  await pool.end();
  return { seconds };
};

async function finishBatch(boss: PgBoss, pool: pg.Pool, jobs: readonly { readonly id: string }[]): Promise<void> {
  const client = await pool.connect();
  try {
    const ids = jobs.map((job) => job.id);
    const db: Db = { executeSql: async (text, values) => client.query(text, values) };
    await client.query('BEGIN');
    await client.query(
      `INSERT INTO pgboss_results (job, result) SELECT id, '{"done": true}' FROM unnest($1::text[]) AS id`,
      [ids],
    );
    await boss.complete('bench', ids, null, { db });
    await client.query('COMMIT');
  } finally {
    client.release();
  }
}

export const graphileWorkerRun: Run = async ({ url, count, goal, atOnce }) => {
  const pool = openPool(url);
  const logger = new Logger(() => () => undefined);
  const utils = await makeWorkerUtils({ pgPool: pool, logger });
  await utils.migrate();
  await resultsTable(pool, 'graphile_results');
  const startedAt = performance.now();
  const runner = await runWorker({
    pgPool: pool,
    logger,
    preset: {
      worker: {
        concurrentJobs: 64,
        localQueue: { size: FETCH },
        completeJobBatchDelay: 0,
        failJobBatchDelay: 0,
        pollInterval: 100,
      },
    },
    noHandleSignals: true,
    taskList: {
      bench: async (_payload, helpers) => {
        await helpers.query('INSERT INTO graphile_results (job, result) VALUES ($1, $2)', [
          helpers.job.id,
          '{"done": true}',
        ]);
      },
    },
  });
  await closedLoop(count, atOnce, () => utils.addJob('bench', { goal }));
  await rowCount(url, 'graphile_results', count);
  const seconds = (performance.now() - startedAt) / 1000;
  await runner.stop();
  await utils.release();
  await pool.end();
  return { seconds };
};

export const dbosRun: Run = async ({ url, count, goal, atOnce }) => {
  const silent = () => undefined;
  DBOS.setConfig({
    name: 'bench',
    systemDatabaseUrl: url,
    systemDatabasePoolSize: CONNECTIONS,
    logger: { info: silent, debug: silent, warn: silent, error: silent },
  });
  const workflow = DBOS.registerWorkflow(async (_text: string) => ({ done: true }), { name: 'noop' });
  await DBOS.launch();
  await DBOS.registerQueue('bench', { workerConcurrency: FETCH, minPollingIntervalMs: POLL_MS });
  const startedAt = performance.now();
  await closedLoop(count, atOnce, () => DBOS.startWorkflow(workflow, { queueName: 'bench' })(goal));
  await rowCount(url, 'dbos.workflow_status', count, `status = 'SUCCESS'`);
  const seconds = (performance.now() - startedAt) / 1000;
  await DBOS.shutdown();
  return { seconds };
};
