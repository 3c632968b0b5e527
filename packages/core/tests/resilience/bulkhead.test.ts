import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Bulkhead } from '../../src/resilience/bulkhead.ts';
import { CircuitOpen } from '../../src/resilience/errors.ts';

const never = new AbortController().signal;

describe('bulkhead', () => {
  test('hands slots to waiters in the order they came (invariant 3)', async () => {
    const bulkhead = new Bulkhead({ maxConcurrent: 1 });
    const order: number[] = [];
    expect(bulkhead.tryAcquire()).toBe(true);
    const waiting = [1, 2, 3].map(async (number) => {
      await bulkhead.acquire(never);
      order.push(number);
      bulkhead.release();
    });
    expect(bulkhead.tryAcquire()).toBe(false);
    bulkhead.release();
    await Promise.all(waiting);
    expect(order).toEqual([1, 2, 3]);
    expect(bulkhead.snapshot()).toEqual({ running: 0, queued: 0, refused: 0 });
  });

  test('refuses who finds the queue full (invariant 2)', async () => {
    const bulkhead = new Bulkhead({ maxConcurrent: 1, maxQueued: 1 });
    await bulkhead.acquire(never);
    const waiting = bulkhead.acquire(never);
    await expect(bulkhead.acquire(never)).rejects.toMatchObject({ code: 'bulkhead_full', kind: 'transient' });
    bulkhead.release();
    await waiting;
    expect(bulkhead.snapshot()).toEqual({ running: 1, queued: 0, refused: 1 });
  });

  test('lets go of an aborted waiter at once, wherever it stands (invariant 3)', async () => {
    const bulkhead = new Bulkhead({ maxConcurrent: 1 });
    await bulkhead.acquire(never);
    const controllers = [0, 1, 2].map(() => new AbortController());
    const waiting = controllers.map(({ signal }) => bulkhead.acquire(signal));
    controllers[1]?.abort(new Error('no longer'));
    await expect(waiting[1]).rejects.toThrow('no longer');
    expect(bulkhead.snapshot().queued).toBe(2);
    controllers[2]?.abort(new Error('neither'));
    await expect(waiting[2]).rejects.toThrow('neither');
    bulkhead.release();
    await waiting[0];
    expect(bulkhead.snapshot()).toEqual({ running: 1, queued: 0, refused: 0 });
  });

  test('sends all waiters away when told to', async () => {
    const bulkhead = new Bulkhead({ maxConcurrent: 1 });
    await bulkhead.acquire(never);
    const waiting = [bulkhead.acquire(never), bulkhead.acquire(never)];
    bulkhead.refuseWaiting(() => new CircuitOpen(1_000));
    expect(await Promise.allSettled(waiting)).toMatchObject([{ status: 'rejected' }, { status: 'rejected' }]);
    expect(bulkhead.snapshot()).toMatchObject({ running: 1, queued: 0 });
  });

  test('never exceeds its bounds and never loses a slot, whatever happens in whatever order', async () => {
    const step = fc.constantFrom('acquire', 'release', 'abort');
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 100 }), fc.integer({ min: 1, max: 4 }), async (steps, max) => {
        const bulkhead = new Bulkhead({ maxConcurrent: 4, maxQueued: 3 }, () => max);
        let held = 0;
        const controllers: AbortController[] = [];
        for (const action of steps) {
          if (action === 'acquire') {
            const controller = new AbortController();
            controllers.push(controller);
            void bulkhead.acquire(controller.signal).then(
              () => (held += 1),
              () => undefined,
            );
          } else if (action === 'release' && held > 0) {
            held -= 1;
            bulkhead.release();
          } else if (action === 'abort') controllers.shift()?.abort();
          await Promise.resolve();
          const { running, queued } = bulkhead.snapshot();
          expect(running).toBeLessThanOrEqual(max);
          expect(queued).toBeLessThanOrEqual(3);
          expect(running).toBe(held);
        }
      }),
    );
  });
});
