/** Dispatchers on the real store, queue and signals: what holds for a running attempt across nodes. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type NodeConnection, openNodeConnection } from '../src/adapters/postgres/node-connection.ts';
import { createCancel } from '../src/app/cancel.ts';
import { type Dispatcher, startDispatcher } from '../src/app/dispatcher.ts';
import { type Sweep, startSweep } from '../src/app/sweep.ts';
import type { TaskSpec } from '../src/domain/task.ts';
import {
  createHandDrivenArm,
  createRecordingMetrics,
  freeBudgets,
  type HandDrivenArm,
  noTrees,
  silentLogger,
  testDatabase,
} from '../testing/index.ts';
import { newTask, openParts, type Parts } from './adapters/postgres/parts.ts';
import { eventually } from './eventually.ts';

const metrics = createRecordingMetrics();
const LONG_MS = 600_000;

interface Node {
  readonly arm: HandDrivenArm;
  readonly signals: NodeConnection;
  readonly dispatcher: Dispatcher;
  readonly sweep: Sweep;
}

const server = testDatabase();
let parts: Parts;
let opened = new AsyncDisposableStack();

beforeEach(async () => {
  opened = new AsyncDisposableStack();
  parts = opened.use(await openParts(server.databaseUrl));
  await parts.database.query('DELETE FROM switchyard.tasks');
  await parts.database.query('DELETE FROM pgboss.job');
});
afterEach(() => opened.disposeAsync());

async function openNode(id: number): Promise<Node> {
  const node = { id, pid: id };
  const { store, queue } = parts;
  const signals = await openNodeConnection({ url: server.databaseUrl, node, logger: silentLogger });
  opened.defer(() => signals.close());
  const sweep = startSweep({
    store,
    queue,
    signals,
    trees: noTrees,
    logger: silentLogger,
    intervalMs: LONG_MS,
    graceMs: 0,
  });
  opened.defer(() => sweep.stop());
  const arm = createHandDrivenArm({ obeys: false });
  const timing = { heartbeatMs: 100, pollMs: 50 };
  const dispatcher = startDispatcher({
    budgets: freeBudgets,
    arms: [arm],
    store,
    queue,
    signals,
    metrics,
    logger: silentLogger,
    node,
    ...timing,
  });
  opened.defer(async () => {
    for (const run of arm.runs) run.finish({ result: null });
    await dispatcher.stop(5_000);
  });
  return { arm, signals, dispatcher, sweep };
}

async function submit(spec: Partial<TaskSpec> = {}): Promise<string> {
  const task = newTask(spec);
  await parts.store.insert([task]);
  return task.spec.id;
}

const begun = ({ arm }: Node, count = 1): Promise<HandDrivenArm['runs'][number]> =>
  eventually(`attempt ${count} has begun`, () => arm.runs[count - 1]);

async function ended(taskId: string) {
  return eventually('the task has ended', async () => {
    const task = await parts.store.get(taskId);
    return task !== null && task.status !== 'pending' && task.status !== 'processing' && task;
  });
}

async function eventTypes(taskId: string): Promise<string[]> {
  return (await parts.store.events(taskId, 0, 100)).map(({ type }) => type);
}

describe('a cancel', () => {
  it('reaches the work on another node, and is reported only when that has stopped', async () => {
    const worker = await openNode(201);
    const other = await openNode(202);
    const taskId = await submit();
    const run = await eventually('one of them has begun', () => worker.arm.runs[0] ?? other.arm.runs[0]);
    const asking = worker.arm.runs[0] === undefined ? worker : other;
    const aborted = new Promise<void>((resolve) => {
      run.work.signal.addEventListener('abort', () => resolve(), { once: true });
    });
    expect(await createCancel(parts.store, asking.signals, metrics, noTrees)(taskId)).toBe('processing');
    await aborted;
    // The work does not stop yet: neither does the task.
    expect(await parts.store.get(taskId)).toMatchObject({ status: 'processing' });
    run.fail(run.work.signal.reason);
    expect(await ended(taskId)).toMatchObject({ status: 'cancelled' });
    const last = (await parts.store.events(taskId, 3, 10))[0];
    expect(last?.type).toBe('task-cancelled');
    expect(last?.data['stopped_after_ms']).toBeTypeOf('number');
  });

  it('whose signal was lost reaches the work with the next heartbeat', async () => {
    const node = await openNode(203);
    const taskId = await submit();
    const run = await begun(node);
    await parts.store.requestCancel(taskId);
    await eventually('the signal is fired', () => run.work.signal.aborted);
    run.fail(run.work.signal.reason);
    expect(await ended(taskId)).toMatchObject({ status: 'cancelled' });
  });
});

describe('an attempt that lost its job', () => {
  it('to another node is stopped and writes nothing', async () => {
    const first = await openNode(211);
    const taskId = await submit();
    const stale = await begun(first);
    const second = await openNode(212);
    await parts.database.query(`UPDATE pgboss.job SET retry_count = retry_count + 1, started_on = now()`);
    await eventually('its signal is fired', () => stale.work.signal.aborted);
    await parts.database.query(`UPDATE pgboss.job SET state = 'retry'`);
    const current = await eventually('the next attempt', () => second.arm.runs[0] ?? first.arm.runs[1]);
    stale.finish({ result: 'stale' });
    current.finish({ result: 'current' });
    expect(await ended(taskId)).toMatchObject({ status: 'completed', attempt: 2, result: 'current' });
  });

  it('to its own node is stopped, and shutting down waits for it', async () => {
    const node = await openNode(213);
    const taskId = await submit();
    const stale = await begun(node);
    const [job] = (await parts.database.query<{ id: string }>('SELECT id FROM pgboss.job')).rows;
    if (job === undefined) throw new Error('there is one job');
    expect(await parts.queue.abandon({ id: job.id, arm: 'test', taskId, delivery: 0 })).toBe(true);
    const current = await begun(node, 2);
    expect(stale.work.signal.aborted).toBe(true);
    current.finish({ result: 'current' });
    expect(await ended(taskId)).toMatchObject({ attempt: 2, result: 'current', workerDeaths: 1 });
    expect(node.dispatcher.running).toBe(1);
    stale.finish({ result: 'stale' });
    await eventually('both are over', () => node.dispatcher.running === 0);
    expect(await parts.store.get(taskId)).toMatchObject({ result: 'current' });
  });
});

describe('a node that dies', () => {
  it('leaves its task to another at the next sweep, without waiting for its heartbeats', async () => {
    const doomed = await openNode(221);
    const taskId = await submit();
    const lost = await begun(doomed);
    const healthy = await openNode(222);
    // As a killed process: its lock goes, its heartbeats end, nothing is handed back.
    await doomed.signals.close();
    await healthy.sweep.pass();
    const next = await eventually('the next attempt', () => healthy.arm.runs[0] ?? doomed.arm.runs[1]);
    next.finish({ result: 2 });
    expect(await ended(taskId)).toMatchObject({ status: 'completed', attempt: 2, workerDeaths: 1, failures: 0 });
    expect(await eventTypes(taskId)).toContain('task-recovered');
    await eventually('the lost attempt is told', () => lost.work.signal.aborted);
  });
});

describe('an outcome', () => {
  it('that the database refuses fails the task and says why', async () => {
    const node = await openNode(231);
    const taskId = await submit();
    (await begun(node)).finish({ result: 'x', costUsd: 1e12 });
    expect(await ended(taskId)).toMatchObject({ status: 'failed', attempt: 1, error: { code: 'result_refused' } });
  });

  it('with characters that cannot be stored is stored without them, wherever a message is cut', async () => {
    const node = await openNode(232);
    const first = await submit();
    (await begun(node)).finish({ result: { 'a\u0000b': 'half \ud83d' } });
    expect((await ended(first)).result).toEqual({ 'a\ufffdb': 'half \ufffd' });
    for (const padding of [3_998, 3_999]) {
      const taskId = await submit();
      const run = await eventually('it has begun', () => node.arm.runs.find(({ work }) => work.task.id === taskId));
      run.fail(new Error(`${'x'.repeat(padding)}😀😀`));
      expect(await ended(taskId)).toMatchObject({ status: 'failed', attempt: 1, error: { code: 'arm_failed' } });
    }
  });
});
