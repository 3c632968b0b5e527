import { setTimeout as delay } from 'node:timers/promises';
import { type Engine, openEngine } from '@switchyard/orchestrator/testing';
import pg from 'pg';
import { type Benchmark, closedLoop, milliseconds, percentile, wholeNumber } from './benchmark.ts';
import { NO_OP } from './no-op-arm.ts';
import { openBenchSystem } from './system.ts';

const ENDED = 1_000_000;
const SLICE = 100_000;
const CALLS = 400;
const WHOLE = 10_000;
const AT_ONCE = 256;
const CONCURRENCY = 512;

export const manyEnded: Benchmark = {
  name: 'many-ended',
  title: 'What a million ended tasks cost',
  about:
    'The same calls on nearly empty tables and beside a million completed tasks with three million events and a million results (one in a hundred failed). p50 and p99 of one call at a time; "whole way" is submit to completed of 10,000 tasks.',
  run: async () => {
    await using bench = await openBenchSystem(['api']);
    const url = bench.system.databaseUrl;
    await using engine = await openEngine(url, { contracts: [NO_OP], arms: [{ ...NO_OP, concurrency: CONCURRENCY }] });
    const few = await measure(engine);
    await fill(url);
    const many = await measure(engine);
    return {
      columns: ['', 'before: p50 ms', 'p99 ms', 'beside a million: p50 ms', 'p99 ms'],
      rows: [...few.keys()].map((name) => [name, ...(few.get(name) ?? []), ...(many.get(name) ?? [])]),
    };
  },
};

async function measure(engine: Engine): Promise<Map<string, [string, string]>> {
  const { store } = engine;
  const ids: string[] = [];
  const submit = async (): Promise<void> => {
    const { taskId } = await engine.submit({ goal: 'Say hello', assigned_arm: NO_OP.name });
    ids.push(taskId);
  };
  const calls: readonly (readonly [string, (index: number) => Promise<unknown>])[] = [
    ['submit', submit],
    ['a task by its id', (index) => store.get(ids[index % ids.length] ?? '')],
    ['its events', (index) => store.events(ids[index % ids.length] ?? '', 0, 100)],
    ['first page of all tasks', () => store.list({ limit: 50 })],
    ['first page of the failed ones', () => store.list({ limit: 50, status: 'failed' })],
    ['first page of the pending ones', () => store.list({ limit: 50, status: 'pending' })],
    ['the backlog', () => store.backlog()],
    ['tasks of dead nodes', () => store.orphans()],
  ];
  const measured = new Map<string, [string, string]>();
  for (const [name, call] of calls) {
    await closedLoop(CALLS / 4, 1, call);
    const { latencies } = await closedLoop(CALLS, 1, call);
    measured.set(name, [milliseconds(percentile(latencies, 0.5)), milliseconds(percentile(latencies, 0.99))]);
  }
  const startedAt = performance.now();
  await closedLoop(WHOLE, AT_ONCE, submit);
  while ((await store.backlog()).length > 0) await delay(5);
  measured.set('whole way', [`${wholeNumber(WHOLE / ((performance.now() - startedAt) / 1000))}/s`, '']);
  return measured;
}

/** As the engine leaves them, in slices, then what autovacuum would do in its own time. */
async function fill(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (let from = 0; from < ENDED; from += SLICE) {
      await client.query(
        `WITH ended AS (
           INSERT INTO switchyard.tasks (id, goal, status, budget, assigned_arm, trace_id, span_id, attempt, last_event,
                                         processing_time_ms, created_at, updated_at, ended_at)
           SELECT gen_random_uuid(), 'Say hello', CASE n % 100 WHEN 0 THEN 'failed' ELSE 'completed' END::switchyard.task_status,
                  '{"max_tokens": 10000, "max_time_seconds": 300, "max_cost_usd": 1}', 'no-op', repeat('0', 32), repeat('0', 16),
                  1, 3, 1, now() - interval '1 hour' - n * interval '1 millisecond', now(), now()
             FROM generate_series($1::int, $2::int) AS n
           RETURNING id
         ), event AS (
           INSERT INTO switchyard.task_events (task_id, number, type)
           SELECT id, number, type FROM ended,
             (VALUES (1, 'task-submitted'), (2, 'task-started'), (3, 'task-completed')) AS e (number, type)
         )
         INSERT INTO switchyard.task_results (task_id, result, processing_time_ms) SELECT id, '{"done": true}', 1 FROM ended`,
        [from, from + SLICE - 1],
      );
    }
    await client.query('VACUUM ANALYZE switchyard.tasks, switchyard.task_events, switchyard.task_results');
  } finally {
    await client.end();
  }
}
