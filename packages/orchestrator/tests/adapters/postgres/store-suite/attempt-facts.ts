import { describe, expect, it } from 'vitest';
import type { AttemptRef, AttemptWrite } from '../../../../src/ports/store.ts';
import { eventually } from '../../../eventually.ts';
import { ARM, newTask } from '../parts.ts';
import { claimAny, claimNext, eventTypes, NODE, referenceOf, submit, submitOne, taskOf, type Use } from './subject.ts';

const COMPLETE = { kind: 'complete', result: { answer: 42 }, usage: null, costUsd: null } as const;
const ERROR = { code: 'arm_failed', message: 'it broke' };
const OTHER_ARM = 'generalist';
const WRITES: { readonly [kind in AttemptWrite['kind']]: AttemptWrite } = {
  complete: COMPLETE,
  fail: { kind: 'fail', error: ERROR },
  cancel: { kind: 'cancel' },
  retry: { kind: 'retry', error: ERROR, delayMs: 0 },
  release: { kind: 'release' },
  reroute: { kind: 'reroute', error: ERROR, to: OTHER_ARM },
};
const FAR = (): Date => new Date(Date.now() + 3_600_000);

export function attemptFacts(use: Use): void {
  describe('a claim', () => {
    it('begins attempt 1 of a waiting task and says who works on it', async () => {
      const taskId = await submitOne(use());
      const { task, reference } = await claimNext(use());
      expect(reference).toMatchObject({ taskId, attempt: 1 });
      expect(task).toMatchObject({ id: taskId, status: 'processing', attempt: 1 });
      expect(await use().store.events(taskId, 1, 10)).toMatchObject([
        { number: 2, type: 'task-started', data: { attempt: 1, node: NODE.id, pid: NODE.pid } },
      ]);
    });

    it('hands out the highest priority first, the older of equal priority, and at most so many', async () => {
      const wanted = ['low', 'critical', 'medium', 'high', 'low', 'critical'] as const;
      const ids: string[] = [];
      for (const priority of wanted) ids.push(await submitOne(use(), newTask({ priority })));
      const first = await use().store.claim(ARM, 4, NODE);
      const rest = await use().store.claim(ARM, 10, NODE);
      const order = [...first, ...rest].map(({ job }) => ids.indexOf(job.taskId));
      expect(first).toHaveLength(4);
      expect(order).toEqual([1, 5, 3, 2, 0, 4]);
      expect(await use().store.claim(ARM, 10, NODE)).toEqual([]);
    });

    it('by many at the same time begins each task once', async () => {
      const ids = await submit(use(), ...Array.from({ length: 40 }, () => newTask()));
      const nodes = [1, 2, 3, 4, 5, 6, 7, 8].map((id) => ({ id, pid: id }));
      const batches = await Promise.all(nodes.map((node) => use().store.claim(ARM, 7, node)));
      for (const batch of batches) expect(batch.length).toBeLessThanOrEqual(7);
      const claims = batches.flat();
      expect(claims.map(({ job }) => job.taskId).sort()).toEqual([...ids].sort());
      for (const claim of claims) expect(claim).toMatchObject({ kind: 'claimed', attempt: 1 });
    });

    it('leaves what belongs to another arm, and what waits for its time', async () => {
      const taskId = await submitOne(use());
      await submitOne(use(), newTask({ startAfter: FAR() }));
      await submitOne(use(), newTask({ arm: OTHER_ARM }));
      await submitOne(use(), newTask({ startAfter: new Date(0), priority: 'low' }));
      const claims = await use().store.claim(ARM, 10, NODE);
      expect(claims).toHaveLength(2);
      expect(claims[0]?.job).toMatchObject({ arm: ARM, taskId, delivery: 0 });
    });

    it('finds a task whose time has come', async () => {
      const taskId = await submitOne(use(), newTask({ startAfter: new Date(Date.now() + 300) }));
      const claims = await eventually('the job whose time has come', async () => {
        const some = await use().store.claim(ARM, 5, NODE);
        return some.length > 0 && some;
      });
      expect(claims.map(({ job }) => job.taskId)).toEqual([taskId]);
    });

    it('with another job than the one that stands for the task does not touch it, and removes that job', async () => {
      const taskId = await submitOne(use());
      const { reference } = await claimNext(use());
      await use().addStrayJob(taskId);
      const stray = await claimAny(use());
      expect(stray).toMatchObject({ kind: 'nothing', ended: null, job: { taskId } });
      expect(await use().store.finish(reference, COMPLETE, 1)).toBe(true);
      expect(await use().openJobs(taskId)).toBe(0);
      expect((await taskOf(use(), taskId)).attempt).toBe(1);
    });

    it('brings what can be begun also when something else in the same batch cannot', async () => {
      const cancelled = await submitOne(use(), newTask({ priority: 'critical' }));
      const good = await submitOne(use());
      await use().store.requestCancel(cancelled);
      const claims = await use().store.claim(ARM, 5, NODE);
      expect(claims.map(({ kind, job }) => [kind, job.taskId])).toEqual([
        ['nothing', cancelled],
        ['claimed', good],
      ]);
    });
  });

  describe('an outcome with which the next attempt begins', () => {
    const finish = (reference: AttemptRef, write: AttemptWrite) =>
      use().store.finishAndClaim(reference, write, 1, {}, NODE);

    it('brings the job that a claim would bring', async () => {
      await submitOne(use());
      const { reference } = await claimNext(use());
      await submitOne(use(), newTask({ priority: 'low' }));
      const urgent = await submitOne(use(), newTask({ priority: 'critical' }));
      expect(await finish(reference, COMPLETE)).toMatchObject({
        written: true,
        next: { kind: 'claimed', attempt: 1, job: { arm: ARM, taskId: urgent, delivery: 0 }, task: { id: urgent } },
      });
      expect(await taskOf(use(), urgent)).toMatchObject({ status: 'processing', attempt: 1 });
      expect(await eventTypes(use(), urgent)).toEqual(['task-submitted', 'task-started']);
      expect(await eventTypes(use(), reference.taskId)).toEqual(['task-submitted', 'task-started', 'task-completed']);
      expect(await use().openJobs(reference.taskId)).toBe(0);
    });

    it('brings none where none waits', async () => {
      await submitOne(use());
      const { reference } = await claimNext(use());
      expect(await finish(reference, COMPLETE)).toEqual({ written: true, next: null });
    });

    it('brings one to each of those that are written together', async () => {
      const ids = await submit(use(), ...Array.from({ length: 7 }, () => newTask()));
      const first = await Promise.all(Array.from({ length: 4 }, () => claimNext(use())));
      const finished = await Promise.all(first.map(({ reference }) => finish(reference, COMPLETE)));
      const next = new Set(finished.map((one) => one.next?.job.taskId ?? null));
      expect(next).toEqual(new Set([...ids.slice(4), null]));
      expect(finished.every(({ written }) => written)).toBe(true);
    });

    it('also where the attempt before it wrote nothing, or is to be tried again', async () => {
      await submit(use(), newTask(), newTask(), newTask());
      const { reference } = await claimNext(use());
      const retried = await finish(reference, { kind: 'retry', error: ERROR, delayMs: 60_000 });
      expect(retried).toMatchObject({ written: true, next: { kind: 'claimed' } });
      expect(await finish(reference, COMPLETE)).toMatchObject({ written: false, next: { kind: 'claimed' } });
    });

    it('tells what became of a job whose task cannot begin', async () => {
      await submitOne(use());
      const { reference } = await claimNext(use());
      const cancelled = await submitOne(use());
      await use().store.requestCancel(cancelled);
      expect(await finish(reference, COMPLETE)).toMatchObject({
        written: true,
        next: { kind: 'nothing', job: { taskId: cancelled } },
      });
    });
  });

  describe('the outcome of an attempt', () => {
    it('complete: result, usage and cost stand, and the job is gone', async () => {
      const taskId = await submitOne(use());
      const { reference } = await claimNext(use());
      const usage = { input_tokens: 5, output_tokens: 7, estimated: true };
      expect(await use().store.finish(reference, { ...COMPLETE, usage, costUsd: 0.125 }, 40)).toBe(true);
      expect(await taskOf(use(), taskId)).toMatchObject({
        status: 'completed',
        result: { answer: 42 },
        error: null,
        usage,
        costUsd: 0.125,
        processingTimeMs: 40,
      });
      expect((await eventTypes(use(), taskId)).at(-1)).toBe('task-completed');
      expect(await use().openJobs(taskId)).toBe(0);
    });

    it('complete with null: that is the result', async () => {
      const taskId = await submitOne(use());
      const { reference } = await claimNext(use());
      await use().store.finish(reference, { ...COMPLETE, result: null }, 1);
      expect(await taskOf(use(), taskId)).toMatchObject({ status: 'completed', result: null });
    });

    it('fail: the error stands in task and event', async () => {
      const taskId = await submitOne(use());
      const { reference } = await claimNext(use());
      expect(await use().store.finish(reference, { kind: 'fail', error: ERROR }, 3)).toBe(true);
      expect(await taskOf(use(), taskId)).toMatchObject({ status: 'failed', error: ERROR, result: null });
      const events = await use().store.events(taskId, 2, 10);
      expect(events).toMatchObject([{ number: 3, type: 'task-failed', data: { error: ERROR } }]);
      expect(await use().openJobs(taskId)).toBe(0);
    });

    it('retry: it waits for its time with one failure more', async () => {
      const taskId = await submitOne(use(), newTask({ priority: 'high' }));
      const { reference } = await claimNext(use());
      expect(await use().store.finish(reference, { kind: 'retry', error: ERROR, delayMs: 3_600_000 }, 10)).toBe(true);
      expect(await taskOf(use(), taskId)).toMatchObject({
        status: 'pending',
        failures: 1,
        attempt: 1,
        processingTimeMs: 10,
      });
      const [event] = await use().store.events(taskId, 2, 10);
      expect(event).toMatchObject({ type: 'task-retried', data: { attempt: 1, error: ERROR } });
      // From when it is written, by the clock of the database, whatever the one of the node says.
      const { retry_at: retryAt } = event?.data ?? {};
      const waitMs = new Date(typeof retryAt === 'string' ? retryAt : '').getTime() - Date.parse(event?.at ?? '');
      expect(Math.abs(waitMs - 3_600_000)).toBeLessThan(60_000);
      expect(await use().openJobs(taskId)).toBe(1);
      expect(await use().store.claim(ARM, 5, NODE)).toEqual([]);
    });

    it('retry at once: the next attempt is number 2 and its time is added', async () => {
      const taskId = await submitOne(use());
      const first = await claimNext(use());
      await use().store.finish(first.reference, { kind: 'retry', error: ERROR, delayMs: 0 }, 10);
      const second = await claimNext(use());
      expect(second.reference.attempt).toBe(2);
      expect(second.task).toMatchObject({ failures: 1, processingTimeMs: 10 });
      await use().store.finish(second.reference, COMPLETE, 5);
      expect((await taskOf(use(), taskId)).processingTimeMs).toBe(15);
    });

    it('release: it can be fetched at once and no failure is counted', async () => {
      const taskId = await submitOne(use());
      const first = await claimNext(use());
      expect(await use().store.finish(first.reference, { kind: 'release' }, 10)).toBe(true);
      expect(await taskOf(use(), taskId)).toMatchObject({ status: 'pending', failures: 0, workerDeaths: 0 });
      expect((await claimNext(use())).reference.attempt).toBe(2);
      expect(await eventTypes(use(), taskId)).toEqual([
        'task-submitted',
        'task-started',
        'task-released',
        'task-started',
      ]);
    });

    it('reroute: the next arm has it, failures begin anew, and the arms that gave up are known', async () => {
      const taskId = await submitOne(use(), newTask({ priority: 'high' }));
      const first = await claimNext(use());
      await use().store.finish(first.reference, { kind: 'retry', error: ERROR, delayMs: 0 }, 10);
      const second = await claimNext(use());
      expect(await use().store.finish(second.reference, WRITES.reroute, 10)).toBe(true);
      expect(await use().store.finish(second.reference, WRITES.reroute, 10)).toBe(false);
      expect(await taskOf(use(), taskId)).toMatchObject({
        status: 'pending',
        arm: OTHER_ARM,
        armsTried: [ARM],
        failures: 0,
        attempt: 2,
        processingTimeMs: 20,
      });
      expect((await use().store.events(taskId, 4, 10)).at(-1)).toMatchObject({
        type: 'task-rerouted',
        data: { attempt: 2, from: ARM, to: OTHER_ARM, error: ERROR },
      });
      expect(await use().openJobs(taskId)).toBe(1);
      expect(await use().store.claim(ARM, 5, NODE)).toEqual([]);
      const [claim] = await use().store.claim(OTHER_ARM, 5, NODE);
      expect(claim).toMatchObject({ kind: 'claimed', attempt: 3, task: { armsTried: [ARM], failures: 0 } });
      if (claim?.kind !== 'claimed') throw new Error('not claimed');
      await use().store.finish(referenceOf(claim), { kind: 'fail', error: ERROR }, 1);
      expect(await use().store.retry(taskId)).toEqual({ kind: 'queued', arms: [ARM] });
      expect(await taskOf(use(), taskId)).toMatchObject({ arm: ARM, armsTried: [] });
    });

    it('reroute, when a cancel came in between: it ends as cancelled, with no job left', async () => {
      const taskId = await submitOne(use());
      const { reference } = await claimNext(use());
      await use().store.requestCancel(taskId);
      expect(await use().store.finish(reference, WRITES.reroute, 1)).toBe(true);
      expect(await taskOf(use(), taskId)).toMatchObject({ status: 'cancelled', arm: ARM, armsTried: [] });
      expect(await use().openJobs(taskId)).toBe(0);
    });

    it('of several tasks is written side by side', async () => {
      const ids = await submit(use(), ...Array.from({ length: 20 }, () => newTask()));
      const claims = await use().store.claim(ARM, 20, NODE);
      const kinds = ['complete', 'fail', 'cancel', 'retry', 'release'] as const;
      const written = await Promise.all(
        claims.map((claim, index) => {
          if (claim.kind !== 'claimed') throw new Error('not claimed');
          const kind = kinds[index % kinds.length] ?? 'complete';
          return use().store.finish(referenceOf(claim), WRITES[kind], 1);
        }),
      );
      expect(written).toEqual(claims.map(() => true));
      const tasks = await Promise.all(ids.map((id) => taskOf(use(), id)));
      const counts = Object.groupBy(tasks, ({ status }) => status);
      expect(counts).toMatchObject({
        cancelled: { length: 4 },
        completed: { length: 4 },
        failed: { length: 4 },
        pending: { length: 8 },
      });
    });

    it('is written once when two outcomes of one attempt come together, beside the others', async () => {
      await submit(use(), newTask(), newTask(), newTask());
      const claims = await use().store.claim(ARM, 3, NODE);
      const references = claims.map((claim) => {
        if (claim.kind !== 'claimed') throw new Error('not claimed');
        return referenceOf(claim);
      });
      const stale = { ...references[2], attempt: 0 };
      const [first, second] = references;
      if (first === undefined || second === undefined) throw new Error('three were claimed');
      const written = await Promise.all([
        use().store.finish(first, COMPLETE, 1),
        use().store.finish(first, { kind: 'fail', error: ERROR }, 1),
        use().store.finish(first, { kind: 'release' }, 1),
        use().store.finish(second, { kind: 'release' }, 1),
        use().store.finish({ ...second, ...stale }, COMPLETE, 1),
      ]);
      expect(written).toEqual([true, false, false, true, false]);
      const tasks = await Promise.all(references.map(({ taskId }) => taskOf(use(), taskId)));
      expect(tasks.map(({ status }) => status)).toEqual(['completed', 'pending', 'processing']);
    });
  });

  describe('a stale attempt', () => {
    it('writes nothing a second time', async () => {
      const taskId = await submitOne(use());
      const { reference } = await claimNext(use());
      await use().store.finish(reference, COMPLETE, 1);
      const before = await use().store.events(taskId, 0, 10);
      for (const write of [
        COMPLETE,
        { kind: 'fail', error: ERROR },
        { kind: 'cancel' },
        { kind: 'release' },
      ] as const) {
        expect(await use().store.finish(reference, write, 1)).toBe(false);
      }
      expect(await use().store.progress(reference, 'late')).toBe(false);
      expect(await use().store.events(taskId, 0, 10)).toEqual(before);
      expect(await use().openJobs(taskId)).toBe(0);
    });

    it('whose job went to another writes nothing, before and after the other has claimed', async () => {
      const taskId = await submitOne(use());
      const stale = await claimNext(use());
      await use().queue.abandon(stale.reference.job);
      expect(await use().store.finish(stale.reference, COMPLETE, 1)).toBe(false);
      const current = await claimNext(use());
      expect(await use().store.finish(stale.reference, { kind: 'fail', error: ERROR }, 1)).toBe(false);
      expect(await use().store.progress(stale.reference, 'late')).toBe(false);
      expect(await use().store.finish(current.reference, COMPLETE, 1)).toBe(true);
      expect((await taskOf(use(), taskId)).status).toBe('completed');
    });

    it('that lies about its attempt does not end the job', async () => {
      const taskId = await submitOne(use());
      const { reference } = await claimNext(use());
      expect(await use().store.finish({ ...reference, attempt: 0 }, COMPLETE, 1)).toBe(false);
      expect(await use().openJobs(taskId)).toBe(1);
      expect(await use().store.finish(reference, COMPLETE, 1)).toBe(true);
    });
  });

  describe('progress', () => {
    it('stands in the task and its events until the next attempt', async () => {
      const taskId = await submitOne(use());
      const { reference } = await claimNext(use());
      expect(await use().store.progress(reference, { done: 1 })).toBe(true);
      expect(await use().store.progress(reference, null)).toBe(true);
      expect(await use().store.progress(reference, { done: 2 })).toBe(true);
      expect((await taskOf(use(), taskId)).progress).toEqual({ done: 2 });
      expect(await use().store.events(taskId, 2, 10)).toMatchObject([
        { number: 3, type: 'task-progressed', data: { progress: { done: 1 } } },
        { number: 4, data: { progress: null } },
        { number: 5, data: { progress: { done: 2 } } },
      ]);
      await use().store.finish(reference, { kind: 'release' }, 1);
      await claimNext(use());
      expect((await taskOf(use(), taskId)).progress).toBeNull();
    });
  });

  describe('a retry that was asked for', () => {
    it('gives a failed task a new life: counters anew, events and attempts go on', async () => {
      const taskId = await submitOne(use());
      const first = await claimNext(use());
      await use().store.finish(first.reference, { kind: 'fail', error: ERROR }, 9);
      expect(await use().store.retry(taskId)).toEqual({ kind: 'queued', arms: [ARM] });
      expect(await taskOf(use(), taskId)).toMatchObject({ status: 'pending', error: null, processingTimeMs: null });
      const second = await claimNext(use());
      expect(second.reference.attempt).toBe(2);
      await use().store.finish(second.reference, COMPLETE, 2);
      const events = await use().store.events(taskId, 0, 20);
      expect(events.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6]);
      expect(events.at(3)).toMatchObject({ type: 'task-retried', data: { asked: true, attempt: 1 } });
    });

    it('is refused for what has not failed and for what is not there', async () => {
      const taskId = await submitOne(use());
      expect(await use().store.retry(taskId)).toEqual({ kind: 'not-failed', status: 'pending' });
      expect(await use().store.retry('no-id')).toEqual({ kind: 'unknown' });
    });

    it('by two at once queues it once', async () => {
      const taskId = await submitOne(use());
      const { reference } = await claimNext(use());
      await use().store.finish(reference, { kind: 'fail', error: ERROR }, 1);
      const answers = await Promise.all([use().store.retry(taskId), use().store.retry(taskId)]);
      expect(answers.map(({ kind }) => kind).sort()).toEqual(['not-failed', 'queued']);
      expect(await use().openJobs(taskId)).toBe(1);
    });
  });
}
