import { openEngine } from '@switchyard/orchestrator/testing';
import { PgBoss } from 'pg-boss';
import { type Benchmark, closedLoop, milliseconds, percentile, wholeNumber } from './benchmark.ts';
import { NO_OP } from './no-op-arm.ts';
import { openBenchSystem } from './system.ts';

const AT_ONCE = [1, 16, 64];
const CALLS = { 1: 2_000, 16: 8_000, 64: 16_000 } as const;
const WARM_UP = 500;
/** The same facts in both: what a user of the queue alone would store. */
const goal = 'Summarise the quarterly report in three sentences and name the two largest risks.';

export const submits: Benchmark = {
  name: 'submit',
  title: 'Durable submits a second',
  about:
    'One process, embedded PostgreSQL with fsync. Switchyard: request parsed, screened, then task, event and job in one (group) commit. Beside it `boss.send` of the same text: one job row and nothing else.',
  run: async () => {
    await using bench = await openBenchSystem(['api']);
    await using ours = await openEngine(bench.system.databaseUrl, { contracts: [NO_OP] });
    const boss = new PgBoss({
      connectionString: bench.system.databaseUrl,
      schema: 'bench_boss',
      max: 10,
      supervise: false,
      schedule: false,
    });
    boss.on('error', (error) => console.error(error));
    await boss.start();
    await boss.createQueue('bench');
    try {
      const rows: string[][] = [];
      for (const atOnce of AT_ONCE) {
        const calls = atOnce === 1 ? CALLS[1] : atOnce === 16 ? CALLS[16] : CALLS[64];
        const send = (): Promise<unknown> => boss.send('bench', { goal });
        const submit = (): Promise<unknown> => ours.submit({ goal, assigned_arm: NO_OP.name });
        await closedLoop(WARM_UP, atOnce, send);
        await closedLoop(WARM_UP, atOnce, submit);
        const theirs = await closedLoop(calls, atOnce, send);
        const own = await closedLoop(calls, atOnce, submit);
        rows.push([
          String(atOnce),
          wholeNumber(own.perSecond),
          milliseconds(percentile(own.latencies, 0.5)),
          milliseconds(percentile(own.latencies, 0.99)),
          wholeNumber(theirs.perSecond),
          milliseconds(percentile(theirs.latencies, 0.5)),
          milliseconds(percentile(theirs.latencies, 0.99)),
          (own.perSecond / theirs.perSecond).toFixed(2),
        ]);
      }
      const columns = ['at once', 'switchyard /s', 'p50 ms', 'p99 ms', 'boss.send /s', 'p50 ms', 'p99 ms', 'ratio'];
      return { columns, rows };
    } finally {
      await boss.stop({ graceful: false, close: true });
    }
  },
};
