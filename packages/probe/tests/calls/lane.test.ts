import { ManualClock } from '@switchyard/core/testing';
import { describe, expect, it } from 'vitest';
import { type CallEnd, Lane, MOST_PAUSE_MS } from '../../src/calls/lane.ts';

type Leave = (end: CallEnd) => boolean;

/** Enters as often as there is room, and says how many were let in. */
async function fill(lane: Lane, count: number): Promise<{ inside: Leave[]; entered: Promise<Leave>[] }> {
  const inside: Leave[] = [];
  const entered = Array.from({ length: count }, () => lane.enter());
  for (const one of entered) void one.then((leave) => inside.push(leave));
  await turn();
  return { inside, entered };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const answered = { kind: 'answered' } as const;

describe('a lane', () => {
  it('is paused for a day at most, whatever is asked for', async () => {
    const lane = new Lane(new ManualClock());
    const leave = await lane.enter();
    leave({ kind: 'limited', pauseMs: 1e300 });
    expect(lane.state().pausedMs).toBe(MOST_PAUSE_MS);
    lane.learn({ window: 8, starting: false, pauseMs: 1e300 });
    expect(lane.state().pausedMs).toBe(MOST_PAUSE_MS);
  });

  it('lets in who comes in the very moment that a pause ends', async () => {
    const clock = new ManualClock();
    // Time goes on between two looks at it, as it does.
    let late = false;
    const lane = new Lane({
      now: () => {
        const now = clock.now();
        if (late) clock.advance(1);
        return now;
      },
      schedule: (ms, callback) => clock.schedule(ms, callback),
    });
    const leave = await lane.enter();
    leave({ kind: 'limited', pauseMs: 100 });
    clock.advance(99);
    late = true;
    // Paused at its first look, over at the second.
    const { inside } = await fill(lane, 2);
    expect(inside).toHaveLength(2);
    expect(lane.state().waiting).toBe(0);
  });

  it('lets in as many as its window has', async () => {
    const lane = new Lane(new ManualClock(), { initialWindow: 3 });
    const { inside } = await fill(lane, 5);
    expect(inside).toHaveLength(3);
    expect(lane.state()).toMatchObject({ open: 3, waiting: 2 });
    inside[0]?.({ kind: 'other' });
    await turn();
    expect(inside).toHaveLength(4);
  });

  it('doubles its window by the round until the first limit, then grows by one a round', async () => {
    const clock = new ManualClock();
    const lane = new Lane(clock, { initialWindow: 2, largestWindow: 100 });
    const first = await fill(lane, 2);
    for (const leave of first.inside) leave(answered);
    // Only the one that left a full lane counts.
    expect(lane.state().window).toBe(3);
    const second = await fill(lane, 3);
    clock.advance(1);
    expect(second.inside[0]?.({ kind: 'limited' })).toBe(true);
    expect(lane.state().window).toBe(1);
    for (const leave of second.inside.slice(1)) leave(answered);
    const [alone] = (await fill(lane, 1)).inside;
    alone?.(answered);
    expect(lane.state().window).toBeGreaterThan(1);
    expect(lane.state().window).toBeLessThanOrEqual(3);
  });

  it('grows only while it is what holds calls back', async () => {
    const lane = new Lane(new ManualClock(), { initialWindow: 10 });
    const { inside } = await fill(lane, 2);
    for (const leave of inside) leave(answered);
    expect(lane.state().window).toBe(10);
  });

  it('is halved once for all calls that were open when the provider limited', async () => {
    const clock = new ManualClock();
    const lane = new Lane(clock, { initialWindow: 16 });
    const { inside } = await fill(lane, 16);
    clock.advance(10);
    expect(inside.map((leave) => leave({ kind: 'limited' })).filter(Boolean)).toHaveLength(1);
    expect(lane.state().window).toBe(8);
    clock.advance(10);
    const later = await fill(lane, 1);
    clock.advance(10);
    later.inside[0]?.({ kind: 'limited' });
    expect(lane.state().window).toBe(4);
  });

  it('never falls below one call', async () => {
    const clock = new ManualClock();
    const lane = new Lane(clock, { initialWindow: 2 });
    for (let round = 0; round < 5; round += 1) {
      clock.advance(1);
      const { inside } = await fill(lane, 1);
      clock.advance(1);
      inside[0]?.({ kind: 'limited' });
    }
    expect(lane.state().window).toBe(1);
  });

  it('starts no call while a pause lasts, and those that waited once it is over', async () => {
    const clock = new ManualClock();
    const lane = new Lane(clock, { initialWindow: 4 });
    const [first] = (await fill(lane, 1)).inside;
    first?.({ kind: 'answered', pauseMs: 1_000 });
    const { inside } = await fill(lane, 2);
    expect(inside).toHaveLength(0);
    expect(lane.state().pausedMs).toBe(1_000);
    clock.advance(999);
    await turn();
    expect(inside).toHaveLength(0);
    clock.advance(1);
    await turn();
    expect(inside).toHaveLength(2);
  });

  it('keeps no timer for a pause that nobody waits for', async () => {
    const clock = new ManualClock();
    const lane = new Lane(clock);
    const [first] = (await fill(lane, 1)).inside;
    first?.({ kind: 'limited', pauseMs: 60_000 });
    expect(clock.pending).toBe(0);
    const stop = new AbortController();
    const waiting = lane.enter(stop.signal);
    expect(clock.pending).toBe(1);
    stop.abort(new Error('cancelled'));
    await expect(waiting).rejects.toThrow('cancelled');
    expect(clock.pending).toBe(0);
    expect(lane.state()).toMatchObject({ open: 0, waiting: 0 });
  });

  it('serves in order and forgets those that were aborted', async () => {
    const lane = new Lane(new ManualClock(), { initialWindow: 1 });
    const leave = await lane.enter();
    const order: string[] = [];
    const stop = new AbortController();
    const gone = lane.enter(stop.signal);
    const a = lane.enter().then((next) => (order.push('a'), next));
    const b = lane.enter().then((next) => (order.push('b'), next));
    stop.abort(new Error('gone'));
    await expect(gone).rejects.toThrow('gone');
    leave(answered);
    (await a)(answered);
    (await b)(answered);
    expect(order).toEqual(['a', 'b']);
  });

  it('counts an end once', async () => {
    const lane = new Lane(new ManualClock());
    const leave = await lane.enter();
    leave(answered);
    leave(answered);
    expect(lane.state().open).toBe(0);
  });

  it('takes over what others have learnt', async () => {
    const clock = new ManualClock();
    const lane = new Lane(clock, { initialWindow: 8 });
    lane.learn({ window: 0, starting: true, pauseMs: 0 });
    const { inside } = await fill(lane, 2);
    expect(inside).toHaveLength(0);
    lane.learn({ window: 1.5, starting: false, pauseMs: 0 });
    await turn();
    expect(inside).toHaveLength(1);
    inside[0]?.(answered);
    // Past the first limit, though another node met it: one more a round, not twice as many.
    expect(lane.state().window).toBeCloseTo(1.5 + 1 / 1.5);
  });
});
