import { setTimeout as delay } from 'node:timers/promises';
import { type TaskEvent, taskEventSchema } from '@switchyard/orchestrator/contract';
import { type Engine, openEngine } from '@switchyard/orchestrator/testing';
import { type Benchmark, milliseconds, percentile } from './benchmark.ts';
import { NO_OP } from './no-op-arm.ts';
import { openBenchSystem, postJson } from './system.ts';

const SAMPLES = 300;
const WARM_UP = 50;
const PAUSE_MS = 5;
/** Half of what this machine takes from submit to completed (the benchmark `throughput`). */
const HALF_LOAD_PER_SECOND = 2_500;
const LOADED_TASKS = 10_000;
const LOADED_WARM_UP = 2_500;
const TICK_MS = 1;

export const startLatency: Benchmark = {
  name: 'start-latency',
  title: 'From submit to the start of the arm',
  about: `On one node, embedded PostgreSQL with fsync: what lies between is two commits. Over HTTP one task at a time: "start" is from sending POST /submit to the \`task-started\` event by the clock of the database on the same machine; "answered" is the 202; "completed" is the end of the event stream, result on disk. In process: from the call of \`submit\` to the call of the arm, one at a time, then at half load: ${HALF_LOAD_PER_SECOND.toLocaleString('en-US')} tasks a second, evenly, whole way.`,
  run: async () => ({
    columns: ['from submit to', 'p50 ms', 'p99 ms'],
    rows: [...(await overHttp()), ...(await inProcess())],
  }),
};

const row = (name: string, samples: readonly number[]): string[] => [
  name,
  milliseconds(percentile(samples, 0.5)),
  milliseconds(percentile(samples, 0.99)),
];

async function overHttp(): Promise<string[][]> {
  await using bench = await openBenchSystem(['api', 'worker'], ['generalist']);
  const started: number[] = [];
  const answered: number[] = [];
  const completed: number[] = [];
  for (let index = 0; index < WARM_UP + SAMPLES; index += 1) {
    const sentAtWall = performance.timeOrigin + performance.now();
    const sentAt = performance.now();
    const response = await postJson(`${bench.url}/submit`, { goal: 'Say hello' });
    const answeredAt = performance.now();
    await response.json();
    const stream = await fetch(`${bench.url}${response.headers.get('location')}/events`);
    const events = parseEvents(await stream.text());
    const endedAt = performance.now();
    const start = events.find((event) => event.type === 'task-started');
    if (start === undefined || index < WARM_UP) continue;
    started.push(Date.parse(start.at) - sentAtWall);
    answered.push(answeredAt - sentAt);
    completed.push(endedAt - sentAt);
  }
  return [
    row('HTTP, idle: answered (202)', answered),
    row('HTTP, idle: start of the arm', started),
    row('HTTP, idle: completed', completed),
  ];
}

async function inProcess(): Promise<string[][]> {
  await using bench = await openBenchSystem(['api']);
  const waiting = new Map<string, (at: number) => void>();
  const arm = {
    ...NO_OP,
    concurrency: 64,
    run: async ({ task }: { readonly task: { readonly goal: string } }) => {
      waiting.get(task.goal)?.(performance.now());
      waiting.delete(task.goal);
      return { result: { done: true } };
    },
  };
  await using engine = await openEngine(bench.system.databaseUrl, { contracts: [NO_OP], arms: [arm] });
  const measure = (goal: string): Promise<number> => timeToStart(engine, waiting, goal);
  const idle: number[] = [];
  for (let index = 0; index < WARM_UP + SAMPLES; index += 1) {
    const ms = await measure(`idle ${index}`);
    if (index >= WARM_UP) idle.push(ms);
    await delay(PAUSE_MS);
  }
  const loaded = await atHalfLoad(measure);
  return [row('in process, idle: start of the arm', idle), row('in process, half load: start of the arm', loaded)];
}

async function timeToStart(engine: Engine, waiting: Map<string, (at: number) => void>, goal: string): Promise<number> {
  const { promise: started, resolve } = Promise.withResolvers<number>();
  waiting.set(goal, resolve);
  const submittedAt = performance.now();
  await engine.submit({ goal, assigned_arm: NO_OP.name });
  return (await started) - submittedAt;
}

/** Open loop: a submission is made when it is due, whatever became of those before. */
async function atHalfLoad(measure: (goal: string) => Promise<number>): Promise<number[]> {
  const samples: Promise<number>[] = [];
  const startedAt = performance.now();
  while (samples.length < LOADED_WARM_UP + LOADED_TASKS) {
    const due = ((performance.now() - startedAt) / 1000) * HALF_LOAD_PER_SECOND;
    while (samples.length < due) samples.push(measure(`loaded ${samples.length}`));
    await delay(TICK_MS);
  }
  return (await Promise.all(samples)).slice(LOADED_WARM_UP);
}

function parseEvents(text: string): TaskEvent[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('data: '))
    .map((line) => taskEventSchema.parse(JSON.parse(line.slice('data: '.length))));
}
