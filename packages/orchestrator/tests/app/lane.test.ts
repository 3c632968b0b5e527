import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startLane } from '../../src/app/lane.ts';
import type { Claim } from '../../src/ports/store.ts';
import { createRecordingLogger, jobFor, makeTask, silentLogger, turn } from '../../testing/index.ts';

const POLL_MS = 1_000;

interface Queue {
  readonly waiting: string[];
  /** One entry a claim: how many jobs it asked for. */
  readonly claims: number[];
  readonly claim: (count: number) => Promise<Claim[]>;
}

function queueOf(...waiting: string[]): Queue {
  const claims: number[] = [];
  const claim = async (count: number): Promise<Claim[]> => {
    claims.push(count);
    return waiting.splice(0, count).map(claimOf);
  };
  return { waiting, claims, claim };
}

function claimOf(taskId: string): Claim {
  return { kind: 'claimed', job: jobFor(taskId), task: makeTask({ id: taskId }), attempt: 1 };
}

/** As long as it takes to see that slots came free, and to look. */
async function look(): Promise<void> {
  for (let turns = 0; turns < 3; turns += 1) await turn();
}

/** A lane whose jobs end when the test says so. */
function openLane(concurrency: number, queue = queueOf()) {
  const running = new Map<string, () => void>();
  const started: string[] = [];
  let most = 0;
  let handsOn = (): boolean => false;
  const run = async ({ job: { taskId } }: Claim, mayHandOn: () => boolean): Promise<void> => {
    handsOn = mayHandOn;
    started.push(taskId);
    const { promise, resolve } = Promise.withResolvers<void>();
    running.set(taskId, resolve);
    most = Math.max(most, running.size);
    await promise;
    running.delete(taskId);
  };
  const lane = startLane({
    arm: 'test',
    concurrency,
    claim: (count) => queue.claim(count),
    logger: silentLogger,
    run,
    pollMs: POLL_MS,
  });
  const end = (...taskIds: string[]): Promise<void> => {
    for (const taskId of taskIds) running.get(taskId)?.();
    return look();
  };
  return { lane, queue, running, started, end, most: () => most, handsOn: () => handsOn() };
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
    await look();
    expect(queue.claims).toEqual([2]);
    expect(started).toEqual(['a', 'b']);
    await end('a');
    expect(started).toEqual(['a', 'b', 'c']);
    expect(queue.claims).toEqual([2, 1]);
    await end('b', 'c');
    await end('d', 'e');
    expect(started).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(most()).toBe(2);
    await lane.close();
  });

  it('lets a slot be handed on only while all are taken and it is open', async () => {
    const { lane, queue, handsOn, end } = openLane(2, queueOf('a'));
    await look();
    expect(handsOn()).toBe(false);
    queue.waiting.push('b');
    lane.wake();
    await look();
    expect(handsOn()).toBe(true);
    const closed = lane.close();
    expect(handsOn()).toBe(false);
    await end('a', 'b');
    await closed;
  });

  it('looks at once when woken', async () => {
    const { lane, queue, started, end } = openLane(2);
    await look();
    queue.waiting.push('a');
    await look();
    expect(started).toEqual([]);
    lane.wake();
    await look();
    expect(started).toEqual(['a']);
    await end('a');
    await lane.close();
  });

  it('does not lose a wake that comes while it is looking', async () => {
    const queue = queueOf();
    const gate = Promise.withResolvers<void>();
    const slow = {
      ...queue,
      claim: async (count: number) => {
        const claims = await queue.claim(count);
        if (queue.claims.length === 1) await gate.promise;
        return claims;
      },
    };
    const { lane, started, end } = openLane(2, slow);
    await look();
    queue.waiting.push('a');
    lane.wake();
    gate.resolve();
    await look();
    expect(started).toEqual(['a']);
    await end('a');
    await lane.close();
  });

  it('looks without being woken after the poll time, and not while it has no free slot', async () => {
    const { lane, queue, started, end } = openLane(1);
    await look();
    queue.waiting.push('a');
    await vi.advanceTimersByTimeAsync(POLL_MS);
    await look();
    expect(started).toEqual(['a']);
    const looked = queue.claims.length;
    await vi.advanceTimersByTimeAsync(5 * POLL_MS);
    expect(queue.claims).toHaveLength(looked);
    await end('a');
    await lane.close();
  });

  it('goes on when the queue cannot be read, and complains once', async () => {
    const queue = queueOf();
    const logger = createRecordingLogger();
    const started: string[] = [];
    let broken = true;
    const lane = startLane({
      arm: 'test',
      concurrency: 1,
      claim: async (count) => (broken ? Promise.reject(new Error('away')) : queue.claim(count)),
      logger,
      run: async ({ job }) => void started.push(job.taskId),
      pollMs: POLL_MS,
    });
    for (let polls = 0; polls < 5; polls += 1) {
      await look();
      await vi.advanceTimersByTimeAsync(POLL_MS);
    }
    expect(logger.lines).toEqual([
      { level: 'warn', facts: { arm: 'test', error: 'away' }, message: 'the queue cannot be read; trying on' },
    ]);
    broken = false;
    queue.waiting.push('a');
    await vi.advanceTimersByTimeAsync(POLL_MS);
    await look();
    expect(started).toEqual(['a']);
    await lane.close();
  });

  it('claims nothing after it was closed; running jobs go on', async () => {
    const { lane, queue, running, end } = openLane(2, queueOf('a'));
    await look();
    await lane.close();
    const looked = queue.claims.length;
    queue.waiting.push('b');
    lane.wake();
    await look();
    expect(queue.claims).toHaveLength(looked);
    expect([...running.keys()]).toEqual(['a']);
    await end('a');
    expect(queue.claims).toHaveLength(looked);
  });

  it('starts what a claim in flight brings when it is closed: no job is stranded', async () => {
    const brought = Promise.withResolvers<Claim[]>();
    const queue = { ...queueOf(), claim: () => brought.promise };
    const { lane, started, end } = openLane(2, queue);
    await look();
    const closed = lane.close();
    brought.resolve([claimOf('a')]);
    await closed;
    expect(started).toEqual(['a']);
    await end('a');
  });

  it('held back by a limit looks when that lets go, and whenever a run ends', async () => {
    let againMs: number | null = 200;
    const asked: number[] = [];
    const ends: (() => void)[] = [];
    const waiting = queueOf('a', 'b');
    const lane = startLane({
      arm: 'test',
      concurrency: 5,
      claim: async (count) => {
        asked.push(count);
        return asked.length === 1 ? waiting.claim(1) : [];
      },
      againMs: () => againMs,
      logger: silentLogger,
      run: () => new Promise((resolve) => ends.push(resolve)),
      pollMs: POLL_MS,
    });
    await look();
    expect(asked).toEqual([5]);
    await vi.advanceTimersByTimeAsync(200);
    await look();
    expect(asked).toEqual([5, 4]);
    ends[0]?.();
    await look();
    expect(asked).toEqual([5, 4, 5]);
    againMs = null;
    await lane.close();
  });
});
