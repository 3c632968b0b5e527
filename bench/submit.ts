import { randomUUID } from 'node:crypto';
import { openEngine } from '@switchyard/orchestrator/testing';
import { Logger, makeWorkerUtils } from 'graphile-worker';
import pg from 'pg';
import { PgBoss } from 'pg-boss';
import { type Benchmark, closedLoop, milliseconds, percentile, wholeNumber } from './benchmark.ts';
import { NO_OP } from './no-op-arm.ts';
import { openBenchSystem } from './system.ts';

const AT_ONCE = [
  { atOnce: 1, calls: 1_500 },
  { atOnce: 16, calls: 6_000 },
  { atOnce: 64, calls: 12_000 },
  { atOnce: 256, calls: 12_000 },
];
const WARM_UP = 500;
const CONNECTIONS = 10;
/** The same facts in all: what a user of the queue alone would store. */
const goal = 'Summarise the quarterly report in three sentences and name the two largest risks.';

export const submits: Benchmark = {
  name: 'submit',
  title: 'Durable submits a second',
  about: `One process, ${CONNECTIONS} connections each, embedded PostgreSQL with fsync. Switchyard: request parsed, screened, then task, event and job in one (group) commit. Beside it, with the same text: pg-boss \`send\` and graphile-worker \`addJob\` (a job row and nothing else), a transaction each of three plain inserts, and a bare insert of one row.`,
  run: async () => {
    await using bench = await openBenchSystem(['api']);
    const contenders = await openContenders(bench.system.databaseUrl);
    try {
      const rows: string[][] = [];
      for (const { atOnce, calls } of AT_ONCE) {
        const measured = new Map<string, { perSecond: number; latencies: number[] }>();
        for (const [name, call] of contenders.calls) {
          await closedLoop(WARM_UP, atOnce, call);
          measured.set(name, await closedLoop(calls, atOnce, call));
        }
        const theirs = measured.get('pg-boss send')?.perSecond ?? Number.NaN;
        for (const [name, { perSecond, latencies }] of measured) {
          const times = [0.5, 0.99].map((share) => milliseconds(percentile(latencies, share)));
          rows.push([String(atOnce), name, wholeNumber(perSecond), ...times, (perSecond / theirs).toFixed(2)]);
        }
      }
      return { columns: ['at once', '', 'a second', 'p50 ms', 'p99 ms', '× send'], rows };
    } finally {
      await contenders.close();
    }
  },
};

async function openContenders(url: string) {
  const opened = new AsyncDisposableStack();
  const engine = opened.use(await openEngine(url, { contracts: [NO_OP] }));
  const boss = new PgBoss({ connectionString: url, schema: 'bench_boss', max: CONNECTIONS, supervise: false });
  boss.on('error', (error) => console.error(error));
  await boss.start();
  opened.defer(() => boss.stop({ graceful: false, close: true }));
  await boss.createQueue('bench');
  const pool = new pg.Pool({ connectionString: url, max: CONNECTIONS });
  pool.on('error', (error) => console.error(error));
  opened.defer(() => pool.end());
  const utils = await makeWorkerUtils({ pgPool: pool, logger: new Logger(() => () => undefined) });
  opened.defer(async () => utils.release());
  await utils.migrate();
  for (const table of ['bare', 'plain_tasks', 'plain_events', 'plain_jobs'])
    await pool.query(`CREATE TABLE ${table} (id uuid PRIMARY KEY, data jsonb, created_at timestamptz DEFAULT now())`);
  const insert = (table: string) => `INSERT INTO ${table} (id, data) VALUES ($1, $2)`;
  const data = JSON.stringify({ goal });
  const transactionEach = async (): Promise<void> => {
    const client = await pool.connect();
    const id = randomUUID();
    await client.query('BEGIN');
    for (const table of ['plain_tasks', 'plain_events', 'plain_jobs']) await client.query(insert(table), [id, data]);
    await client.query('COMMIT');
    client.release();
  };
  const calls = new Map<string, () => Promise<unknown>>([
    ['switchyard', () => engine.submit({ goal, assigned_arm: NO_OP.name })],
    ['pg-boss send', () => boss.send('bench', { goal })],
    ['graphile-worker addJob', () => utils.addJob('bench', { goal })],
    ['a transaction each', transactionEach],
    ['a bare insert', () => pool.query(insert('bare'), [randomUUID(), data])],
  ]);
  return { calls, close: () => opened.disposeAsync() };
}
