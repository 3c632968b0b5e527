import { afterEach, describe, expect, test } from 'vitest';
import { type LineResult, LineWorkerClosed } from '../../src/process/line-worker-options.ts';
import { LineWorkerPool, type LineWorkerPoolOptions, LineWorkersBusy } from '../../src/process/line-worker-pool.ts';
import { ManualClock } from '../../testing/index.ts';

const AMPLE = { timeLimitMs: 60_000 };

/** Answers its process id to `pid`, exits at `exit`, and answers nothing to anything else. */
const PROGRAM = `require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  if (line === 'pid') process.stdout.write(process.pid + '\\n');
  else if (line === 'exit') process.exit(4);
  else process.stderr.write('held\\n');
});`;

const open = new Set<LineWorkerPool>();

function pool(options: LineWorkerPoolOptions, clock = new ManualClock()): LineWorkerPool {
  const made = new LineWorkerPool(process.execPath, ['-e', PROGRAM], options, { clock });
  open.add(made);
  return made;
}

afterEach(async () => {
  await Promise.all([...open].map((made) => made.close()));
  open.clear();
});

async function pidOf(made: LineWorkerPool): Promise<string> {
  const result = await made.request('pid', AMPLE);
  if (result.status !== 'answered') throw new Error(`it is ${result.status}`);
  return result.line;
}

interface Held {
  readonly result: Promise<LineResult>;
  release(): Promise<void>;
}

/** A request that keeps a worker busy until it is released; the worker is replaced then. */
async function hold(made: LineWorkerPool): Promise<Held> {
  const held = Promise.withResolvers<void>();
  const controller = new AbortController();
  const result = made.request('hold', { ...AMPLE, signal: controller.signal, onStderrLine: () => held.resolve() });
  await held.promise;
  return {
    result,
    release: async () => {
      controller.abort();
      await result;
    },
  };
}

describe('a pool of workers', () => {
  test('keeps using the one it has while one is enough', async () => {
    const made = pool({ size: 3 });
    const pid = await pidOf(made);
    for (let round = 0; round < 5; round += 1) expect(await pidOf(made)).toBe(pid);
    expect(made.counts).toEqual({ busy: 0, idle: 1, waiting: 0 });
  });

  test('never has more than its size, and serves those in line in their order', async () => {
    const made = pool({ size: 2 });
    const held = [await hold(made), await hold(made)];
    const order: number[] = [];
    const waiting = [0, 1, 2, 3].map(async (index) => {
      await pidOf(made);
      order.push(index);
    });
    expect(made.counts).toEqual({ busy: 2, idle: 0, waiting: 4 });
    await held[0]?.release();
    await Promise.all(waiting);
    expect(order).toEqual([0, 1, 2, 3]);
    await held[1]?.release();
  });

  test('lets those who abort leave the line, and refuses more than may wait', async () => {
    const made = pool({ size: 1, maxWaiting: 1 });
    const held = await hold(made);
    const controller = new AbortController();
    const waits = made.request('pid', { ...AMPLE, signal: controller.signal });
    await expect(made.request('pid', AMPLE)).rejects.toThrow(LineWorkersBusy);
    controller.abort('enough');
    expect(await waits).toMatchObject({ status: 'aborted', reason: 'enough', exitCode: null });
    expect(await made.request('pid', { ...AMPLE, signal: controller.signal })).toMatchObject({ status: 'aborted' });
    const next = pidOf(made);
    await held.release();
    expect(await next).toMatch(/^\d+$/);
  });

  test('goes on with another when one dies', async () => {
    const made = pool({ size: 1 });
    const pid = await pidOf(made);
    expect(await made.request('exit', AMPLE)).toMatchObject({ status: 'exited', exitCode: 4 });
    expect(await pidOf(made)).not.toBe(pid);
  });

  test('replaces a worker that has answered often enough, also while others wait for it', async () => {
    const made = pool({ size: 1, maxRequests: 2 });
    const pids = await Promise.all(Array.from({ length: 5 }, () => pidOf(made)));
    expect(new Set(pids).size).toBe(3);
    expect([pids[0], pids[2]]).toEqual([pids[1], pids[3]]);
  });

  test('ends a worker that is idle for long', async () => {
    const clock = new ManualClock();
    const made = pool({ size: 2, idleMs: 100 }, clock);
    const pid = await pidOf(made);
    clock.advance(99);
    expect(await pidOf(made)).toBe(pid);
    clock.advance(99);
    expect(made.counts.idle).toBe(1);
    clock.advance(1);
    expect(made.counts.idle).toBe(0);
    expect(await pidOf(made)).not.toBe(pid);
  });

  test('closes with requests under way and in line, and leaves no timer', async () => {
    const clock = new ManualClock();
    const made = pool({ size: 2 }, clock);
    await pidOf(made);
    const held = [await hold(made), await hold(made)];
    const waits = made.request('pid', AMPLE);
    const refusal = waits.catch((error: unknown) => error);
    await made.close();
    expect(await refusal).toBeInstanceOf(LineWorkerClosed);
    expect(await held[0]?.result).toMatchObject({ status: 'aborted' });
    await expect(made.request('pid', AMPLE)).rejects.toThrow(LineWorkerClosed);
    expect(clock.pending).toBe(0);
  });

  test.each([
    [{ size: 0 }, 'size is 0; it must be a number of 1 or more'],
    [{ size: 1, maxWaiting: -1 }, 'maxWaiting'],
    [{ size: 1, idleMs: Number.NaN }, 'idleMs'],
    [{ size: 1, maxAnswerBytes: -1 }, 'maxAnswerBytes'],
  ])('refuses %j', (options, message) => {
    expect(() => pool(options)).toThrow(message);
  });
});
