import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Dispatcher, startDispatcher } from '../../src/app/dispatcher.ts';
import type { Claim, Store } from '../../src/ports/store.ts';
import {
  createHandDrivenArm,
  createHandDrivenQueue,
  createHandDrivenStore,
  createLocalSignals,
  createRecordingLogger,
  createRecordingMetrics,
  freeBudgets,
  type HandDrivenArmOptions,
  jobFor,
  turn,
} from '../../testing/index.ts';

const HEARTBEAT_MS = 3_000;
const NEVER_MS = 2 ** 30;

/** A `finishAndClaim` whose answer is kept back until its gate is opened. */
function gatedFinish(store: Pick<Store, 'finishAndClaim'>) {
  const gate = Promise.withResolvers<void>();
  const finishAndClaim: Store['finishAndClaim'] = async (...outcome) => {
    const finished = await store.finishAndClaim(...outcome);
    await gate.promise;
    return finished;
  };
  return { gate, finishAndClaim };
}

function openDispatcher(options: HandDrivenArmOptions = {}) {
  const store = createHandDrivenStore();
  const queue = createHandDrivenQueue();
  const signals = createLocalSignals();
  const logger = createRecordingLogger();
  const arm = createHandDrivenArm(options);
  const start = (parts: object = {}): Dispatcher =>
    startDispatcher({
      budgets: freeBudgets,
      arms: [arm],
      queue,
      store,
      signals,
      logger,
      metrics: createRecordingMetrics(),
      node: { id: 1, pid: 2 },
      heartbeatMs: HEARTBEAT_MS,
      pollMs: NEVER_MS,
      ...parts,
    });
  const submit = (different: object = {}): string => {
    const { id } = store.add(different);
    store.waiting.push(jobFor(id));
    signals.publish([{ topic: 'jobs', key: 'test' }]);
    return id;
  };
  return { store, queue, signals, logger, arm, start, submit };
}

/** As long as it takes for a lane to see that it was woken, and to look. */
async function look(): Promise<void> {
  for (let turns = 0; turns < 3; turns += 1) await turn();
}

describe('the dispatcher', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
  });
  afterEach(() => {
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  it('takes a job as soon as it is signalled, and writes what the arm answers', async () => {
    const { store, arm, start, submit } = openDispatcher();
    const dispatcher = start();
    const id = submit();
    await look();
    expect(dispatcher.running).toBe(1);
    arm.runs[0]?.finish({ result: 'sorted' });
    await look();
    expect(dispatcher.running).toBe(0);
    expect(store.finished).toMatchObject([{ attempt: { taskId: id }, write: { kind: 'complete', result: 'sorted' } }]);
    await dispatcher.stop(0);
  });

  it('tells of a task that its claim ended, and runs nothing', async () => {
    const { store, signals, arm, start } = openDispatcher();
    const metrics = createRecordingMetrics();
    const claims: Claim[] = [
      { kind: 'nothing', job: jobFor('poisoned'), ended: 'failed' },
      { kind: 'nothing', job: jobFor('stray'), ended: null },
    ];
    const dispatcher = start({ metrics, store: { ...store, claim: async () => claims.splice(0) } });
    await look();
    expect(arm.runs).toEqual([]);
    expect(metrics.lines).toEqual(['reached failed']);
    expect(signals.published).toEqual([{ topic: 'task', key: 'poisoned' }]);
    await dispatcher.stop(0);
  });

  it('never runs more at once than the arm takes', async () => {
    const { store, arm, start, submit } = openDispatcher({ concurrency: 2 });
    const dispatcher = start();
    for (let task = 0; task < 7; task += 1) submit();
    for (let task = 0; task < 7; task += 1) {
      await look();
      arm.runs[task]?.finish({ result: task });
    }
    await look();
    expect(arm.most).toBe(2);
    expect(store.finished).toHaveLength(7);
    await dispatcher.stop(0);
  });

  it('goes on in a slot with what was claimed with the outcome, without a look at the queue', async () => {
    const { store, arm, start, submit } = openDispatcher({ concurrency: 1 });
    const dispatcher = start();
    const ids = [submit(), submit(), submit()];
    await look();
    for (const id of ids) {
      expect(arm.runs.at(-1)?.work.task.id).toBe(id);
      arm.runs.at(-1)?.finish({ result: id });
      await look();
    }
    expect(arm.most).toBe(1);
    expect(store.finished).toHaveLength(3);
    expect(store.claims).toEqual([1, 1]);
    await dispatcher.stop(0);
  });

  it('claims with an outcome only while no slot is free and the arm can work', async () => {
    let stuck = false;
    const { store, arm, start, submit } = openDispatcher({ concurrency: 1 });
    const hasClaimed: boolean[] = [];
    const finish: typeof store.finish = (...outcome) => {
      hasClaimed.push(false);
      return store.finish(...outcome);
    };
    const finishAndClaim: typeof store.finishAndClaim = (...outcome) => {
      hasClaimed.push(true);
      return store.finishAndClaim(...outcome);
    };
    const dispatcher = start({
      arms: [{ ...arm, isStuck: () => stuck }],
      store: { ...store, finish, finishAndClaim },
    });
    for (const nowStuck of [false, true]) {
      submit();
      await look();
      stuck = nowStuck;
      arm.runs.at(-1)?.finish({ result: null });
      await look();
    }
    expect(hasClaimed).toEqual([true, false]);
    await dispatcher.stop(0);
  });

  it('brings a signalled cancel also to what is being claimed with an outcome', async () => {
    const { store, signals, arm, start, submit } = openDispatcher({ concurrency: 1, obeys: false });
    const { gate, finishAndClaim } = gatedFinish(store);
    const dispatcher = start({ store: { ...store, finishAndClaim } });
    submit();
    const next = submit();
    await look();
    arm.runs[0]?.finish({ result: null });
    await look();
    signals.publish([{ topic: 'cancel', key: next }]);
    gate.resolve();
    await look();
    expect(arm.runs[1]?.work.signal.aborted).toBe(true);
    arm.runs[1]?.fail(new Error('interrupted'));
    await look();
    expect(store.finished[1]).toMatchObject({ attempt: { taskId: next }, write: { kind: 'cancel' } });
    await dispatcher.stop(0);
  });

  it('touches the job of each running attempt at every heartbeat', async () => {
    const { queue, arm, start, submit } = openDispatcher();
    const dispatcher = start();
    const ids = [submit(), submit()];
    await vi.advanceTimersByTimeAsync(2 * HEARTBEAT_MS);
    expect(queue.touches).toEqual([ids.map((id) => `job of ${id}`), ids.map((id) => `job of ${id}`)]);
    for (const run of arm.runs) run.finish({ result: null });
    await vi.advanceTimersByTimeAsync(HEARTBEAT_MS);
    expect(queue.touches).toHaveLength(2);
    await dispatcher.stop(0);
  });

  it('stops an attempt whose job is no longer held, and lets it write nothing', async () => {
    const { store, queue, arm, start, submit } = openDispatcher();
    const dispatcher = start();
    const lost = submit();
    const kept = submit();
    await look();
    queue.lost.add(`job of ${lost}`);
    await vi.advanceTimersByTimeAsync(HEARTBEAT_MS);
    expect(arm.runs.map(({ work }) => [work.task.id, work.signal.aborted])).toEqual([
      [lost, true],
      [kept, false],
    ]);
    expect(store.finished).toEqual([]);
    arm.runs[1]?.finish({ result: null });
    await look();
    expect(store.finished).toMatchObject([{ attempt: { taskId: kept } }]);
    await dispatcher.stop(0);
  });

  it('stops the attempt that lost its job when the same job comes again to this node', async () => {
    const { store, signals, arm, start, submit } = openDispatcher({ obeys: false });
    const dispatcher = start();
    const id = submit();
    await look();
    store.waiting.push(jobFor(id, { delivery: 1 }));
    signals.publish([{ topic: 'jobs', key: 'test' }]);
    await look();
    const [stale, current] = arm.runs;
    expect(stale?.work.signal.aborted).toBe(true);
    expect(current?.work.signal.aborted).toBe(false);
    // Both are waited for, and only the second is what a cancel or a heartbeat concerns.
    expect(dispatcher.running).toBe(2);
    stale?.finish({ result: 'too late' });
    await look();
    expect(store.finished).toEqual([]);
    signals.publish([{ topic: 'cancel', key: id }]);
    expect(current?.work.signal.aborted).toBe(true);
    current?.fail(new Error('interrupted'));
    await look();
    expect(store.finished).toMatchObject([{ attempt: { attempt: 2 }, write: { kind: 'cancel' } }]);
    await dispatcher.stop(0);
  });

  it('brings a signalled cancel to the running attempt at once', async () => {
    const { store, signals, start, submit } = openDispatcher();
    const dispatcher = start();
    const id = submit();
    await look();
    signals.publish([{ topic: 'cancel', key: id }]);
    await look();
    expect(store.finished).toMatchObject([{ attempt: { taskId: id }, write: { kind: 'cancel' } }]);
    await dispatcher.stop(0);
  });

  it('brings a signalled cancel also to an attempt whose claim is not back yet, and to no later one', async () => {
    const { store, signals, arm, start, submit } = openDispatcher({ obeys: false });
    const gate = Promise.withResolvers<void>();
    const claim: typeof store.claim = async (...asked) => {
      const claims = await store.claim(...asked);
      if (claims.length > 0) await gate.promise;
      return claims;
    };
    const dispatcher = start({ store: { ...store, claim } });
    const id = submit();
    await look();
    signals.publish([{ topic: 'cancel', key: id }]);
    gate.resolve();
    await look();
    expect(arm.runs.map(({ work }) => work.signal.aborted)).toEqual([true]);
    arm.runs[0]?.fail(new Error('interrupted'));
    await look();
    expect(store.finished).toMatchObject([{ attempt: { taskId: id }, write: { kind: 'cancel' } }]);
    store.add({ id });
    store.waiting.push(jobFor(id));
    signals.publish([{ topic: 'jobs', key: 'test' }]);
    await look();
    expect(arm.runs[1]?.work.signal.aborted).toBe(false);
    arm.runs[1]?.finish({ result: null });
    await dispatcher.stop(1);
  });

  it('brings a cancel to no attempt that was claimed after it, however busy the node is with other claims', async () => {
    const { store, signals, arm, start, submit } = openDispatcher();
    const gate = Promise.withResolvers<void>();
    const claim: typeof store.claim = async (name, ...asked) => {
      if (name === 'other') await gate.promise;
      return store.claim(name, ...asked);
    };
    const dispatcher = start({ arms: [arm, { ...arm, name: 'other' }], store: { ...store, claim } });
    const id = submit();
    await look();
    signals.publish([{ topic: 'cancel', key: id }]);
    await look();
    // Its tree is tried again.
    store.waiting.push(jobFor(id, { delivery: 1 }));
    signals.publish([{ topic: 'jobs', key: 'test' }]);
    await look();
    expect(arm.runs.map(({ work }) => work.signal.aborted)).toEqual([true, false]);
    arm.runs[1]?.finish({ result: 'done' });
    gate.resolve();
    await look();
    expect(store.finished.map(({ write }) => write.kind)).toEqual(['cancel', 'complete']);
    await dispatcher.stop(0);
  });

  it('brings a cancel whose signal was lost at the next heartbeat', async () => {
    const { store, start, submit } = openDispatcher();
    const dispatcher = start();
    const id = submit();
    await look();
    store.cancelsAsked.add(id);
    await vi.advanceTimersByTimeAsync(HEARTBEAT_MS);
    expect(store.finished).toMatchObject([{ attempt: { taskId: id }, write: { kind: 'cancel' } }]);
    await dispatcher.stop(0);
  });

  it('looks at the queue and at the tables as soon as lost signals may be made up for', async () => {
    const { store, signals, start, submit } = openDispatcher();
    const dispatcher = start();
    const id = submit();
    await look();
    store.cancelsAsked.add(id);
    const missed = store.add();
    store.waiting.push(jobFor(missed.id));
    signals.reconnect();
    await look();
    expect(store.finished).toMatchObject([{ attempt: { taskId: id }, write: { kind: 'cancel' } }]);
    expect(dispatcher.running).toBe(1);
    signals.publish([{ topic: 'cancel', key: missed.id }]);
    await dispatcher.stop(1);
  });

  it('says in the log that a heartbeat was missed, and beats on', async () => {
    const { queue, logger, arm, start, submit } = openDispatcher();
    const touch = vi.fn<typeof queue.touch>(() => Promise.reject(new Error('away')));
    const dispatcher = start({ queue: { ...queue, touch } });
    submit();
    await vi.advanceTimersByTimeAsync(2 * HEARTBEAT_MS);
    expect(touch).toHaveBeenCalledTimes(2);
    expect(logger.lines.map(({ message }) => message)).toEqual(['a heartbeat was missed', 'a heartbeat was missed']);
    expect(arm.runs[0]?.work.signal.aborted).toBe(false);
    arm.runs[0]?.finish({ result: null });
    await dispatcher.stop(1);
  });

  it('waits at a stop for what runs, and fetches nothing more', async () => {
    const { store, signals, arm, start, submit } = openDispatcher();
    const dispatcher = start();
    submit();
    await look();
    const stopped = dispatcher.stop(10_000);
    await look();
    const looked = store.claims.length;
    submit();
    await vi.advanceTimersByTimeAsync(9_999);
    expect(arm.runs[0]?.work.signal.aborted).toBe(false);
    arm.runs[0]?.finish({ result: 'just in time' });
    await stopped;
    expect(store.claims).toHaveLength(looked);
    expect(store.finished).toMatchObject([{ write: { kind: 'complete' } }]);
    expect(signals.listeners).toBe(0);
  });

  it('hands back at the deadline of a stop what still runs, without a failure counted', async () => {
    const { store, start, submit } = openDispatcher();
    const dispatcher = start();
    const id = submit();
    await look();
    const stopped = dispatcher.stop(10_000);
    await vi.advanceTimersByTimeAsync(10_000);
    await stopped;
    expect(store.finished).toMatchObject([{ attempt: { taskId: id }, write: { kind: 'release' } }]);
    expect(dispatcher.running).toBe(0);
  });

  it('hands back also what was still claimed with an outcome when the deadline of a stop has passed', async () => {
    const { store, arm, start, submit } = openDispatcher({ concurrency: 1 });
    const { gate, finishAndClaim } = gatedFinish(store);
    const dispatcher = start({ store: { ...store, finishAndClaim } });
    submit();
    const late = submit();
    await look();
    arm.runs[0]?.finish({ result: null });
    await look();
    const stopped = dispatcher.stop(1_000);
    await vi.advanceTimersByTimeAsync(1_000);
    gate.resolve();
    await stopped;
    expect(store.finished[1]).toMatchObject({ attempt: { taskId: late }, write: { kind: 'release' } });
  });

  it('stops in bounded time even when an arm does not obey', async () => {
    const { start, submit, arm } = openDispatcher({ obeys: false });
    const dispatcher = start();
    submit();
    await look();
    const stopped = dispatcher.stop(10_000);
    await vi.advanceTimersByTimeAsync(15_000);
    await stopped;
    arm.runs[0]?.fail(new Error('at last'));
    await look();
  });

  it('stops in bounded time even when the queue does not answer', async () => {
    const { store, start } = openDispatcher();
    const dispatcher = start({ store: { ...store, claim: () => new Promise(() => undefined) } });
    await look();
    const stopped = dispatcher.stop(10_000);
    await vi.advanceTimersByTimeAsync(15_000);
    await stopped;
  });
});
