import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ARM, newTask } from '../parts.ts';
import { claimNext, eventTypes, submitOne, taskOf, type Use } from './subject.ts';

const DIGEST = 'a'.repeat(64);
const OTHER_DIGEST = 'b'.repeat(64);

export function insertFacts(use: Use): void {
  describe('a submission', () => {
    it('is there as it was handed in, with its first event and its job', async () => {
      const task = newTask({
        goal: 'Größe 😀 "quoted" \\ back',
        constraints: { deep: [{ ['a/b']: null }] },
        context: 'c',
        acceptanceCriteria: ['one', 'two'],
        priority: 'critical',
        input: [1, 'two', { three: false }],
        metadata: { team: 'x' },
        maxAttempts: 7,
      });
      expect(await use().store.insert([task])).toEqual([{ kind: 'created', taskId: task.spec.id }]);
      expect(await use().store.get(task.spec.id)).toMatchObject({
        ...task.spec,
        status: 'pending',
        attempt: 0,
        failures: 0,
        workerDeaths: 0,
        processingTimeMs: null,
        result: null,
      });
      expect(await use().store.events(task.spec.id, 0, 10)).toMatchObject([
        { number: 1, type: 'task-submitted', data: { arm: ARM } },
      ]);
      expect(await use().openJobs(task.spec.id)).toBe(1);
    });

    it('whose job cannot be written leaves nothing, and neither does the rest of its batch', async () => {
      const good = newTask();
      await expect(use().store.insert([good, newTask({ arm: 'nowhere' })])).rejects.toThrow(/not-null constraint/);
      expect(await use().store.get(good.spec.id)).toBeNull();
      expect(await use().openJobs(good.spec.id)).toBe(0);
    });

    it('under an unknown parent is refused without harm to the others of its batch', async () => {
      const parent = await submitOne(use());
      const orphan = newTask({ parentTaskId: randomUUID() });
      const child = newTask({ parentTaskId: parent.toUpperCase() });
      expect(await use().store.insert([orphan, child])).toEqual([
        { kind: 'unknown-parent' },
        { kind: 'created', taskId: child.spec.id },
      ]);
      expect(await use().store.get(orphan.spec.id)).toBeNull();
      expect((await taskOf(use(), child.spec.id)).parentTaskId).toBe(parent);
    });

    it('leaves what the screen found, without a row when it found nothing', async () => {
      const finding = {
        kind: 'pii',
        type: 'IPv4',
        field: '/goal',
        position: 3,
        length: 7,
        treatment: 'report',
      } as const;
      const task = newTask();
      await use().store.insert([{ ...task, screen: { ...task.screen, findings: [finding] } }, newTask()]);
      await use().store.recordScreen([{ ...task.screen, status: 'Blocked', findings: [{ ...finding, type: 'SSN' }] }]);
      expect(await use().screenRecords()).toEqual([
        { taskId: task.spec.id, status: 'Success', findings: [finding] },
        { taskId: null, status: 'Blocked', findings: [{ ...finding, type: 'SSN' }] },
      ]);
    });
  });

  describe('an idempotency key', () => {
    it('answers the same request with the task that it made', async () => {
      const first = newTask({}, { idempotency: { key: 'k', digest: DIGEST } });
      const again = newTask({}, { idempotency: { key: 'k', digest: DIGEST } });
      const [made] = await use().store.insert([first]);
      expect(made).toHaveProperty('keyExpiresAt');
      const [replayed, created] = await use().store.insert([again, newTask()]);
      expect([replayed, created]).toMatchObject([{ kind: 'replayed', taskId: first.spec.id }, { kind: 'created' }]);
      expect(await use().store.get(again.spec.id)).toBeNull();
    });

    it('answers the same request after its task has ended', async () => {
      const first = newTask({}, { idempotency: { key: 'k', digest: DIGEST } });
      await use().store.insert([first]);
      const { reference } = await claimNext(use());
      await use().store.finish(reference, { kind: 'complete', result: 1, usage: null, costUsd: null }, 1);
      expect(await use().store.insert([newTask({}, { idempotency: { key: 'k', digest: DIGEST } })])).toMatchObject([
        { kind: 'replayed', taskId: first.spec.id },
      ]);
    });

    it('is refused to another request', async () => {
      await use().store.insert([newTask({}, { idempotency: { key: 'k', digest: DIGEST } })]);
      expect(await use().store.insert([newTask({}, { idempotency: { key: 'k', digest: OTHER_DIGEST } })])).toEqual([
        { kind: 'key-reused' },
      ]);
    });

    it('is free again when its life is over', async () => {
      await use().store.insert([newTask({}, { idempotency: { key: 'k', digest: DIGEST } })]);
      await use().expireKeys();
      const later = newTask({}, { idempotency: { key: 'k', digest: OTHER_DIGEST } });
      expect(await use().store.insert([later])).toMatchObject([{ kind: 'created', taskId: later.spec.id }]);
    });

    it('that many nodes use at the same time makes one task', async () => {
      const batches = Array.from({ length: 8 }, () =>
        // In opposite orders: two batches that want the same keys do not wait for each other.
        ['k1', 'k2'].map((key) => newTask({}, { idempotency: { key, digest: DIGEST } })),
      ).map((batch, index) => (index % 2 === 0 ? batch : batch.reverse()));
      const answers = (await Promise.all(batches.map((batch) => use().store.insert(batch)))).flat();
      expect(answers.filter(({ kind }) => kind === 'created')).toHaveLength(2);
      // The rest is told of the task, or that it is being written: nobody waits for another's transaction.
      const others = answers.filter(({ kind }) => kind === 'replayed' || kind === 'key-in-flight');
      expect(others).toHaveLength(14);
      expect((await use().store.list({ limit: 50 })).tasks).toHaveLength(2);
    });
  });

  describe('submissions that belong together', () => {
    it('are all there, in the order given', async () => {
      const tasks = [newTask(), newTask({ priority: 'high' }), newTask()];
      const answers = await use().store.insertTogether(tasks);
      expect(answers).toEqual(tasks.map(({ spec }) => ({ kind: 'created', taskId: spec.id })));
      for (const { spec } of tasks) expect(await use().openJobs(spec.id)).toBe(1);
    });

    it.each([
      ['an unknown parent', newTask({ parentTaskId: randomUUID() }), 'unknown-parent'],
      ['a key of another request', newTask({}, { idempotency: { key: 'used', digest: OTHER_DIGEST } }), 'key-reused'],
    ] as const)('leave nothing when one has %s', async (_why, bad, kind) => {
      await use().store.insert([newTask({}, { idempotency: { key: 'used', digest: DIGEST } })]);
      const good = newTask({}, { idempotency: { key: 'fresh', digest: DIGEST } });
      expect((await use().store.insertTogether([good, bad]))[1]).toEqual({ kind });
      expect(await use().store.get(good.spec.id)).toBeNull();
      expect(await use().openJobs(good.spec.id)).toBe(0);
      expect(await use().storedKeys()).toEqual(['used']);
    });

    it('are answered with the same tasks when they come again', async () => {
      const claims = ['a', 'a/1'].map((key) => ({ idempotency: { key, digest: DIGEST } }));
      const first = claims.map((claim) => newTask({}, claim));
      await use().store.insertTogether(first);
      expect(await use().store.insertTogether(claims.map((claim) => newTask({}, claim)))).toMatchObject(
        first.map(({ spec }) => ({ kind: 'replayed', taskId: spec.id })),
      );
    });
  });

  describe('the events of a task', () => {
    it('are read behind a number, at most so many', async () => {
      const taskId = await submitOne(use());
      const { reference } = await claimNext(use());
      await use().store.progress(reference, { step: 1 });
      expect(await eventTypes(use(), taskId)).toEqual(['task-submitted', 'task-started', 'task-progressed']);
      expect(await use().store.events(taskId, 1, 1)).toMatchObject([{ number: 2, type: 'task-started' }]);
      expect(await use().store.events(taskId, 3, 10)).toEqual([]);
    });

    it('of what is no task are none, and it is not found', async () => {
      expect(await use().store.events('no-id', 0, 10)).toEqual([]);
      expect(await use().store.get('no-id')).toBeNull();
      expect(await use().store.get(randomUUID())).toBeNull();
    });
  });
}
