import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PRIORITIES } from '../../../../src/contract/index.ts';
import { HEAD_START_SECONDS } from '../../../../src/domain/rank.ts';
import { ARM, newTask } from '../parts.ts';
import { claimNext, fetchJobsOf, submit, submitOne, type Use } from './subject.ts';

export function orderFacts(use: Use): void {
  describe('the order of work', () => {
    it('is by priority among those that came together', async () => {
      const tasks = PRIORITIES.map((priority) => newTask({ priority }));
      await submit(use(), ...tasks);
      expect(await fetchJobsOf(use(), 4)).toEqual(tasks.map(({ spec }) => spec.id).reverse());
    });

    it('lets nobody starve: a low task goes before the critical ones that come an hour after it', async () => {
      const [low, younger] = [newTask({ priority: 'low' }), newTask({ priority: 'low' })];
      const critical = newTask({ priority: 'critical' });
      await submit(use(), critical, younger, low);
      await use().waitedFor(low.spec.id, 61);
      await use().waitedFor(younger.spec.id, 59);
      expect(await fetchJobsOf(use(), 3)).toEqual([low, critical, younger].map(({ spec }) => spec.id));
    });

    it('is by the time of submission less the head start of the priority', async () => {
      const waiting = fc.record({
        priority: fc.constantFrom(...PRIORITIES),
        minutes: fc.integer({ min: 0, max: 300 }),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(waiting, { minLength: 1, maxLength: 12 }), async (asked) => {
          await use().clear();
          const tasks = asked.map(({ priority }) => newTask({ priority }));
          await submit(use(), ...tasks);
          for (const [index, { spec }] of tasks.entries()) await use().waitedFor(spec.id, asked[index]?.minutes ?? 0);
          const ranks = new Map(
            asked.map(({ priority, minutes }, index) => [
              tasks[index]?.spec.id,
              minutes * 60 + HEAD_START_SECONDS[priority],
            ]),
          );
          const order = (await fetchJobsOf(use(), asked.length)).map((id) => ranks.get(id) ?? Number.NaN);
          expect(order).toHaveLength(asked.length);
          // A second of rounding.
          for (const [index, rank] of order.entries()) expect(rank).toBeLessThanOrEqual((order[index - 1] ?? 1e9) + 1);
        }),
        { numRuns: 15 },
      );
    });

    it('gives a task that was handed back its place again', async () => {
      const first = await submitOne(use());
      const { reference } = await claimNext(use());
      await submitOne(use(), newTask());
      await use().store.finish(reference, { kind: 'release' }, 1);
      expect((await claimNext(use())).task.id).toBe(first);
    });

    it('is not jumped by who says that his task might have started long ago', async () => {
      const honest = await submitOne(use());
      await submitOne(use(), newTask({ startAfter: new Date('1970-01-01T00:00:00Z') }));
      expect((await claimNext(use())).task.id).toBe(honest);
    });

    it('holds for times as far as there are', async () => {
      const far = newTask({ startAfter: new Date('9999-12-31T00:00:00Z') });
      const old = newTask({ priority: 'critical', startAfter: new Date('1970-01-01T00:00:00Z') });
      await submit(use(), far, old);
      expect(await use().store.claim(ARM, 5, { id: 1, pid: 1 })).toMatchObject([{ job: { taskId: old.spec.id } }]);
    });
  });
}
