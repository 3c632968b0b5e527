import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { TaskQuery } from '../../../../src/contract/index.ts';
import { CursorInvalid } from '../../../../src/ports/errors.ts';
import { ARM, newTask } from '../parts.ts';
import { claimNext, type StoreSubject, submit, submitOne, type Use } from './subject.ts';

async function idsOf({ store }: StoreSubject, query: Partial<TaskQuery>): Promise<string[]> {
  return (await store.list({ limit: 50, ...query })).tasks.map(({ id }) => id);
}

/** All pages, by their cursors. */
async function walk({ store }: StoreSubject, query: TaskQuery): Promise<string[][]> {
  const pages: string[][] = [];
  let cursor: string | null = null;
  do {
    const page = await store.list(cursor === null ? query : { ...query, cursor });
    pages.push(page.tasks.map(({ id }) => id));
    cursor = page.nextCursor;
  } while (cursor !== null && pages.length < 100);
  return pages;
}

export function listFacts(use: Use): void {
  describe('the list of tasks', () => {
    it('is empty without tasks', async () => {
      expect(await use().store.list({ limit: 10 })).toEqual({ tasks: [], nextCursor: null });
    });

    it('is newest first and can be narrowed by status, arm and words', async () => {
      const old = await submitOne(use(), newTask({ goal: 'Grade 100% of it' }));
      const { reference } = await claimNext(use());
      const young = await submitOne(use(), newTask({ goal: 'Sum the 100 rows' }));
      expect(await idsOf(use(), {})).toEqual([young, old]);
      expect(await idsOf(use(), { status: 'processing' })).toEqual([reference.taskId]);
      expect(await idsOf(use(), { status: 'failed' })).toEqual([]);
      expect(await idsOf(use(), { arm: ARM })).toEqual([young, old]);
      expect(await idsOf(use(), { arm: 'greenlight' })).toEqual([]);
      expect(await idsOf(use(), { q: 'sum THE' })).toEqual([young]);
    });

    it('takes the wildcards of the database in a search for themselves', async () => {
      const percent = await submitOne(use(), newTask({ goal: 'Grade 100% of it' }));
      const under = await submitOne(use(), newTask({ goal: 'a_b \\ c' }));
      expect(await idsOf(use(), { q: '%' })).toEqual([percent]);
      expect(await idsOf(use(), { q: '_' })).toEqual([under]);
      expect(await idsOf(use(), { q: '\\' })).toEqual([under]);
    });

    it('is walked page by page without a gap or a repeat, also over tasks of the same microsecond', async () => {
      const ids = await submit(use(), ...Array.from({ length: 7 }, () => newTask()));
      await use().alignCreation(ids, '2026-03-29 01:30:00.123457+00');
      const pages = await walk(use(), { limit: 3 });
      expect(pages.map((page) => page.length)).toEqual([3, 3, 1]);
      expect(pages.flat()).toEqual([...ids].sort().reverse());
    });

    it('of subtasks is in their order, page by page, those handed in later by themselves behind them', async () => {
      const root = newTask();
      const { id } = root.spec;
      const policy = { aggregate: { by: 'all' }, onChildFailure: 'fail' } as const;
      const children = Array.from({ length: 7 }, (_, index) =>
        newTask({ parentTaskId: id, tree: { rootTaskId: id, index, parent: null } }),
      );
      const whole = { ...root, spec: { ...root.spec, tree: { rootTaskId: id, index: null, parent: policy } } };
      await use().store.insertTogether([whole, ...children]);
      const older = await submitOne(use(), newTask({ parentTaskId: id }));
      const newer = await submitOne(use(), newTask({ parentTaskId: id }));
      await submitOne(use());
      const inOrder = [...children.map(({ spec }) => spec.id), newer, older];
      for (const limit of [3, 4, 8, 50]) expect((await walk(use(), { parent: id, limit })).flat()).toEqual(inOrder);
      const elsewhere = await use().store.list({ limit: 2 });
      await expect(idsOf(use(), { parent: id, cursor: elsewhere.nextCursor ?? '' })).rejects.toThrow(CursorInvalid);
    });

    it('leaves out what is large: results always, metadata and progress beyond 2 kB', async () => {
      const text = Array.from({ length: 1_000 }, () => randomUUID()).join();
      await submitOne(use(), newTask({ metadata: { text }, input: text }));
      const { reference } = await claimNext(use());
      await use().store.progress(reference, { text });
      const small = await submitOne(use(), newTask({ metadata: { team: 'x' } }));
      const [young, old] = (await use().store.list({ limit: 5 })).tasks;
      expect(young).toMatchObject({ id: small, metadata: { team: 'x' } });
      expect(old).toMatchObject({ id: reference.taskId, metadata: null, progress: null });
      await use().store.finish(reference, { kind: 'complete', result: text, usage: null, costUsd: null }, 1);
      expect(JSON.stringify(await use().store.list({ limit: 5 })).length).toBeLessThan(2_000);
    });

    it('has no next page when the last one is full', async () => {
      await submit(use(), newTask(), newTask());
      expect((await use().store.list({ limit: 2 })).nextCursor).toBeNull();
    });

    it('is walked on from its place while new tasks come in', async () => {
      const ids = await submit(use(), newTask(), newTask(), newTask());
      const first = await use().store.list({ limit: 2 });
      await submitOne(use());
      const second = await use().store.list({ limit: 2, cursor: first.nextCursor ?? '' });
      expect([...first.tasks, ...second.tasks].map(({ id }) => id).sort()).toEqual([...ids].sort());
    });

    it.each([
      ['is nothing of the kind', 'garbage'],
      ['looks like one and holds no time', Buffer.from('9999-99-99 99:99:99.999999+00|').toString('base64url')],
      [
        'names a time that there is not',
        Buffer.from('9999-99-99 99:99:99+00|00000000-0000-4000-8000-000000000000').toString('base64url'),
      ],
      [
        'names a number that is too large',
        Buffer.from(`${'9'.repeat(40)}|00000000-0000-4000-8000-000000000000`).toString('base64url'),
      ],
    ])('refuses a cursor that %s', async (_what, cursor) => {
      await expect(idsOf(use(), { cursor })).rejects.toThrow(CursorInvalid);
    });

    it('begins at its start where the cursor is left empty', async () => {
      const taskId = await submitOne(use());
      expect(await idsOf(use(), { cursor: '' })).toEqual([taskId]);
    });
  });
}
