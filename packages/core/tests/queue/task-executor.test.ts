import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SwitchyardError } from '../../src/errors.ts';
import { ExecutorBusy, ExecutorStopped, QueueOptionInvalid } from '../../src/queue/errors.ts';
import { InMemoryQueue } from '../../src/queue/in-memory-queue.ts';
import { TaskExecutor } from '../../src/queue/task-executor.ts';
import { PlainQueue } from './plain-queue.ts';

const NO_WAIT = { retryDelayMs: 0 };

async function queueOf<T>(...items: T[]): Promise<InMemoryQueue<T>> {
  const queue = new InMemoryQueue<T>();
  for (const item of items) await queue.put(item);
  return queue;
}

describe('the example of the source document', () => {
  test('processes queued items in insertion order with one worker', async () => {
    const queue = new InMemoryQueue<string>();
    const seen: string[] = [];
    const executor = new TaskExecutor(
      queue,
      async (item) => {
        seen.push(item);
      },
      { workerCount: 1 },
    );

    executor.start();
    await queue.put('a');
    await queue.put('b');
    await executor.stop();

    expect(seen).toEqual(['a', 'b']);
  });
});

describe('workers', () => {
  test('never more than workerCount handlers run at once and every item is settled exactly once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 0, max: 3 }),
        // How often the handler fails on each item, and how many turns it takes each time.
        fc.array(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 3 })), { maxLength: 40 }),
        fc.boolean(),
        async (workerCount, maxRetries, items, plain) => {
          const queue = plain ? new PlainQueue<number>() : new InMemoryQueue<number>();
          const calls = items.map(() => 0);
          const settled = items.map(() => 0);
          let running = 0;
          let most = 0;
          const executor = new TaskExecutor(
            queue,
            async (index) => {
              running += 1;
              most = Math.max(most, running);
              calls[index] = (calls[index] ?? 0) + 1;
              const [failures, turns] = items[index] ?? [0, 0];
              for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
              running -= 1;
              if ((calls[index] ?? 0) <= failures) throw new Error(`failure of item ${index}`);
              settled[index] = (settled[index] ?? 0) + 1;
            },
            {
              workerCount,
              maxRetries,
              ...NO_WAIT,
              onError: (_error, index) => {
                settled[index] = (settled[index] ?? 0) + 1;
              },
            },
          );
          executor.start();
          for (const index of items.keys()) await queue.put(index);
          await executor.stop();

          expect(most).toBeLessThanOrEqual(workerCount);
          expect(settled).toEqual(items.map(() => 1));
          expect(calls).toEqual(items.map(([failures]) => Math.min(failures, maxRetries) + 1));
          const failed = items.filter(([failures]) => failures > maxRetries).length;
          expect(executor.counts()).toMatchObject({ failed, handled: items.length - failed, running: 0 });
        },
      ),
      { numRuns: 150 },
    );
  });

  test('as many as workerCount run at once when there is work for them', async () => {
    const queue = await queueOf(1, 2, 3, 4, 5);
    const gate = Promise.withResolvers<void>();
    const threeRun = Promise.withResolvers<void>();
    const executor = new TaskExecutor(
      queue,
      () => {
        if (executor.counts().running === 3) threeRun.resolve();
        return gate.promise;
      },
      { workerCount: 3 },
    );
    executor.start();
    await threeRun.promise;
    expect(queue.size()).toBe(2);
    gate.resolve();
    await executor.stop();
    expect(executor.counts().handled).toBe(5);
  });

  test('an undefined item is an item and no end', async () => {
    const queue = await queueOf<string | undefined>(undefined, 'b');
    const seen: (string | undefined)[] = [];
    const executor = new TaskExecutor(queue, (item) => void seen.push(item));
    executor.start();
    await executor.stop();
    expect(seen).toEqual([undefined, 'b']);
  });

  test.each([
    ['resolve', async (): Promise<void> => {}],
    [
      'fail',
      async (): Promise<void> => {
        throw new Error('at once');
      },
    ],
  ])('a long queue of handlers that %s at once leaves others their turn', async (_how, handler) => {
    const items = 200_000;
    const queue = new InMemoryQueue<number>();
    for (let item = 0; item < items; item += 1) queue.tryPut(item);
    const executor = new TaskExecutor(queue, handler, { workerCount: 4, maxRetries: 0 });
    executor.start();
    const turn = Promise.withResolvers<number>();
    setImmediate(() => turn.resolve(queue.size()));
    expect(await turn.promise).toBeGreaterThan(0);
    await executor.stop();
    const { handled, failed } = executor.counts();
    expect(handled + failed).toBe(items);
  });

  test.each([
    { workerCount: 0 },
    { workerCount: 1.5 },
    { maxRetries: -1 },
    { maxRetries: Number.POSITIVE_INFINITY },
    { retryDelayMs: Number.NaN },
  ])('%o is refused', (options) => {
    expect(() => new TaskExecutor(new InMemoryQueue(), () => {}, options)).toThrow(QueueOptionInvalid);
  });
});

describe('retries', () => {
  test('a failed handler is called again up to maxRetries times, before the next item', async () => {
    const queue = await queueOf('a', 'b');
    const calls: string[] = [];
    const executor = new TaskExecutor(
      queue,
      async (item) => {
        calls.push(item);
        if (calls.length < 3) throw new Error('not yet');
      },
      { maxRetries: 2, ...NO_WAIT },
    );
    executor.start();
    await executor.stop();
    expect(calls).toEqual(['a', 'a', 'a', 'b']);
    expect(executor.counts()).toEqual({ handled: 2, failed: 0, retries: 2, running: 0, onErrorFailures: 0 });
  });

  test('the waits double from retryDelayMs up to a minute, between half and all of that', async () => {
    for (const [random, waits] of [
      [0, [5_000, 10_000, 20_000, 30_000, 30_000]],
      [0.5, [7_500, 15_000, 30_000, 45_000, 45_000]],
    ] as const) {
      const slept: number[] = [];
      const executor = new TaskExecutor(
        await queueOf('a'),
        () => {
          throw new Error('always');
        },
        {
          maxRetries: 5,
          retryDelayMs: 10_000,
          random: () => random,
          sleep: async (ms) => void slept.push(ms),
        },
      );
      executor.start();
      await executor.stop();
      expect(slept).toEqual(waits);
    }
  });

  class Passing extends SwitchyardError {
    constructor() {
      super('passing', 'transient', 'It may pass.');
    }
  }
  class Final extends SwitchyardError {
    constructor() {
      super('final', 'terminal', 'It stays.');
    }
  }

  test.each([
    ['a plain error', 3, new Error('x')],
    ['a transient error of ours', 3, new Passing()],
    ['what is no error', 3, 'text'],
    ['a fetch that failed', 3, new TypeError('fetch failed', { cause: new Error('ECONNREFUSED') })],
    ['an error of ours of another kind', 1, new Final()],
    ['a programming error', 1, new TypeError('x is not a function')],
    ['another programming error', 1, new ReferenceError('x is not defined')],
    ['an abort', 1, new DOMException('stopped', 'AbortError')],
  ])('after %s the handler is called %d times of at most 3', async (_name, expected, error) => {
    let calls = 0;
    const given: unknown[] = [];
    const executor = new TaskExecutor(
      await queueOf('a'),
      () => {
        calls += 1;
        return Promise.reject(error);
      },
      { maxRetries: 2, ...NO_WAIT, onError: (cause, item) => void given.push([cause, item]) },
    );
    executor.start();
    await executor.stop();
    expect(calls).toBe(expected);
    expect(given).toEqual([[error, 'a']]);
  });

  test('shouldRetry decides instead; when it throws, the item is given up with the error of its handler', async () => {
    const given: unknown[] = [];
    const executor = new TaskExecutor(
      await queueOf('again', 'broken'),
      (item) => {
        throw new TypeError(item);
      },
      {
        maxRetries: 1,
        ...NO_WAIT,
        onError: (error) => void given.push(error),
        shouldRetry: (error) => {
          if (error instanceof TypeError && error.message === 'broken') throw new Error('shouldRetry failed');
          return true;
        },
      },
    );
    executor.start();
    await executor.stop();
    expect(given).toEqual([new TypeError('again'), new TypeError('broken')]);
    expect(executor.counts().retries).toBe(1);
  });

  test.each([
    [
      'throws',
      (): void => {
        throw new Error('onError failed');
      },
    ],
    [
      'rejects',
      async (): Promise<void> => {
        throw new Error('onError failed');
      },
    ],
  ])('an onError that %s ends no worker', async (_how, onError) => {
    const attempted: string[] = [];
    const executor = new TaskExecutor(
      await queueOf('a', 'b'),
      async (item) => {
        attempted.push(item);
        throw new Error('handler failed');
      },
      { maxRetries: 0, onError },
    );
    executor.start();
    await expect(executor.stop()).resolves.toBeUndefined();
    expect(attempted).toEqual(['a', 'b']);
    expect(executor.counts()).toMatchObject({ failed: 2, onErrorFailures: 2 });
  });
});

describe('start, stop and abort', () => {
  test('starting twice starts the workers once, stopping twice waits for the same end', async () => {
    const gate = Promise.withResolvers<void>();
    const queue = await queueOf('a', 'b');
    const executor = new TaskExecutor(queue, () => gate.promise);
    executor.start();
    executor.start();
    const stops = [executor.stop(), executor.stop()];
    await new Promise(setImmediate);
    expect(executor.counts().running).toBe(1);
    gate.resolve();
    await Promise.all(stops);
    await executor.stop();
    expect(executor.counts().handled).toBe(2);
    expect(() => executor.start()).toThrow(ExecutorStopped);
  });

  test('an executor that was never started stops and leaves the items in the queue', async () => {
    const queue = await queueOf('a');
    await new TaskExecutor(queue, () => {}).stop();
    expect(await queue.get()).toEqual({ done: false, item: 'a' });
    expect(await queue.get()).toEqual({ done: true });
  });

  test('stop waits for retries under way', async () => {
    const sleeping = Promise.withResolvers<void>();
    const wake = Promise.withResolvers<void>();
    let calls = 0;
    const executor = new TaskExecutor(
      await queueOf('a'),
      () => {
        calls += 1;
        if (calls === 1) throw new Error('once');
      },
      {
        sleep: () => {
          sleeping.resolve();
          return wake.promise;
        },
      },
    );
    executor.start();
    await sleeping.promise;
    const stopped = executor.stop();
    wake.resolve();
    await stopped;
    expect(executor.counts()).toMatchObject({ handled: 1, failed: 0 });
  });

  test('an abort reaches the handler, gives its item up and leaves the others in the queue', async () => {
    const queue = await queueOf('a', 'b', 'c');
    const reason = new Error('going down');
    const given: unknown[] = [];
    const executor = new TaskExecutor(
      queue,
      (_item, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason));
          executor.abort(reason);
        }),
      { onError: (error, item) => void given.push([error, item]) },
    );
    executor.start();
    await executor.stop();
    executor.abort(new Error('a second abort does nothing'));
    expect(given).toEqual([[reason, 'a']]);
    expect(queue.size()).toBe(2);
    expect(executor.counts()).toMatchObject({ handled: 0, failed: 1, retries: 0, running: 0 });
  });

  test('an abort ends the wait before a retry', async () => {
    const given: unknown[] = [];
    const executor = new TaskExecutor(
      await queueOf('a'),
      () => {
        setImmediate(() => executor.abort());
        throw new Error('the failure itself');
      },
      { retryDelayMs: 2 ** 40, onError: (error) => void given.push(error) },
    );
    executor.start();
    await executor.stop();
    expect(given).toEqual([new Error('the failure itself')]);
  });

  test('workers that wait for items end on stop and on abort', async () => {
    for (const end of ['stop', 'abort'] as const) {
      const executor = new TaskExecutor(new InMemoryQueue(), () => {}, { workerCount: 3 });
      executor.start();
      if (end === 'abort') executor.abort();
      await executor.stop();
      expect(executor.counts().running).toBe(0);
    }
  });

  test('an item that arrives together with an abort is given up, not handled and not lost', async () => {
    const queue = new InMemoryQueue<string>();
    const given: string[] = [];
    const executor = new TaskExecutor(queue, () => {}, { onError: (_error, item) => void given.push(item) });
    executor.start();
    await new Promise(setImmediate);
    expect(queue.counters().waitingGets).toBe(1);
    queue.tryPut('a');
    executor.abort();
    await executor.stop();
    expect(given).toEqual(['a']);
    expect(executor.counts()).toMatchObject({ handled: 0, failed: 1, running: 0 });
  });

  test("the caller's signal aborts it, also one that had aborted before the start", async () => {
    for (const when of ['before', 'after'] as const) {
      const controller = new AbortController();
      const started = Promise.withResolvers<void>();
      const queue = await queueOf('a');
      const executor = new TaskExecutor(queue, () => started.resolve(), {
        signal: controller.signal,
      });
      if (when === 'before') controller.abort();
      const late = new TaskExecutor(new InMemoryQueue(), () => {}, { signal: controller.signal });
      executor.start();
      late.start();
      if (when === 'after') await started.promise;
      controller.abort();
      await executor.stop();
      await late.stop();
      expect(executor.counts().running).toBe(0);
      expect(queue.size()).toBe(when === 'before' ? 1 : 0);
    }
  });

  test('a signal given to stop ends a drain that is already under way', async () => {
    const queue = await queueOf('a', 'b');
    const executor = new TaskExecutor(
      queue,
      (_item, signal) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    );
    executor.start();
    const first = executor.stop();
    const deadline = new AbortController();
    const second = executor.stop({ signal: deadline.signal });
    deadline.abort();
    await Promise.all([first, second]);
    await executor.stop({ signal: AbortSignal.abort() });
    expect(queue.size()).toBe(1);
    expect(executor.counts()).toMatchObject({ failed: 1, running: 0 });
  });

  test('a signal given to stop does nothing when the drain is done first', async () => {
    const deadline = new AbortController();
    const executor = new TaskExecutor(await queueOf('a'), () => {});
    executor.start();
    await executor.stop({ signal: deadline.signal });
    deadline.abort();
    expect(executor.counts()).toMatchObject({ handled: 1, failed: 0 });
  });

  test('stop says so when a handler goes on after its abort', async () => {
    const gate = Promise.withResolvers<void>();
    const executor = new TaskExecutor(await queueOf('deaf'), () => gate.promise);
    executor.start();
    await expect(executor.stop({ signal: AbortSignal.abort(), graceMs: 1 })).rejects.toThrow(ExecutorBusy);
    gate.resolve();
    await executor.stop();
    expect(executor.counts()).toMatchObject({ handled: 1, running: 0 });
  });

  test('what the queue itself fails with comes out of stop', async () => {
    const queue = new PlainQueue<string>();
    queue.breakWith(new Error('the queue is gone'));
    const executor = new TaskExecutor(queue, () => {});
    executor.start();
    await expect(executor.stop()).rejects.toThrow('the queue is gone');
  });
});
