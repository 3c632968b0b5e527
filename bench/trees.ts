import { join } from 'node:path';
import { type Benchmark, milliseconds, percentile, wholeNumber } from './benchmark.ts';
import { openBenchSystem, postJson } from './system.ts';

const TASKS = 1_000;
const ROUNDS = 5;
const ECHO = join(import.meta.dirname, 'arms', 'echo.mjs');
const TASK = { goal: 'nothing', assigned_arm: 'module' };

/** What holding a thousand tasks together costs. */
export const trees: Benchmark = {
  name: 'trees',
  title: 'A tree of 1,000 tasks beside 1,000 lone tasks',
  about: `Tasks that want nothing, on one node with 64 slots: from the request to the moment that the last has ended. The lone ones in one POST /submit/batch, the tree in one POST /submit; its root ends with the results of all. Median and range of ${ROUNDS} rounds in turn.`,
  run: async () => {
    const file = { arms: { module: { type: 'module', module: ECHO, concurrency: 64 } } };
    await using system = await openBenchSystem(['api', 'worker'], ['module'], file);
    const lone: number[] = [];
    const together: number[] = [];
    for (let round = 0; round <= ROUNDS; round += 1) {
      const [one, other] = [await loneTasks(system.url), await oneTree(system.url)];
      // The first round warms up.
      if (round === 0) continue;
      lone.push(one);
      together.push(other);
    }
    const row = (name: string, samples: readonly number[]): string[] => [
      name,
      milliseconds(percentile(samples, 0.5)),
      `${milliseconds(Math.min(...samples))}–${milliseconds(Math.max(...samples))}`,
      wholeNumber(TASKS / (percentile(samples, 0.5) / 1000)),
      (percentile(samples, 0.5) / percentile(lone, 0.5)).toFixed(2),
    ];
    return {
      columns: ['1,000 tasks', 'ms', 'range', 'tasks /s', '× lone'],
      rows: [row('lone, as a batch', lone), row('as a tree', together)],
    };
  },
};

async function loneTasks(url: string): Promise<number> {
  const startedAt = performance.now();
  await postJson(
    `${url}/submit/batch`,
    Array.from({ length: TASKS }, () => TASK),
  );
  for (;;) {
    const open = await Promise.all(['pending', 'processing'].map((status) => firstOf(url, status)));
    if (open.every((one) => !one)) return performance.now() - startedAt;
  }
}

async function firstOf(url: string, status: string): Promise<boolean> {
  const page: unknown = await (await fetch(`${url}/tasks?status=${status}&limit=1`)).json();
  const data: unknown = typeof page === 'object' && page !== null ? Reflect.get(page, 'data') : null;
  return Array.isArray(data) && data.length > 0;
}

async function oneTree(url: string): Promise<number> {
  const startedAt = performance.now();
  const root = { ...TASK, subtasks: Array.from({ length: TASKS }, () => TASK) };
  const { headers } = await postJson(`${url}/submit`, root);
  const events = await (await fetch(`${url}${headers.get('location') ?? ''}/events`)).text();
  if (!events.includes('task-completed')) throw new Error(`the tree of the benchmark did not complete: ${events}`);
  return performance.now() - startedAt;
}
