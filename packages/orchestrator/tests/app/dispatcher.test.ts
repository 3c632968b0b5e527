import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Dispatcher, startDispatcher } from '../../src/app/dispatcher.ts';
import {
  createHandDrivenArm,
  createHandDrivenQueue,
  createHandDrivenStore,
  createLocalSignals,
  createRecordingLogger,
  createRecordingMetrics,
  type HandDrivenArmOptions,
  jobFor,
  turn,
} from '../../testing/index.ts';

const HEARTBEAT_MS = 3_000;
const NEVER_MS = 2 ** 30;

function openDispatcher(options: HandDrivenArmOptions = {}) {
  const store = createHandDrivenStore();
  const queue = createHandDrivenQueue();
  const signals = createLocalSignals();
  const logger = createRecordingLogger();
  const arm = createHandDrivenArm(options);
  const start = (parts: object = {}): Dispatcher =>
    startDispatcher({
      arms: [arm],
      queue: { ...queue, ...forTransactions },
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
    queue.waiting.push(jobFor(id));
    signals.publish([{ topic: 'jobs', key: 'test' }]);
    return id;
  };
  return { store, queue, signals, logger, arm, start, submit };
}

/** What only the store calls. */
const forTransactions = {
  enqueue: () => Promise.reject(new Error('not in this test')),
  hold: () => Promise.reject(new Error('not in this test')),
  complete: () => Promise.reject(new Error('not in this test')),
};

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
    await turn();
    expect(dispatcher.running).toBe(1);
    arm.runs[0]?.finish({ result: 'sorted' });
    await turn();
    expect(dispatcher.running).toBe(0);
    expect(store.finished).toMatchObject([{ attempt: { taskId: id }, write: { kind: 'complete', result: 'sorted' } }]);
    await dispatcher.stop(0);
  });

  it('never runs more at once than the arm takes', async () => {
    const { store, arm, start, submit } = openDispatcher({ concurrency: 2 });
    const dispatcher = start();
    for (let task = 0; task < 7; task += 1) submit();
    for (let task = 0; task < 7; task += 1) {
      await turn();
      arm.runs[task]?.finish({ result: task });
    }
    await turn();
    expect(arm.most).toBe(2);
    expect(store.finished).toHaveLength(7);
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
    await turn();
    queue.lost.add(`job of ${lost}`);
    await vi.advanceTimersByTimeAsync(HEARTBEAT_MS);
    expect(arm.runs.map(({ work }) => [work.task.id, work.signal.aborted])).toEqual([
      [lost, true],
      [kept, false],
    ]);
    expect(store.finished).toEqual([]);
    arm.runs[1]?.finish({ result: null });
    await turn();
    expect(store.finished).toMatchObject([{ attempt: { taskId: kept } }]);
    await dispatcher.stop(0);
  });

  it('stops the attempt that lost its job when the same job comes again to this node', async () => {
    const { store, queue, signals, arm, start, submit } = openDispatcher({ obeys: false });
    const dispatcher = start();
    const id = submit();
    await turn();
    queue.waiting.push(jobFor(id, { delivery: 1 }));
    signals.publish([{ topic: 'jobs', key: 'test' }]);
    await turn();
    const [stale, current] = arm.runs;
    expect(stale?.work.signal.aborted).toBe(true);
    expect(current?.work.signal.aborted).toBe(false);
    // Both are waited for, and only the second is what a cancel or a heartbeat concerns.
    expect(dispatcher.running).toBe(2);
    stale?.finish({ result: 'too late' });
    await turn();
    expect(store.finished).toEqual([]);
    signals.publish([{ topic: 'cancel', key: id }]);
    expect(current?.work.signal.aborted).toBe(true);
    current?.fail(new Error('interrupted'));
    await turn();
    expect(store.finished).toMatchObject([{ attempt: { attempt: 2 }, write: { kind: 'cancel' } }]);
    await dispatcher.stop(0);
  });

  it('brings a signalled cancel to the running attempt at once', async () => {
    const { store, signals, start, submit } = openDispatcher();
    const dispatcher = start();
    const id = submit();
    await turn();
    signals.publish([{ topic: 'cancel', key: id }]);
    await turn();
    expect(store.finished).toMatchObject([{ attempt: { taskId: id }, write: { kind: 'cancel' } }]);
    await dispatcher.stop(0);
  });

  it('brings a cancel whose signal was lost at the next heartbeat', async () => {
    const { store, start, submit } = openDispatcher();
    const dispatcher = start();
    const id = submit();
    await turn();
    store.cancelsAsked.add(id);
    await vi.advanceTimersByTimeAsync(HEARTBEAT_MS);
    expect(store.finished).toMatchObject([{ attempt: { taskId: id }, write: { kind: 'cancel' } }]);
    await dispatcher.stop(0);
  });

  it('looks at the queue and at the tables as soon as lost signals may be made up for', async () => {
    const { store, queue, signals, start, submit } = openDispatcher();
    const dispatcher = start();
    const id = submit();
    await turn();
    store.cancelsAsked.add(id);
    const missed = store.add();
    queue.waiting.push(jobFor(missed.id));
    signals.reconnect();
    await turn();
    expect(store.finished).toMatchObject([{ attempt: { taskId: id }, write: { kind: 'cancel' } }]);
    expect(dispatcher.running).toBe(1);
    signals.publish([{ topic: 'cancel', key: missed.id }]);
    await dispatcher.stop(1);
  });

  it('says in the log that a heartbeat was missed, and beats on', async () => {
    const { queue, logger, arm, start, submit } = openDispatcher();
    const touch = vi.fn<typeof queue.touch>(() => Promise.reject(new Error('away')));
    const dispatcher = start({ queue: { ...queue, ...forTransactions, touch } });
    submit();
    await vi.advanceTimersByTimeAsync(2 * HEARTBEAT_MS);
    expect(touch).toHaveBeenCalledTimes(2);
    expect(logger.lines.map(({ message }) => message)).toEqual(['a heartbeat was missed', 'a heartbeat was missed']);
    expect(arm.runs[0]?.work.signal.aborted).toBe(false);
    arm.runs[0]?.finish({ result: null });
    await dispatcher.stop(1);
  });

  it('waits at a stop for what runs, and fetches nothing more', async () => {
    const { store, queue, signals, arm, start, submit } = openDispatcher();
    const dispatcher = start();
    submit();
    await turn();
    const stopped = dispatcher.stop(10_000);
    await turn();
    const looked = queue.fetches.length;
    submit();
    await vi.advanceTimersByTimeAsync(9_999);
    expect(arm.runs[0]?.work.signal.aborted).toBe(false);
    arm.runs[0]?.finish({ result: 'just in time' });
    await stopped;
    expect(queue.fetches).toHaveLength(looked);
    expect(store.finished).toMatchObject([{ write: { kind: 'complete' } }]);
    expect(signals.listeners).toBe(0);
  });

  it('hands back at the deadline of a stop what still runs, without a failure counted', async () => {
    const { store, start, submit } = openDispatcher();
    const dispatcher = start();
    const id = submit();
    await turn();
    const stopped = dispatcher.stop(10_000);
    await vi.advanceTimersByTimeAsync(10_000);
    await stopped;
    expect(store.finished).toMatchObject([{ attempt: { taskId: id }, write: { kind: 'release' } }]);
    expect(dispatcher.running).toBe(0);
  });

  it('stops in bounded time even when an arm does not obey', async () => {
    const { start, submit, arm } = openDispatcher({ obeys: false });
    const dispatcher = start();
    submit();
    await turn();
    const stopped = dispatcher.stop(10_000);
    await vi.advanceTimersByTimeAsync(15_000);
    await stopped;
    arm.runs[0]?.fail(new Error('at last'));
    await turn();
  });

  it('stops in bounded time even when the queue does not answer', async () => {
    const { queue, start } = openDispatcher();
    const dispatcher = start({ queue: { ...queue, ...forTransactions, fetch: () => new Promise(() => undefined) } });
    const stopped = dispatcher.stop(10_000);
    await vi.advanceTimersByTimeAsync(15_000);
    await stopped;
  });
});
