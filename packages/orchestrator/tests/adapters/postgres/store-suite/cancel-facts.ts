import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ARM, newTask } from '../parts.ts';
import { claimAny, claimNext, eventTypes, NODE, referenceOf, submitOne, taskOf, type Use } from './subject.ts';

const ERROR = { code: 'arm_failed', message: 'it broke' };

export function cancelFacts(use: Use): void {
  describe('a cancel', () => {
    it('of a waiting task is done at once, and its job does nothing any more', async () => {
      const taskId = await submitOne(use());
      expect(await use().store.requestCancel(taskId)).toEqual({ kind: 'cancelled', parentTaskId: null });
      expect((await taskOf(use(), taskId)).status).toBe('cancelled');
      expect(await eventTypes(use(), taskId)).toEqual(['task-submitted', 'task-cancel-requested', 'task-cancelled']);
      expect(await claimAny(use())).toMatchObject({ kind: 'nothing', ended: null });
      expect(await use().openJobs(taskId)).toBe(0);
      expect((await taskOf(use(), taskId)).attempt).toBe(0);
    });

    it('of a running task is a request; the task is cancelled when its attempt says so', async () => {
      const taskId = await submitOne(use());
      const { reference } = await claimNext(use());
      expect(await use().store.requestCancel(taskId)).toEqual({ kind: 'requested' });
      const asked = await taskOf(use(), taskId);
      expect(asked.status).toBe('processing');
      expect(asked.cancelRequestedAt).toBeInstanceOf(Date);
      expect(await use().store.cancelRequested([taskId, randomUUID()])).toEqual([taskId]);
      expect(await use().store.finish(reference, { kind: 'cancel' }, 12)).toBe(true);
      const last = (await use().store.events(taskId, 3, 10))[0];
      expect(last?.type).toBe('task-cancelled');
      expect(last?.data['stopped_after_ms']).toBeTypeOf('number');
      expect(await use().openJobs(taskId)).toBe(0);
    });

    it('asked for again changes nothing', async () => {
      const taskId = await submitOne(use());
      await claimNext(use());
      await use().store.requestCancel(taskId);
      const asked = (await taskOf(use(), taskId)).cancelRequestedAt;
      expect(await use().store.requestCancel(taskId)).toEqual({ kind: 'requested' });
      expect((await taskOf(use(), taskId)).cancelRequestedAt).toEqual(asked);
      expect(await eventTypes(use(), taskId)).toEqual(['task-submitted', 'task-started', 'task-cancel-requested']);
    });

    it('of what has ended or never was is told so', async () => {
      const taskId = await submitOne(use());
      await use().store.requestCancel(taskId);
      expect(await use().store.requestCancel(taskId)).toEqual({ kind: 'ended', status: 'cancelled' });
      expect(await use().store.requestCancel(randomUUID())).toEqual({ kind: 'unknown' });
      expect(await use().store.requestCancel('no-id')).toEqual({ kind: 'unknown' });
    });

    it('of a task whose worker died is done at once, or when the worker dies after it: nobody has to take it up', async () => {
      const before = await submitOne(use());
      const lost = await claimNext(use());
      await use().queue.abandon(lost.reference.job);
      expect(await use().store.requestCancel(before)).toEqual({ kind: 'cancelled', parentTaskId: null });
      expect(await use().store.claim(ARM, 5, NODE)).toMatchObject([{ kind: 'nothing', ended: null }]);
      const after = await submitOne(use());
      const working = await claimNext(use());
      expect(await use().store.requestCancel(after)).toEqual({ kind: 'requested' });
      await use().store.reconcile();
      expect((await taskOf(use(), after)).status).toBe('processing');
      await use().queue.abandon(working.reference.job);
      expect(await use().store.reconcile()).toEqual({ requeued: 0, failed: 0 });
      for (const id of [before, after]) {
        expect((await taskOf(use(), id)).status).toBe('cancelled');
        expect((await eventTypes(use(), id)).slice(-2)).toEqual(['task-cancel-requested', 'task-cancelled']);
      }
    });

    it('between two attempts is done at once', async () => {
      const taskId = await submitOne(use());
      const { reference } = await claimNext(use());
      await use().store.finish(reference, { kind: 'retry', error: ERROR, delayMs: 60_000 }, 1);
      expect(await use().store.requestCancel(taskId)).toEqual({ kind: 'cancelled', parentTaskId: null });
      expect((await taskOf(use(), taskId)).status).toBe('cancelled');
    });

    it.each([
      ['retry', { kind: 'retry', error: ERROR, delayMs: 0 }],
      ['release', { kind: 'release' }],
    ] as const)('that comes before a %s ends the task instead', async (_name, write) => {
      const taskId = await submitOne(use());
      const { reference } = await claimNext(use());
      await use().store.requestCancel(taskId);
      expect(await use().store.finish(reference, write, 4)).toBe(true);
      expect(await taskOf(use(), taskId)).toMatchObject({ status: 'cancelled', processingTimeMs: 4 });
      expect(await use().openJobs(taskId)).toBe(0);
      expect(await use().store.claim(ARM, 5, NODE)).toEqual([]);
    });

    it('does not undo a result that is already there', async () => {
      const taskId = await submitOne(use());
      const { reference } = await claimNext(use());
      await use().store.requestCancel(taskId);
      await use().store.finish(reference, { kind: 'complete', result: 'done', usage: null, costUsd: null }, 1);
      expect(await taskOf(use(), taskId)).toMatchObject({ status: 'completed', result: 'done' });
    });

    it('of a task whose worker died takes effect with the next claim', async () => {
      const taskId = await submitOne(use());
      const { reference } = await claimNext(use());
      await use().store.requestCancel(taskId);
      await use().queue.abandon(reference.job);
      expect(await claimAny(use())).toMatchObject({ kind: 'nothing', ended: 'cancelled' });
      expect((await taskOf(use(), taskId)).status).toBe('cancelled');
      expect(await use().openJobs(taskId)).toBe(0);
    });

    it('and a claim at the same time agree on one of the two', async () => {
      for (let round = 0; round < 10; round += 1) {
        const taskId = await submitOne(use(), newTask());
        const [answer, claim] = await Promise.all([use().store.requestCancel(taskId), claimAny(use())]);
        if (answer.kind === 'cancelled') expect(claim).toMatchObject({ kind: 'nothing', ended: null });
        else {
          expect(answer.kind).toBe('requested');
          if (claim.kind !== 'claimed') throw new Error('a task that was only asked to stop has no attempt');
          await use().store.finish(referenceOf(claim), { kind: 'cancel' }, 1);
        }
        expect((await taskOf(use(), taskId)).status).toBe('cancelled');
        expect(await use().openJobs(taskId)).toBe(0);
      }
    });
  });
}
