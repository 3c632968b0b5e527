import { createServer } from 'node:http';
import { join } from 'node:path';
import { type Benchmark, milliseconds, percentile } from './benchmark.ts';
import { openBenchSystem, postJson } from './system.ts';

const TASKS = 200;
const TASKS_IN_PROCESSES = 40;
const WARM_UP = 20;
const ECHO = join(import.meta.dirname, 'arms', 'echo.mjs');

/** What an arm costs beside the work that it does: the same task, which wants nothing, by every kind of arm. */
export const arms: Benchmark = {
  name: 'arms',
  title: 'A task that wants nothing, by the kind of its arm',
  about:
    'One at a time over HTTP on one node: from POST /submit to the end of the event stream, result on disk. The module does it in the worker itself, so what the others take beyond it is the price of a process, a kept process, or a server on loopback.',
  run: async () => {
    const program = [process.execPath, ECHO, 'program'];
    await using server = await openEcho();
    const configured = {
      module: { type: 'module', module: ECHO },
      fresh: { type: 'process', command: program },
      kept: { type: 'process', command: program, serve: true },
      http: { type: 'http', url: server.url },
    };
    await using system = await openBenchSystem(['api', 'worker'], Object.keys(configured), { arms: configured });
    const rows: string[][] = [];
    let base = 0;
    const measure = async (name: string, arm: keyof typeof configured, tasks: number): Promise<void> => {
      for (let task = 0; task < Math.min(WARM_UP, tasks); task += 1) await doOne(system.url, arm);
      const samples: number[] = [];
      for (let task = 0; task < tasks; task += 1) samples.push(await doOne(system.url, arm));
      const p50 = percentile(samples, 0.5);
      base ||= p50;
      rows.push([name, milliseconds(p50), milliseconds(percentile(samples, 0.99)), milliseconds(p50 - base)]);
    };
    await measure('module, in the worker', 'module', TASKS);
    await measure('process, kept (`serve`)', 'kept', TASKS);
    await measure('process, one for each attempt (Node)', 'fresh', TASKS_IN_PROCESSES);
    await measure('http, a server on loopback', 'http', TASKS);
    return { columns: ['arm', 'p50 ms', 'p99 ms', 'beyond the module, ms'], rows };
  },
};

async function doOne(url: string, arm: string): Promise<number> {
  const startedAt = performance.now();
  const { headers } = await postJson(`${url}/submit`, { goal: 'nothing', assigned_arm: arm });
  const events = await (await fetch(`${url}${headers.get('location') ?? ''}/events`)).text();
  const took = performance.now() - startedAt;
  if (!events.includes('task-completed')) throw new Error(`a task of the benchmark did not complete: ${events}`);
  return took;
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
