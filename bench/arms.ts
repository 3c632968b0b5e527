import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ARM_SETTINGS, type ArmSettings } from '@switchyard/orchestrator/contract';
import { makeWork, openConfiguredArm } from '@switchyard/orchestrator/testing';
import { type Benchmark, milliseconds, percentile } from './benchmark.ts';
import { openBenchSystem, postJson } from './system.ts';

const ROUNDS = 300;
/** A process takes some 50 ms to start: so many of them say enough. */
const ROUNDS_OF_STARTS = 30;
const WARM_UP = 20;
const WHOLE_WAY = 100;
const ECHO = join(import.meta.dirname, 'arms', 'echo.mjs');
const LINE = `${JSON.stringify({ id: 'x', contract: makeWork().task })}\n`;

/** What one kind of arm is measured by. */
interface Contestant {
  readonly name: string;
  readonly settings: ArmSettings;
  readonly rounds: number;
  /** What one would write in its place: the same program or server, asked by hand. */
  readonly bare: () => Promise<unknown>;
}

/** What an arm costs beside the work that it does: the same task, which wants nothing, by every kind of arm. */
export const arms: Benchmark = {
  name: 'arms',
  title: 'A task that wants nothing, by the kind of its arm',
  about:
    'Arm: from the call of the arm to its answer checked, in process, with no engine around it. Bare: the same program started by `spawn`, the same kept program asked for a line, the same server asked by `fetch`, with nothing checked, limited or stopped. In turn, one at a time. Whole way: over HTTP on one node, from POST /submit to the end of the event stream, result on disk; in it everything shares two cores with the database.',
  run: async () => {
    await using server = await openEcho();
    await using kept = await openKept();
    const contestants = contestantsAt(server.url, kept.ask);
    const whole = await wholeWay(contestants);
    const rows: string[][] = [];
    for (const contestant of contestants) {
      const { arm, bare } = await alone(contestant);
      const p50 = percentile(arm, 0.5);
      rows.push([
        contestant.name,
        milliseconds(p50),
        milliseconds(percentile(arm, 0.99)),
        milliseconds(percentile(bare, 0.5)),
        milliseconds(p50 - percentile(bare, 0.5)),
        milliseconds(percentile(whole.get(contestant.name) ?? [], 0.5)),
      ]);
    }
    return { columns: ['arm', 'arm p50 ms', 'p99 ms', 'bare p50 ms', 'overhead ms', 'whole way p50 ms'], rows };
  },
};

function contestantsAt(url: string, askKept: () => Promise<unknown>): Contestant[] {
  const command = [process.execPath, ECHO, 'program'];
  return [
    {
      name: 'module, in the worker',
      settings: ARM_SETTINGS.module.parse({ type: 'module', module: ECHO }),
      rounds: ROUNDS,
      bare: async () => ({ done: true }),
    },
    {
      name: 'process, kept (`serve`)',
      settings: ARM_SETTINGS.process.parse({ type: 'process', command, serve: true }),
      rounds: ROUNDS,
      bare: askKept,
    },
    {
      name: 'process, one for each attempt (Node)',
      settings: ARM_SETTINGS.process.parse({ type: 'process', command }),
      rounds: ROUNDS_OF_STARTS,
      bare: startOne,
    },
    {
      name: 'http, a server on loopback',
      settings: ARM_SETTINGS.http.parse({ type: 'http', url }),
      rounds: ROUNDS,
      bare: async () => (await postJson(url, JSON.parse(LINE))).json(),
    },
  ];
}

/** The arm and its bare counterpart in turn, so that what else the machine does meets both. */
async function alone({ settings, rounds, bare }: Contestant): Promise<{ arm: number[]; bare: number[] }> {
  const opened = await openConfiguredArm(settings);
  const samples: { arm: number[]; bare: number[] } = { arm: [], bare: [] };
  try {
    for (let round = -WARM_UP; round < rounds; round += 1) {
      const [one, other] = [await timed(() => opened.arm.run(makeWork())), await timed(bare)];
      if (round < 0) continue;
      samples.arm.push(one);
      samples.bare.push(other);
    }
    return samples;
  } finally {
    await opened.close();
  }
}

async function wholeWay(contestants: readonly Contestant[]): Promise<Map<string, number[]>> {
  const byArm = new Map(contestants.map((contestant, index) => [`arm-${index}`, contestant]));
  const configured = Object.fromEntries([...byArm].map(([arm, { settings }]) => [arm, settings]));
  await using system = await openBenchSystem(['api', 'worker'], [...byArm.keys()], { arms: configured });
  const samples = new Map(contestants.map(({ name }): [string, number[]] => [name, []]));
  for (let round = -WARM_UP; round < WHOLE_WAY; round += 1) {
    for (const [arm, { name, rounds }] of byArm) {
      if (round >= rounds || (round < 0 && rounds < ROUNDS)) continue;
      const took = await timed(() => doOne(system.url, arm));
      if (round >= 0) samples.get(name)?.push(took);
    }
  }
  return samples;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

async function doOne(url: string, arm: string): Promise<void> {
  const { headers } = await postJson(`${url}/submit`, { goal: 'nothing', assigned_arm: arm });
  const events = await (await fetch(`${url}${headers.get('location') ?? ''}/events`)).text();
  if (!events.includes('task-completed')) throw new Error(`a task of the benchmark did not complete: ${events}`);
}

async function startOne(): Promise<void> {
  const child = spawn(process.execPath, [ECHO, 'program'], { stdio: ['pipe', 'pipe', 'ignore'] });
  child.stdin.end(LINE);
  child.stdout.resume();
  await once(child, 'close');
}

async function openKept(): Promise<{ readonly ask: () => Promise<unknown> } & AsyncDisposable> {
  const child = spawn(process.execPath, [ECHO, 'program', '--serve'], { stdio: ['pipe', 'pipe', 'ignore'] });
  const answers = createInterface({ input: child.stdout });
  return {
    ask: async () => {
      const answered = once(answers, 'line');
      child.stdin.write(LINE);
      await answered;
    },
    [Symbol.asyncDispose]: async () => {
      child.stdin.end();
      await once(child, 'close');
    },
  };
}

async function openEcho(): Promise<{ readonly url: string } & AsyncDisposable> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end('{"done":true}');
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}
