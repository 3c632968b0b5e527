import { openEngine } from '@switchyard/orchestrator/testing';
import { type Benchmark, closedLoop, wholeNumber } from './benchmark.ts';
import { NO_OP } from './no-op-arm.ts';
import { openBenchSystem } from './system.ts';
import { dbosRun, graphileWorkerRun, pgBossRun, type Run, rowCount } from './throughput-contenders.ts';

/** Ours whole; the others fewer where they would take minutes. Their rates do not rise with the count. */
const TASKS = { switchyard: 100_000, pgBoss: 30_000, graphileWorker: 20_000, dbos: 4_000 };
const AT_ONCE = 256;
const CONCURRENCY = 512;
const goal = 'Summarise the quarterly report in three sentences and name the two largest risks.';

export const throughput: Benchmark = {
  name: 'throughput',
  title: 'Submit to completed, a second',
  about: `One process submits ${AT_ONCE} at once and does what it submits, on embedded PostgreSQL with fsync: seconds from the first submission to the last result in the tables. The work is nothing; each leaves a result row. Switchyard writes a screened task, three events, a job, its hand-out and a result. pg-boss: \`send\`, then a loop of \`fetch\` (500) with the results and \`complete\` of the batch in one transaction (its \`work\` is slower). graphile-worker: \`addJob\`, local queue of 500, batched completion. DBOS: one workflow without steps on a queue, whose result it keeps itself.`,
  run: async () => {
    await using bench = await openBenchSystem(['api']);
    const url = bench.system.databaseUrl;
    const runs: (readonly [string, number, Run])[] = [
      ['switchyard', TASKS.switchyard, switchyardRun],
      ['pg-boss', TASKS.pgBoss, pgBossRun],
      ['graphile-worker', TASKS.graphileWorker, graphileWorkerRun],
      ['DBOS', TASKS.dbos, dbosRun],
    ];
    const rows: string[][] = [];
    for (const [name, count, run] of runs) {
      const startedAt = performance.now();
      const measured = await run({ url, count, goal, atOnce: AT_ONCE });
      console.error(`  ${name}: ${((performance.now() - startedAt) / 1000).toFixed(1)} s with set-up`);
      rows.push([name, wholeNumber(count), measured.seconds.toFixed(1), wholeNumber(count / measured.seconds)]);
    }
    return { columns: ['', 'tasks', 'seconds', 'tasks /s'], rows };
  },
};

const switchyardRun: Run = async ({ url, count, goal: text, atOnce }) => {
  const arm = { ...NO_OP, concurrency: CONCURRENCY };
  await using engine = await openEngine(url, { contracts: [NO_OP], arms: [arm] });
  const startedAt = performance.now();
  await closedLoop(count, atOnce, () => engine.submit({ goal: text, assigned_arm: NO_OP.name }));
  await rowCount(url, 'switchyard.task_results', count);
  return { seconds: (performance.now() - startedAt) / 1000 };
};
