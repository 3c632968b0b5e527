import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type SweepOptions, startSweep } from '../../src/app/sweep.ts';
import {
  createHandDrivenQueue,
  createHandDrivenStore,
  createLocalSignals,
  createRecordingLogger,
  jobFor,
  noTrees,
  turn,
} from '../../testing/index.ts';

/** A sweep with a clock that the test moves; passes are asked for by hand. */
function openSweep(different: Partial<SweepOptions> = {}) {
  const clock = { ms: 0 };
  const queue = createHandDrivenQueue();
  const signals = createLocalSignals();
  const logger = createRecordingLogger();
  /** Node and task of each job whose node holds no liveness lock. */
  const orphans: [number, string][] = [];
  let reconciled = 0;
  const store = {
    ...createHandDrivenStore(),
    orphans: async () => orphans.map(([node, taskId]) => ({ node, isGone: true, job: jobFor(taskId) })),
    reconcile: async () => {
      reconciled += 1;
      return { requeued: 1, failed: 0 };
    },
  };
  const sweep = startSweep({
    store,
    queue,
    signals,
    trees: noTrees,
    logger,
    graceMs: 3_000,
    reconcileMs: 20_000,
    now: () => clock.ms,
    ...different,
  });
  const passAt = (ms: number): Promise<void> => {
    clock.ms = ms;
    return sweep.pass();
  };
  return { sweep, passAt, queue, signals, logger, orphans, reconciled: () => reconciled };
}

describe('the sweep', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  });
  afterEach(() => {
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  it('hands out the jobs of a node again that is missing for the grace time, and wakes their lanes', async () => {
    const { sweep, passAt, queue, signals, orphans } = openSweep();
    orphans.push([7, 'a'], [7, 'b']);
    await passAt(1_000);
    await passAt(3_999);
    expect(queue.abandoned).toEqual([]);
    await passAt(4_000);
    expect(queue.abandoned).toEqual([jobFor('a'), jobFor('b')]);
    expect(signals.published).toEqual([
      { topic: 'jobs', key: 'test' },
      { topic: 'jobs', key: 'test' },
    ]);
    await sweep.stop();
  });

  it('does not take the jobs of a node that came back in time, and counts anew when it is missed again', async () => {
    const { sweep, passAt, queue, orphans } = openSweep();
    orphans.push([7, 'a']);
    await passAt(0);
    orphans.length = 0;
    await passAt(2_000);
    orphans.push([7, 'a']);
    await passAt(4_000);
    await passAt(6_999);
    expect(queue.abandoned).toEqual([]);
    await passAt(7_000);
    expect(queue.abandoned).toHaveLength(1);
    await sweep.stop();
  });

  it('judges each node by its own absence', async () => {
    const { sweep, passAt, queue, orphans } = openSweep();
    orphans.push([7, 'a']);
    await passAt(0);
    orphans.push([8, 'b']);
    await passAt(2_500);
    await passAt(3_000);
    expect(queue.abandoned).toEqual([jobFor('a')]);
    await sweep.stop();
  });

  it('does not signal a job that was handed out again meanwhile', async () => {
    const { sweep, passAt, signals, orphans } = openSweep({ queue: { abandon: async () => false } });
    orphans.push([7, 'a']);
    await passAt(0);
    await passAt(3_000);
    expect(signals.published).toEqual([]);
    await sweep.stop();
  });

  it('repairs at its own, longer interval, and says what it repaired', async () => {
    const { sweep, passAt, logger, reconciled } = openSweep();
    await passAt(19_999);
    expect(reconciled()).toBe(0);
    await passAt(20_000);
    await passAt(39_999);
    expect(reconciled()).toBe(1);
    await passAt(40_000);
    expect(reconciled()).toBe(2);
    expect(logger.lines[0]).toMatchObject({ level: 'warn', facts: { requeued: 1, failed: 0 } });
    await sweep.stop();
  });

  it('hands out the job of a node that is there and silent, job by job', async () => {
    const silent = { node: 7, isGone: false, job: jobFor('a') };
    const found = [silent];
    const { sweep, passAt, queue } = openSweep({
      store: { ...createHandDrivenStore(), orphans: async () => [...found] },
    });
    await passAt(0);
    found.push({ ...silent, job: jobFor('b') });
    await passAt(3_000);
    expect(queue.abandoned).toEqual([jobFor('a')]);
    await sweep.stop();
  });

  it('gives everyone the whole grace again after the database was away', async () => {
    let away = false;
    const gone = [{ node: 7, isGone: true, job: jobFor('a') }];
    const orphans = async () => (away ? Promise.reject(new Error('away')) : gone);
    const { sweep, passAt, queue } = openSweep({ store: { ...createHandDrivenStore(), orphans } });
    await passAt(0);
    away = true;
    await passAt(1_000);
    await passAt(29_000);
    away = false;
    await passAt(30_000);
    await passAt(32_999);
    expect(queue.abandoned).toEqual([]);
    await passAt(33_000);
    expect(queue.abandoned).toEqual([jobFor('a')]);
    await sweep.stop();
  });

  it('goes on after a pass that did not finish', async () => {
    let away = true;
    const store = {
      ...createHandDrivenStore(),
      orphans: async () => (away ? Promise.reject(new Error('away')) : [{ node: 7, isGone: true, job: jobFor('a') }]),
    };
    const { sweep, passAt, logger, queue } = openSweep({ store });
    await passAt(0);
    expect(logger.lines).toMatchObject([{ level: 'debug', facts: { error: 'away' } }]);
    away = false;
    await passAt(1_000);
    await passAt(4_000);
    expect(queue.abandoned).toEqual([jobFor('a')]);
    await sweep.stop();
  });

  it('passes by itself at its interval, never twice at once, and not after it was stopped', async () => {
    const gate = Promise.withResolvers<void>();
    let passes = 0;
    const store = {
      ...createHandDrivenStore(),
      orphans: async () => {
        passes += 1;
        await gate.promise;
        return [];
      },
    };
    const { sweep } = openSweep({ store, intervalMs: 1_000 });
    await vi.advanceTimersByTimeAsync(3_000);
    expect(passes).toBe(1);
    let stopped = false;
    const stopping = sweep.stop().then(() => {
      stopped = true;
    });
    await turn();
    expect(stopped).toBe(false);
    gate.resolve();
    await stopping;
    await vi.advanceTimersByTimeAsync(3_000);
    expect(passes).toBe(1);
  });
});
