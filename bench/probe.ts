import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { isJsonObject, messageOf } from '@switchyard/core';
import type { Benchmark } from './benchmark.ts';
import { openPromptfoo, type Promptfoo } from './promptfoo.ts';

const LOADS = [
  { name: '1,000 calls, 20 at once', turns: 1, count: 1_000, atOnce: 20 },
  { name: '20 conversations of 3 turns, 10 at once', turns: 3, count: 20, atOnce: 10 },
] as const;
type Load = (typeof LOADS)[number];

interface Measured {
  readonly seconds: number;
  readonly peakMb: number;
}

export const probe: Benchmark = {
  name: 'probe',
  title: 'Conversations with a model that takes 50 ms',
  about:
    'The same fake provider, in a process of its own. Switchyard: tasks submitted over HTTP in one batch, screened, queued, held, priced and stored with their transcripts on an embedded PostgreSQL; the time is from the submission to the last task completed, of a system that has done 20 before; boxes for code, which would still be starting, are off. promptfoo (its telemetry off, no cache): `promptfoo eval`, which starts, calls, stores in SQLite and ends. The bare loop: `fetch`, JSON and an array in memory. "calls" is the time from the first call that reached the provider to the answer to the last, the same for all. Memory is the peak of the process that calls (Switchyard’s database has processes of its own).',
  run: async () => {
    const fake = fork(join(import.meta.dirname, 'probe-fake.ts'));
    const [environment] = (await once(fake, 'message')) as unknown[];
    const env = Object.fromEntries(
      Object.entries(isJsonObject(environment) ? environment : {}).map(([name, value]) => [
        name,
        typeof value === 'string' ? value : '',
      ]),
    );
    const rows: string[][] = [];
    const promptfoo = await openPromptfoo().catch((error: unknown) => {
      console.error(`promptfoo could not be installed, so it is not measured: ${messageOf(error)}`);
      return null;
    });
    try {
      for (const load of LOADS) rows.push(...(await measureLoad(load, env, fake, promptfoo)));
    } finally {
      fake.disconnect();
      await promptfoo?.[Symbol.asyncDispose]();
    }
    return { columns: ['load', 'with', 'whole s', 'calls s', 'at once', 'peak MB'], rows };
  },
};

async function measureLoad(
  load: Load,
  env: Readonly<Record<string, string>>,
  fake: ChildProcess,
  promptfoo: Promptfoo | null,
): Promise<string[][]> {
  const { turns, count, atOnce } = load;
  const url = env['OPENAI_BASE_URL'] ?? '';
  const key = env['OPENAI_API_KEY'] ?? '';
  const numbers = [turns, count, atOnce].map(String);
  const contenders: (readonly [string, () => Promise<Measured>])[] = [
    ['switchyard', () => child('probe-system.ts', numbers, env, () => stats(fake))],
    ['bare fetch loop', () => child('probe-fetch.ts', [url, key, ...numbers], env)],
  ];
  if (promptfoo !== null) contenders.push(['promptfoo', () => promptfoo.evaluate(url, key, turns, count, atOnce)]);
  const rows: string[][] = [];
  for (const [name, measure] of contenders) {
    const { seconds, peakMb } = await measure();
    const { calls, seconds: calling, mostAtOnce } = await stats(fake);
    if (calls !== turns * count) throw new Error(`${name} made ${calls} calls of ${turns * count}`);
    rows.push([load.name, name, seconds.toFixed(2), calling.toFixed(2), String(mostAtOnce), peakMb.toFixed(0)]);
  }
  return rows;
}

async function child(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  onWarm?: () => Promise<unknown>,
): Promise<Measured> {
  const started = fork(join(import.meta.dirname, program), args, { env: { ...process.env, ...env } });
  let measured: Measured | undefined;
  started.on('message', (message) => {
    if (message === 'warm') void onWarm?.();
    else measured = { seconds: numberIn(message, 'seconds'), peakMb: numberIn(message, 'peakMb') };
  });
  await once(started, 'exit');
  if (measured === undefined) throw new Error(`${program} ended without a measurement`);
  return measured;
}

async function stats(fake: ChildProcess): Promise<{ calls: number; seconds: number; mostAtOnce: number }> {
  fake.send('stats');
  const [answer] = (await once(fake, 'message')) as unknown[];
  return {
    calls: numberIn(answer, 'calls'),
    seconds: numberIn(answer, 'seconds'),
    mostAtOnce: numberIn(answer, 'mostAtOnce'),
  };
}

function numberIn(message: unknown, name: string): number {
  const value = isJsonObject(message) ? message[name] : undefined;
  if (typeof value !== 'number') throw new Error(`a process of the benchmark did not say its ${name}`);
  return value;
}
