import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Benchmark, milliseconds, percentile } from './benchmark.ts';

const RUNS = 5;
const ROOT = join(import.meta.dirname, '..');

export const startup: Benchmark = {
  name: 'startup',
  title: 'From `npm start` to ready',
  about:
    'Everything installed; wall time from the command to its line `ready http://…` on stdout. The first start makes the database, later ones find it.',
  run: async () => {
    const folder = await mkdtemp(join(tmpdir(), 'switchyard-bench-'));
    await chmod(folder, 0o711);
    try {
      const first = await timeStart(join(folder, 'data'));
      const later: number[] = [];
      for (let run = 0; run < RUNS; run += 1) later.push(await timeStart(join(folder, 'data')));
      return {
        columns: ['start', 'ms'],
        rows: [
          ['first, on an empty data directory', milliseconds(first)],
          [`later, median of ${RUNS}`, milliseconds(percentile(later, 0.5))],
          [`later, slowest of ${RUNS}`, milliseconds(Math.max(...later))],
        ],
      };
    } finally {
      await rm(folder, { recursive: true, force: true, maxRetries: 20 });
    }
  },
};

async function timeStart(dataDir: string): Promise<number> {
  const startedAt = performance.now();
  // A group of its own: npm, its shell and the server are ended together.
  const child = spawn('npm', ['start', '--silent', '--', '--port', '0', '--data-dir', dataDir], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  });
  try {
    await readyLine(child);
    return performance.now() - startedAt;
  } finally {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
    await once(child, 'close');
  }
}

async function readyLine(child: ChildProcess): Promise<void> {
  let text = '';
  for await (const chunk of child.stdout ?? []) {
    text += String(chunk);
    if (/^ready http/m.test(text)) return;
  }
  throw new Error('npm start ended before it was ready');
}
