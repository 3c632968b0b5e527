import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { newTask } from '../parts.ts';
import { claimNext, eventTypes, submitOne, taskOf, type Use } from './subject.ts';

export function redriveFacts(use: Use): void {
  /** A task that failed with this code. */
  async function failed(code: string): Promise<string> {
    const taskId = await submitOne(use(), newTask());
    const { reference } = await claimNext(use());
    await use().store.finish(reference, { kind: 'fail', error: { code, message: 'no' } }, 5);
    return taskId;
  }

  describe('failed tasks', () => {
    it('are counted by the code of their error', async () => {
      for (const code of ['RATE_LIMIT', 'RATE_LIMIT', 'arm_failed']) await failed(code);
      await submitOne(use());
      expect(await use().store.countFailed({})).toEqual({ RATE_LIMIT: 2, arm_failed: 1 });
      expect(await use().store.countFailed({ code: 'arm_failed' })).toEqual({ arm_failed: 1 });
      expect(await use().store.countFailed({ arm: 'greenlight' })).toEqual({});
    });

    it('are tried again, as many as may, with everything counted anew', async () => {
      const ids = [await failed('a'), await failed('a'), await failed('a')];
      expect(await use().store.retrySome({ code: 'a' }, 2)).toHaveLength(2);
      expect(await use().store.retrySome({ code: 'a' }, 2)).toHaveLength(1);
      expect(await use().store.retrySome({ code: 'a' }, 2)).toEqual([]);
      for (const id of ids) {
        expect(await taskOf(use(), id)).toMatchObject({
          status: 'pending',
          failures: 0,
          error: null,
          processingTimeMs: null,
        });
        expect(await eventTypes(use(), id)).toEqual(['task-submitted', 'task-started', 'task-failed', 'task-retried']);
        expect(await use().openJobs(id)).toBe(1);
      }
      const { task, reference } = await claimNext(use());
      expect(task.attempt).toBe(2);
      await use().store.finish(reference, { kind: 'complete', result: 1, usage: null, costUsd: null }, 1);
      expect(await taskOf(use(), task.id)).toMatchObject({ status: 'completed', result: 1 });
    });

    it('are narrowed by when they failed and by their ids', async () => {
      const [first, second] = [await failed('a'), await failed('a')];
      const soon = new Date(Date.now() + 60_000);
      expect(await use().store.retrySome({ since: soon }, 5)).toEqual([]);
      expect(await use().store.retrySome({ before: new Date(Date.now() - 60_000) }, 5)).toEqual([]);
      expect(await use().store.retrySome({ taskIds: [second, randomUUID(), 'no-id'], before: soon }, 5)).toEqual([
        { id: second, arm: 'test' },
      ]);
      expect((await taskOf(use(), first)).status).toBe('failed');
    });
  });
}
