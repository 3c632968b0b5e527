import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ArmUnresponsive, boundStops } from '../../src/app/bound-stops.ts';
import { AttemptStopped } from '../../src/app/stop-reason.ts';
import type { StopCause } from '../../src/domain/attempt-outcome.ts';
import type { Work } from '../../src/ports/arm.ts';
import { createFreeMeter, createHandDrivenArm, createRecordingLogger, makeTask } from '../../testing/index.ts';

function open(obeys = false) {
  const inner = createHandDrivenArm({ obeys, concurrency: 2 });
  const logger = createRecordingLogger();
  const arm = boundStops(inner, { logger, graceMs: 30_000, shutdownGraceMs: 3_000 });
  const begin = () => {
    const controller = new AbortController();
    const work: Work = {
      task: makeTask(),
      attempt: 1,
      deadline: new Date(0),
      signal: controller.signal,
      meter: createFreeMeter(),
      keep: () => undefined,
      progress: () => undefined,
    };
    const outcome = arm.run(work).then(
      ({ result }) => result,
      (error: unknown) => error,
    );
    return { outcome, stop: (cause: StopCause) => controller.abort(new AttemptStopped(cause)) };
  };
  return { inner, arm, logger, begin };
}

describe('an arm with bounded stops', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  });
  afterEach(() => {
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  it('that obeys is as it was', async () => {
    const { inner, begin, arm } = open(true);
    const done = begin();
    inner.runs[0]?.finish({ result: 7 });
    expect(await done.outcome).toBe(7);
    const stopped = begin();
    stopped.stop('cancel');
    expect(await stopped.outcome).toBeInstanceOf(AttemptStopped);
    expect(arm.problem()).toBeNull();
  });

  it('may still answer within its grace', async () => {
    const { inner, begin } = open();
    const { outcome, stop } = begin();
    stop('deadline');
    await vi.advanceTimersByTimeAsync(29_999);
    inner.runs[0]?.finish({ result: 'in time' });
    expect(await outcome).toBe('in time');
  });

  it.each([
    ['cancel', 30_000],
    ['deadline', 30_000],
    ['lease-lost', 30_000],
    ['shutdown', 3_000],
  ] as const)('is given up some time after a %s', async (cause, ms) => {
    const { inner, begin, logger } = open();
    const { outcome, stop } = begin();
    stop(cause);
    await vi.advanceTimersByTimeAsync(ms);
    const error = await outcome;
    expect(error).toBeInstanceOf(ArmUnresponsive);
    expect(error).toMatchObject({ code: 'arm_unresponsive', kind: 'terminal' });
    expect(logger.lines).toMatchObject([{ level: 'error', facts: { arm: 'test', leftBehind: 1 } }]);
    inner.runs[0]?.finish({ result: 'too late' });
  });

  it('gets no further work while as many runs as it has slots are left behind, and says so', async () => {
    const { inner, begin, arm } = open();
    for (const { outcome, stop } of [begin(), begin()]) {
      expect(arm.isStuck?.()).toBe(false);
      stop('cancel');
      await vi.advanceTimersByTimeAsync(30_000);
      await outcome;
    }
    expect(arm.isStuck?.()).toBe(true);
    expect(arm.problem()).toMatch(/^2 of its runs ignore.*restart this node/);
    inner.runs[0]?.fail(new Error('ended at last'));
    await vi.advanceTimersByTimeAsync(0);
    expect([arm.isStuck?.(), arm.problem()]).toEqual([false, null]);
  });
});
