import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startLane } from '../../src/app/lane.ts';
import type { QueuedJob } from '../../src/ports/queue.ts';
import {
  createHandDrivenQueue,
  createRecordingLogger,
  type HandDrivenQueue,
  jobFor,
  silentLogger,
  turn,
} from '../../testing/index.ts';

const POLL_MS = 1_000;

function queueOf(...taskIds: string[]): HandDrivenQueue {
  const queue = createHandDrivenQueue();
  queue.waiting.push(...taskIds.map((taskId) => jobFor(taskId)));
  return queue;
}

/** A lane whose jobs end when the test says so. */
function openLane(concurrency: number, queue = createHandDrivenQueue()) {
  const running = new Map<string, () => void>();
  const started: string[] = [];
  let most = 0;
  const run = async (job: QueuedJob): Promise<void> => {
    started.push(job.taskId);
    const { promise, resolve } = Promise.withResolvers<void>();
    running.set(job.taskId, resolve);
    most = Math.max(most, running.size);
    await promise;
    running.delete(job.taskId);
  };
  const lane = startLane({ arm: 'test', concurrency, queue, logger: silentLogger, run, pollMs: POLL_MS });
  const end = (...taskIds: string[]): Promise<void> => {
    for (const taskId of taskIds) running.get(taskId)?.();
    return turn();
  };
  return { lane, queue, running, started, end, most: () => most };
}

describe('a lane', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  });
  afterEach(() => {
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  it('asks for as many jobs as it has free slots, and never runs more', async () => {
    const { lane, queue, started, end, most } = openLane(2, queueOf('a', 'b', 'c', 'd', 'e'));
    await turn();
    expect(queue.fetches).toEqual([2]);
    expect(started).toEqual(['a', 'b']);
    await end('a');
    expect(started).toEqual(['a', 'b', 'c']);
    expect(queue.fetches).toEqual([2, 1]);
    await end('b', 'c');
    await end('d', 'e');
    expect(started).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(most()).toBe(2);
    await lane.close();
  });

  it('looks at once when woken', async () => {
    const { lane, queue, started, end } = openLane(2);
    await turn();
    queue.waiting.push(jobFor('a'));
    await turn();
    expect(started).toEqual([]);
    lane.wake();
    await turn();
    expect(started).toEqual(['a']);
    await end('a');
    await lane.close();
  });

  it('does not lose a wake that comes while it is looking', async () => {
    const queue = createHandDrivenQueue();
    const gate = Promise.withResolvers<void>();
    const slow = {
      ...queue,
      fetch: async (arm: string, count: number) => {
        const jobs = await queue.fetch(arm, count);
        if (queue.fetches.length === 1) await gate.promise;
        return jobs;
      },
    };
    const { lane, started, end } = openLane(2, slow);
    await turn();
    queue.waiting.push(jobFor('a'));
    lane.wake();
    gate.resolve();
    await turn();
    expect(started).toEqual(['a']);
    await end('a');
    await lane.close();
  });

  it('looks without being woken after the poll time, and not while it has no free slot', async () => {
    const { lane, queue, started, end } = openLane(1);
    await turn();
    queue.waiting.push(jobFor('a'));
    await vi.advanceTimersByTimeAsync(POLL_MS);
    expect(started).toEqual(['a']);
    const looked = queue.fetches.length;
    await vi.advanceTimersByTimeAsync(5 * POLL_MS);
    expect(queue.fetches).toHaveLength(looked);
    await end('a');
    await lane.close();
  });

  it('goes on when the queue cannot be read, and complains once', async () => {
    const queue = createHandDrivenQueue();
    const logger = createRecordingLogger();
    const started: string[] = [];
    let broken = true;
    const lane = startLane({
      arm: 'test',
      concurrency: 1,
      queue: { fetch: async (arm, count) => (broken ? Promise.reject(new Error('away')) : queue.fetch(arm, count)) },
      logger,
      run: async (job) => void started.push(job.taskId),
      pollMs: POLL_MS,
    });
    await vi.advanceTimersByTimeAsync(5 * POLL_MS);
    expect(logger.lines).toEqual([
      { level: 'warn', facts: { arm: 'test', error: 'away' }, message: 'the queue cannot be read; trying on' },
    ]);
    broken = false;
    queue.waiting.push(jobFor('a'));
    await vi.advanceTimersByTimeAsync(POLL_MS);
    expect(started).toEqual(['a']);
    await lane.close();
  });

  it('fetches nothing after it was closed; running jobs go on', async () => {
    const { lane, queue, running, end } = openLane(2, queueOf('a'));
    await turn();
    await lane.close();
    const looked = queue.fetches.length;
    queue.waiting.push(jobFor('b'));
    lane.wake();
    await turn();
    expect(queue.fetches).toHaveLength(looked);
    expect([...running.keys()]).toEqual(['a']);
    await end('a');
    expect(queue.fetches).toHaveLength(looked);
  });

  it('starts what a fetch in flight brings when it is closed: no job is stranded', async () => {
    const brought = Promise.withResolvers<QueuedJob[]>();
    const queue = { ...createHandDrivenQueue(), fetch: () => brought.promise };
    const { lane, started, end } = openLane(2, queue);
    const closed = lane.close();
    brought.resolve([jobFor('a')]);
    await closed;
    expect(started).toEqual(['a']);
    await end('a');
  });
});
