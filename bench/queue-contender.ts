/**
 * `node --expose-gc bench/queue-contender.ts NAME COUNT WORKERS`: one way to hand items to an async handler, measured in a
 * process of its own, so that none inherits what the compiler learnt from another. Prints a QueueMeasurement as JSON.
 */
import { InMemoryQueue, TaskExecutor } from '@switchyard/core';
import async from 'async';
import * as fastq from 'fastq';
import PQueue from 'p-queue';

export interface QueueMeasurement {
  /** Fill and drain, in ms, of each round. */
  readonly rounds: readonly number[];
  /** What a full queue holds on the heap beyond the items themselves, in bytes. */
  readonly heapBytes: number;
}

interface Item {
  readonly value: number;
}

/** A queue that is full and has not begun; `drain` handles all of it. */
interface Filled {
  drain(): Promise<unknown>;
}

type Handler = (item: Item) => Promise<void>;
type Contender = (items: readonly Item[], handler: Handler, workers: number) => Filled;

const LEAST_ROUNDS = 3;
const MOST_ROUNDS = 30;
const TIME_FOR_ROUNDS_MS = 2_000;

const CONTENDERS: Readonly<Record<string, Contender>> = {
  /** As little as one can do: a ring of the right size, and lanes that await the handler. */
  ring: (items, handler, workers) => {
    const size = 2 ** Math.ceil(Math.log2(items.length + 1));
    const slots = Array<Item | undefined>(size);
    let head = 0;
    let tail = 0;
    for (const item of items) {
      slots[tail] = item;
      tail = (tail + 1) & (size - 1);
    }
    const lane = async (): Promise<void> => {
      while (head !== tail) {
        const item = slots[head];
        slots[head] = undefined;
        head = (head + 1) & (size - 1);
        if (item !== undefined) await handler(item);
      }
    };
    return { drain: () => Promise.all(Array.from({ length: workers }, lane)) };
  },
  switchyard: (items, handler, workerCount) => {
    const queue = new InMemoryQueue<Item>();
    const executor = new TaskExecutor(queue, handler, { workerCount });
    for (const item of items) queue.tryPut(item);
    return {
      drain: () => {
        executor.start();
        return executor.stop();
      },
    };
  },
  fastq: (items, handler, workers) => {
    const queue = fastq.promise(handler, workers);
    queue.pause();
    for (const item of items) void queue.push(item);
    return {
      drain: () => {
        queue.resume();
        return queue.drained();
      },
    };
  },
  'p-queue': (items, handler, concurrency) => {
    const queue = new PQueue({ concurrency, autoStart: false });
    for (const item of items) void queue.add(() => handler(item));
    return {
      drain: () => {
        queue.start();
        return queue.onIdle();
      },
    };
  },
  'async.queue': (items, handler, workers) => {
    const queue = async.queue(async.asyncify(handler), workers);
    queue.pause();
    queue.push([...items], () => {});
    return {
      drain: () => {
        queue.resume();
        return queue.drain();
      },
    };
  },
};

async function measure(name: string, count: number, workers: number): Promise<QueueMeasurement> {
  const contender = CONTENDERS[name];
  if (contender === undefined) throw new Error(`no contender ${name}`);
  const items = Array.from({ length: count }, (_none, value) => ({ value }));
  let sum = 0;
  const handler = async (item: Item): Promise<void> => {
    sum += item.value;
  };
  const rounds: number[] = [];
  // Held over the collection: with no queue left alive, V8 throws its compiled code away and each round starts cold.
  const held: Filled[] = [];
  const begun = performance.now();
  while (
    rounds.length < LEAST_ROUNDS ||
    (rounds.length < MOST_ROUNDS && performance.now() - begun < TIME_FOR_ROUNDS_MS)
  ) {
    globalThis.gc?.();
    sum = 0;
    const startedAt = performance.now();
    const filled = contender(items, handler, workers);
    await filled.drain();
    rounds.push(performance.now() - startedAt);
    held[0] = filled;
    if (sum !== (count * (count - 1)) / 2) throw new Error(`${name} did not handle every item once`);
  }
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  const full = contender(items, handler, workers);
  globalThis.gc?.();
  const heapBytes = process.memoryUsage().heapUsed - before;
  await full.drain();
  held.length = 0;
  return { rounds, heapBytes };
}

const [name = '', count = '', workers = ''] = process.argv.slice(2);
console.log(JSON.stringify(await measure(name, Number(count), Number(workers))));
