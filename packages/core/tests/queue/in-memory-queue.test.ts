import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { QueueClosed, QueueFull, QueueItemUnfit, QueueOptionInvalid } from '../../src/queue/errors.ts';
import { type FullPolicy, InMemoryQueue } from '../../src/queue/in-memory-queue.ts';
import { ModelQueue } from './model-queue.ts';

interface Item {
  readonly id: number;
  readonly bytes: number;
}

/** What became of a call, told the same way for the queue and for its model. */
function watch(log: Map<number, string>, call: number, promise: Promise<unknown>): void {
  log.set(call, 'waits');
  promise.then(
    (answer) => log.set(call, describeAnswer(answer)),
    (error: unknown) => log.set(call, error instanceof Error ? error.name : String(error)),
  );
}

function describeAnswer(answer: unknown): string {
  return answer === undefined ? 'accepted' : JSON.stringify(answer);
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the queue equals a model queue under random operations', () => {
  const operation = fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant('put' as const), bytes: fc.integer({ min: -1, max: 7 }) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('tryPut' as const), bytes: fc.integer({ min: 0, max: 7 }) }) },
    { weight: 4, arbitrary: fc.constant({ do: 'get' as const }) },
    { weight: 2, arbitrary: fc.constant({ do: 'tryGet' as const }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('abort' as const), call: fc.nat({ max: 30 }) }) },
    { weight: 1, arbitrary: fc.constant({ do: 'close' as const }) },
  );

  test.each<FullPolicy>(['block', 'reject', 'drop-oldest'])('with the policy %s', async (whenFull) => {
    await fc.assert(
      fc.asyncProperty(
        fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
        fc.option(fc.integer({ min: 0, max: 12 }), { nil: undefined }),
        fc.array(operation, { maxLength: 40 }),
        async (maxItems, maxBytes, operations) => {
          const dropped: number[] = [];
          const queue = new InMemoryQueue<Item>({
            maxItems,
            whenFull,
            weight: maxBytes === undefined ? undefined : { maxBytes, sizeOf: (item) => item.bytes },
            onDrop: (item) => dropped.push(item.id),
          });
          const model = new ModelQueue(maxItems, maxBytes, whenFull);
          const log = new Map<number, string>();
          const controllers = operations.map(() => new AbortController());
          for (const [call, step] of operations.entries()) {
            const signal = controllers[call]?.signal;
            if (step.do === 'put') {
              watch(log, call, queue.put({ id: call, bytes: step.bytes }, { signal }));
              model.put(call, { id: call, bytes: step.bytes });
            } else if (step.do === 'tryPut') {
              log.set(call, queue.tryPut({ id: call, bytes: step.bytes }));
              model.tryPut(call, { id: call, bytes: step.bytes });
            } else if (step.do === 'get') {
              watch(log, call, queue.get({ signal }));
              model.get(call);
            } else if (step.do === 'tryGet') {
              log.set(call, JSON.stringify(queue.tryGet()));
              model.tryGet(call);
            } else if (step.do === 'abort') {
              if (step.call < call) {
                controllers[step.call]?.abort('aborted');
                model.abort(step.call);
              }
            } else {
              await queue.close();
              model.close();
            }
            await settle();
            expect(log).toEqual(model.log);
            expect(queue.size()).toBe(model.items.length);
            const counters = queue.counters();
            expect(counters).toEqual(model.counters());
            expect(counters.accepted).toBe(counters.taken + counters.dropped + counters.size);
          }
          expect(dropped).toEqual(model.droppedIds);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('an unbounded queue', () => {
  test('gives a million items back in order', async () => {
    const queue = new InMemoryQueue<number>();
    for (let item = 0; item < 1_000_000; item += 1) queue.tryPut(item);
    await queue.close();
    let expected = 0;
    for (let next = queue.tryGet(); next !== null && !next.done; next = queue.tryGet()) {
      if (next.item !== expected) throw new Error(`got ${next.item} instead of ${expected}`);
      expected += 1;
    }
    expect(expected).toBe(1_000_000);
  });

  test('refuses nothing and waits for no room', async () => {
    const queue = new InMemoryQueue<string | undefined>();
    await queue.put(undefined);
    expect(queue.tryPut('b')).toBe('queued');
    expect(await queue.get()).toEqual({ done: false, item: undefined });
    expect(queue.counters()).toMatchObject({ bytes: 0, size: 1, taken: 1 });
  });
});

describe('what is refused', () => {
  test('a put or a get whose signal has aborted changes nothing', async () => {
    const queue = new InMemoryQueue<string>();
    const signal = AbortSignal.abort(new Error('too late'));
    await expect(queue.put('a', { signal })).rejects.toThrow('too late');
    await queue.put('b');
    await expect(queue.get({ signal })).rejects.toThrow('too late');
    expect(queue.counters()).toMatchObject({ size: 1, accepted: 1, taken: 0 });
  });

  test('each refusal has its own error', async () => {
    const queue = new InMemoryQueue<number>({
      maxItems: 1,
      whenFull: 'reject',
      weight: { maxBytes: 10, sizeOf: (bytes) => bytes },
    });
    await expect(queue.put(11)).rejects.toThrow(QueueItemUnfit);
    await expect(queue.put(0.5)).rejects.toThrow('sizeOf said 0.5');
    await expect(queue.put(Number.NaN)).rejects.toThrow(QueueItemUnfit);
    await queue.put(10);
    await expect(queue.put(0)).rejects.toThrow(QueueFull);
    await expect(new InMemoryQueue({ whenFull: 'reject', maxItems: 1 }).put(1)).resolves.toBeUndefined();
    await queue.close();
    await expect(queue.put(0)).rejects.toThrow(QueueClosed);
    expect(queue.counters().rejected).toBe(4);
  });

  test.each([{ maxItems: 0 }, { maxItems: Number.NaN }, { weight: { maxBytes: -1, sizeOf: () => 0 } }])(
    'the bound %o',
    (options) => {
      expect(() => new InMemoryQueue(options)).toThrow(QueueOptionInvalid);
    },
  );

  test('what sizeOf throws comes out of put, and the queue goes on', async () => {
    const queue = new InMemoryQueue<string>({
      weight: {
        maxBytes: 10,
        sizeOf: (item) => {
          if (item === 'bad') throw new Error('no size');
          return 1;
        },
      },
    });
    await expect(queue.put('bad')).rejects.toThrow('no size');
    await queue.put('good');
    expect(queue.size()).toBe(1);
  });
});

describe('a full queue that blocks', () => {
  test('lets the puts that wait in as room comes, in their order', async () => {
    const queue = new InMemoryQueue<string>({ maxItems: 1 });
    await queue.put('a');
    const order: string[] = [];
    const puts = ['b', 'c'].map(async (item) => {
      await queue.put(item);
      order.push(item);
    });
    expect(queue.tryPut('overtaking')).toBe('full');
    const got = [await queue.get(), await queue.get(), await queue.get()];
    await Promise.all(puts);
    expect(got.map((next) => (next.done ? null : next.item))).toEqual(['a', 'b', 'c']);
    expect(order).toEqual(['b', 'c']);
  });

  test('a heavy put that is called off lets the lighter ones behind it in', async () => {
    const queue = new InMemoryQueue<number>({ weight: { maxBytes: 10, sizeOf: (bytes) => bytes } });
    await queue.put(6);
    const heavy = new AbortController();
    const refused = queue.put(9, { signal: heavy.signal });
    const light = queue.put(1);
    expect(queue.counters().waitingPuts).toBe(2);
    heavy.abort(new Error('called off'));
    await expect(refused).rejects.toThrow('called off');
    await light;
    expect(queue.counters()).toMatchObject({ size: 2, bytes: 7, waitingPuts: 0 });
  });
});
