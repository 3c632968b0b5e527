import { describe, expect, it } from 'vitest';
import { MAX_WORKER_DEATHS } from '../../../../src/domain/limits.ts';
import { ARM, newTask } from '../parts.ts';
import { type Claimed, claimAny, claimNext, NODE, submitOne, taskOf, type Use } from './subject.ts';

export function deathFacts(use: Use): void {
  const die = async ({ reference }: Claimed): Promise<void> => {
    expect(await use().queue.abandon(reference.job)).toBe(true);
  };

  describe('a worker that dies', () => {
    it('is told in the events; the next attempt goes on, and it is no failure of the task', async () => {
      const taskId = await submitOne(use());
      await die(await claimNext(use()));
      const { task, reference } = await claimNext(use());
      expect(reference.attempt).toBe(2);
      expect(task).toMatchObject({ attempt: 2, failures: 0, workerDeaths: 1 });
      expect(await use().store.events(taskId, 2, 10)).toMatchObject([
        { number: 3, type: 'task-recovered', data: { lost_attempt: 1 } },
        { number: 4, type: 'task-started', data: { attempt: 2 } },
      ]);
    });

    it(`for the ${MAX_WORKER_DEATHS}rd time on one task fails it as poison, until someone asks for a retry`, async () => {
      const taskId = await submitOne(use());
      for (let death = 1; death < MAX_WORKER_DEATHS; death += 1) await die(await claimNext(use()));
      const last = await claimNext(use());
      await die(last);
      expect(await claimAny(use())).toMatchObject({ kind: 'nothing', ended: 'failed' });
      expect(await taskOf(use(), taskId)).toMatchObject({
        status: 'failed',
        attempt: MAX_WORKER_DEATHS,
        workerDeaths: MAX_WORKER_DEATHS,
        error: { code: 'worker_lost' },
      });
      expect(await use().openJobs(taskId)).toBe(0);
      await use().store.retry(taskId);
      expect((await claimNext(use())).task).toMatchObject({ workerDeaths: 0, attempt: MAX_WORKER_DEATHS + 1 });
    });
  });

  describe('orphans', () => {
    it('are the running tasks of nodes that are gone, with the job that was held', async () => {
      await using living = await closing(use().openNode(21));
      const dead = await use().openNode(22);
      await submitOne(use());
      await claimNext(use(), living.node.identity);
      await submitOne(use());
      const lost = await claimNext(use(), dead.identity);
      expect(await use().store.orphans()).toEqual([]);
      await dead.die();
      expect(await use().store.orphans()).toEqual([{ node: 22, isGone: true, job: lost.reference.job }]);
      expect(await use().queue.abandon(lost.reference.job)).toBe(true);
      await claimNext(use(), living.node.identity);
      expect(await use().store.orphans()).toEqual([]);
    });

    it('are not tasks that wait', async () => {
      await submitOne(use());
      const { reference } = await claimNext(use(), { id: 31, pid: 1 });
      await use().store.finish(reference, { kind: 'release' }, 1);
      expect(await use().store.orphans()).toEqual([]);
    });
  });

  describe('reconciling', () => {
    it('gives a waiting task whose job was dropped a new one', async () => {
      const taskId = await submitOne(use(), newTask({ priority: 'high' }));
      await use().loseJob(taskId);
      expect(await use().store.reconcile()).toEqual({ requeued: 1, failed: 0 });
      expect(await use().store.reconcile()).toEqual({ requeued: 0, failed: 0 });
      expect(await use().openJobs(taskId)).toBe(1);
      expect((await claimNext(use())).reference).toMatchObject({ taskId, attempt: 1 });
    });

    it('leaves a task with a start time in the future waiting for it', async () => {
      const taskId = await submitOne(use(), newTask({ startAfter: new Date(Date.now() + 3_600_000) }));
      await use().loseJob(taskId);
      expect(await use().store.reconcile()).toEqual({ requeued: 1, failed: 0 });
      expect(await use().store.claim(ARM, 5, NODE)).toEqual([]);
    });

    it('counts a death for a running task whose job was dropped, and fences what still runs', async () => {
      const taskId = await submitOne(use());
      const stale = await claimNext(use());
      await use().loseJob(taskId);
      expect(await use().store.reconcile()).toEqual({ requeued: 1, failed: 0 });
      expect(await use().store.finish(stale.reference, { kind: 'release' }, 1)).toBe(false);
      const { task, reference } = await claimNext(use());
      expect(reference.attempt).toBe(2);
      expect(task.workerDeaths).toBe(1);
    });

    it('leaves no orphan behind that would take the new job from its next holder', async () => {
      const taskId = await submitOne(use());
      await claimNext(use(), { id: 41, pid: 1 });
      await use().loseJob(taskId);
      await use().store.reconcile();
      expect(await use().store.orphans()).toEqual([]);
      expect(await claimAny(use())).toMatchObject({ kind: 'claimed', attempt: 2 });
    });

    it('fails a running task that lost its job once too often', async () => {
      const taskId = await submitOne(use());
      for (let death = 1; death < MAX_WORKER_DEATHS; death += 1) {
        await claimNext(use());
        await use().loseJob(taskId);
        expect(await use().store.reconcile()).toEqual({ requeued: 1, failed: 0 });
      }
      await claimNext(use());
      await use().loseJob(taskId);
      expect(await use().store.reconcile()).toEqual({ requeued: 0, failed: 1 });
      expect(await taskOf(use(), taskId)).toMatchObject({ status: 'failed', error: { code: 'worker_lost' } });
    });

    it('cancels a running task that lost its job after a cancel was asked for', async () => {
      const taskId = await submitOne(use());
      await claimNext(use());
      await use().store.requestCancel(taskId);
      await use().loseJob(taskId);
      await use().store.reconcile();
      expect(await claimAny(use())).toMatchObject({ kind: 'nothing', ended: 'cancelled' });
      expect((await taskOf(use(), taskId)).status).toBe('cancelled');
    });

    it('does not touch what is in order', async () => {
      await submitOne(use());
      await claimNext(use());
      await submitOne(use());
      expect(await use().store.reconcile()).toEqual({ requeued: 0, failed: 0 });
    });
  });

  describe('the backlog', () => {
    it('counts waiting tasks by arm, and the age of what waits for its time is zero', async () => {
      await use().store.insert([newTask(), newTask(), newTask({ startAfter: new Date(Date.now() + 3_600_000) })]);
      await claimNext(use());
      const [only, ...others] = await use().store.backlog();
      expect(others).toEqual([]);
      expect(only).toMatchObject({ arm: ARM, depth: 2 });
      expect(only?.oldestAgeSeconds).toBeGreaterThanOrEqual(0);
      expect(only?.oldestAgeSeconds).toBeLessThan(60);
    });
  });
}

/** A node that goes with the block, so that no liveness lock outlives its test. */
async function closing(opening: ReturnType<ReturnType<Use>['openNode']>) {
  const node = await opening;
  return { node, [Symbol.asyncDispose]: () => node.die() };
}
