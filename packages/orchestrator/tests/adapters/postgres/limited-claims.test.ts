import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createPostgresStore } from '../../../src/adapters/postgres/store.ts';
import type { ArmLimits } from '../../../src/domain/arm-limits.ts';
import type { NodeIdentity } from '../../../src/ports/store.ts';
import { testDatabase } from '../../../testing/index.ts';
import { ARM, newTask, openParts, type Parts } from './parts.ts';

const server = testDatabase();
const NODES: NodeIdentity[] = [1, 2, 3, 4].map((id) => ({ id, pid: id }));
let parts: Parts;

beforeAll(async () => {
  parts = await openParts(server.databaseUrl);
});
afterAll(() => parts[Symbol.asyncDispose]());
beforeEach(async () => {
  await parts.database.query('DELETE FROM switchyard.tasks');
  await parts.database.query('DELETE FROM pgboss.job');
  await parts.database.query('DELETE FROM switchyard.arm_limits');
});

function limited(limits: Partial<ArmLimits>) {
  return createPostgresStore(parts.database, { limits: new Map([[ARM, { rate: null, maxRunning: null, ...limits }]]) });
}

async function submit(count: number): Promise<void> {
  await parts.store.insert(Array.from({ length: count }, () => newTask()));
}

describe('an arm that may have so many running at once', () => {
  it('has no more of them, whichever nodes ask at the same time', async () => {
    await submit(30);
    const store = limited({ maxRunning: 5 });
    const claims = (await Promise.all(NODES.map((node) => store.claim(ARM, 4, node)))).flat();
    expect(claims.filter(({ kind }) => kind === 'claimed')).toHaveLength(5);
    expect(store.claimAgainMs(ARM)).toBeGreaterThan(0);
    const [first] = claims;
    if (first?.kind !== 'claimed') throw new Error('nothing was claimed');
    const reference = { taskId: first.job.taskId, attempt: first.attempt, job: first.job };
    await store.finish(reference, { kind: 'complete', result: 1, usage: null, costUsd: null }, 1);
    expect((await Promise.all(NODES.map((node) => store.claim(ARM, 4, node)))).flat()).toHaveLength(1);
  });
});

describe('an attempt whose worker died', () => {
  it('takes no place any more: its task is begun again', async () => {
    await submit(1);
    const store = limited({ maxRunning: 1 });
    const [dead] = await store.claim(ARM, 1, { id: 1, pid: 1 });
    if (dead?.kind !== 'claimed') throw new Error('nothing was claimed');
    expect(await parts.queue.abandon(dead.job)).toBe(true);
    expect(await store.claim(ARM, 4, { id: 2, pid: 2 })).toMatchObject([{ kind: 'claimed', attempt: 2 }]);
  });
});

describe('a parent that waits for its subtasks', () => {
  it('takes no place of what its arm may have running', async () => {
    const parent = newTask();
    const { id } = parent.spec;
    const place = {
      rootTaskId: id,
      index: null,
      parent: { aggregate: { by: 'all' }, onChildFailure: 'fail' },
    } as const;
    const child = newTask({ parentTaskId: id, tree: { rootTaskId: id, index: 0, parent: null } });
    await parts.store.insertTogether([{ ...parent, spec: { ...parent.spec, tree: place } }, child]);
    expect(await limited({ maxRunning: 1 }).claim(ARM, 4, { id: 1, pid: 1 })).toMatchObject([
      { kind: 'claimed', task: { id: child.spec.id } },
    ]);
  });
});

describe('an outcome of an arm with limits', () => {
  it('is written, and begins nothing beside the count', async () => {
    await submit(3);
    const store = limited({ maxRunning: 1 });
    const node = { id: 1, pid: 1 };
    const [first] = await store.claim(ARM, 4, node);
    if (first?.kind !== 'claimed') throw new Error('nothing was claimed');
    const reference = { taskId: first.job.taskId, attempt: first.attempt, job: first.job };
    const write = { kind: 'complete', result: 1, usage: null, costUsd: null } as const;
    expect(await store.finishAndClaim(reference, write, 1, {}, node)).toEqual({ written: true, next: null });
  });
});

describe('an arm with a rate', () => {
  it('begins no more of them in its time, whichever nodes ask at the same time', async () => {
    await submit(30);
    const store = limited({ rate: { attempts: 7, seconds: 3600, burst: 7 } });
    const claims = (await Promise.all(NODES.map((node) => store.claim(ARM, 4, node)))).flat();
    expect(claims).toHaveLength(7);
    expect(store.claimAgainMs(ARM)).toBeGreaterThan(1_000);
  });

  it('takes nothing of it where nothing waits', async () => {
    const store = limited({ rate: { attempts: 2, seconds: 3600, burst: 2 } });
    expect(await store.claim(ARM, 4, { id: 1, pid: 1 })).toEqual([]);
    expect(store.claimAgainMs(ARM)).toBeNull();
    await submit(5);
    expect(await store.claim(ARM, 4, { id: 1, pid: 1 })).toHaveLength(2);
  });

  it('lets more begin as its time goes by', async () => {
    await submit(5);
    const store = limited({ rate: { attempts: 1, seconds: 3600, burst: 1 } });
    const one = NODES[0] ?? { id: 1, pid: 1 };
    expect(await store.claim(ARM, 4, one)).toHaveLength(1);
    await parts.database.query('UPDATE switchyard.arm_limits SET next_at_us = next_at_us - 3600 * 1000000::bigint');
    expect(await store.claim(ARM, 4, one)).toHaveLength(1);
    expect(await store.claim(ARM, 4, one)).toHaveLength(0);
  });

  it('settles what was handed out and had been cancelled, as without a limit', async () => {
    await submit(1);
    const { tasks } = await parts.store.list({ limit: 1 });
    await parts.store.requestCancel(tasks[0]?.id ?? '');
    const store = limited({ rate: { attempts: 2, seconds: 3600, burst: 2 } });
    expect(await store.claim(ARM, 4, { id: 1, pid: 1 })).toMatchObject([{ kind: 'nothing', ended: null }]);
  });
});
