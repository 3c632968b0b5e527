import { join } from 'node:path';
import { runProcess } from '@switchyard/core';
import { type Benchmark, milliseconds } from './benchmark.ts';
import type { QueueMeasurement } from './queue-contender.ts';

const CONTENDERS = ['ring', 'switchyard', 'fastq', 'p-queue', 'async.queue'] as const;
const COUNTS = [100_000, 1_000_000];
const WORKERS = [1, 16];
/** Contenders take turns this often: a slow moment of the machine hits more than one of them. */
const TURNS = 2;
const TIME_LIMIT_MS = 300_000;
const MAX_HEAP = '--max-old-space-size=4096';

export const queues: Benchmark = {
  name: 'queue',
  title: 'Handing queued items to an async handler',
  about:
    'Fill, then drain through an async handler that returns at once: all that is left is the cost of the queue and its workers. Each contender in a process of its own, best of its rounds. `ring` is the floor: a preallocated ring and a loop, without retries, errors, bounds, counters or a way to stop. fastq by its promise API, as async handlers need it. Heap: a full queue, without the items.',
  run: async () => {
    const rows: string[][] = [];
    for (const count of COUNTS) {
      for (const workers of WORKERS) {
        const results = await compare(count, workers);
        const floor = results.get('ring');
        for (const [name, { ms, heapBytes }] of results) {
          rows.push([
            name,
            count.toExponential(0).replace('+', ''),
            String(workers),
            milliseconds(ms),
            String(Math.round((ms / count) * 1_000_000)),
            (ms / (floor?.ms ?? Number.NaN)).toFixed(2),
            (heapBytes / 1_000_000).toFixed(1),
            (heapBytes / (floor?.heapBytes ?? Number.NaN)).toFixed(2),
          ]);
        }
      }
    }
    return { columns: ['queue', 'items', 'workers', 'ms', 'ns an item', '× ring', 'heap MB', '× ring'], rows };
  },
};

interface Best {
  readonly ms: number;
  readonly heapBytes: number;
}

async function compare(count: number, workers: number): Promise<Map<string, Best>> {
  const best = new Map<string, Best>();
  for (let turn = 0; turn < TURNS; turn += 1) {
    for (const name of CONTENDERS) {
      const { rounds, heapBytes } = await measureApart(name, count, workers);
      const ms = Math.min(...rounds, best.get(name)?.ms ?? Number.POSITIVE_INFINITY);
      best.set(name, { ms, heapBytes });
    }
  }
  return best;
}

async function measureApart(name: string, count: number, workers: number): Promise<QueueMeasurement> {
  const script = join(import.meta.dirname, 'queue-contender.ts');
  const result = await runProcess(
    process.execPath,
    ['--expose-gc', MAX_HEAP, script, name, String(count), String(workers)],
    { timeLimitMs: TIME_LIMIT_MS },
  );
  if (result.status !== 'exited' || result.exitCode !== 0) {
    throw new Error(`${name} with ${count} items: ${result.status}\n${result.stderr}`);
  }
  const measurement: unknown = JSON.parse(result.stdout);
  if (!isMeasurement(measurement)) throw new Error(`${name} printed ${result.stdout}`);
  return measurement;
}

function isMeasurement(value: unknown): value is QueueMeasurement {
  return typeof value === 'object' && value !== null && 'rounds' in value && Array.isArray(value.rounds);
}
