import { describe, expect, it } from 'vitest';
import { type Pass, SendGate } from '../../../src/transport/delivery/send-gate.ts';
import { ManualClock } from '../../../testing/index.ts';

function openGate(): { gate: SendGate; clock: ManualClock; pass: () => Promise<Pass> } {
  const clock = new ManualClock();
  const gate = new SendGate({ clock, delayMs: (failures) => 100 * 2 ** failures });
  const pass = async (): Promise<Pass> => {
    const entered = await gate.enter();
    if (entered === null) throw new Error('the gate has ended');
    return entered;
  };
  return { gate, clock, pass };
}

/** Settles the promises that can settle. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('SendGate', () => {
  it('closes for all at a failure, and lets one through after the pause (1, 2)', async () => {
    const { gate, clock, pass } = openGate();
    expect(gate.failed(await pass())).toBe(true);
    const entered: Pass[] = [];
    for (let user = 0; user < 3; user += 1) void pass().then((admitted) => entered.push(admitted));
    clock.advance(99);
    await turn();
    expect(entered).toEqual([]);
    clock.advance(1);
    await turn();
    expect(entered).toMatchObject([{ probe: true }]);
    gate.succeeded();
    await turn();
    expect(entered).toMatchObject([{ probe: true }, { probe: false }, { probe: false }]);
    expect(gate.state).toBe('open');
  });

  it('pauses longer each time that a probe fails, and at least as long as the collector asks (1, 2)', async () => {
    const { gate, clock, pass } = openGate();
    gate.failed(await pass());
    clock.advance(100);
    gate.failed(await pass());
    clock.advance(199);
    expect(gate.state).toBe('paused');
    clock.advance(1);
    gate.failed(await pass(), 10_000);
    clock.advance(9_999);
    let isIn = false;
    const probe = pass().then(() => (isIn = true));
    await turn();
    expect(isIn).toBe(false);
    clock.advance(1);
    await probe;
    expect(gate.pauses).toBe(3);
  });

  it('a failure from before the pause does not lengthen it; a success ends it (3)', async () => {
    const { gate, clock, pass } = openGate();
    const [first, second] = [await pass(), await pass()];
    expect(gate.failed(first)).toBe(true);
    expect(gate.failed(second, 1_000_000)).toBe(false);
    clock.advance(100);
    const probe = await pass();
    gate.succeeded();
    expect(gate.state).toBe('open');
    expect(gate.failed(probe)).toBe(false);
    expect(clock.pending).toBe(0);
  });

  it('a probe that was not used is handed to the next', async () => {
    const { gate, clock, pass } = openGate();
    gate.failed(await pass());
    clock.advance(100);
    const probe = await pass();
    const next = pass();
    gate.leave(probe);
    expect(await next).toMatchObject({ probe: true });
  });

  it('lets nobody through once refused or ended, and holds no timer (4)', async () => {
    const { gate, clock, pass } = openGate();
    gate.failed(await pass());
    const waiting = gate.enter();
    expect(gate.refuse()).toBe(true);
    expect(gate.refuse()).toBe(false);
    gate.end();
    gate.succeeded();
    expect(await waiting).toBeNull();
    expect(await gate.enter()).toBeNull();
    expect(gate.state).toBe('refused');
    expect(clock.pending).toBe(0);
  });

  it('in a hurry ends the pause, and says when the next one is hopeless', async () => {
    const { gate, clock, pass } = openGate();
    let hopeless = 0;
    gate.failed(await pass());
    gate.hurry(clock.now() + 150, () => (hopeless += 1));
    gate.failed(await pass());
    expect(hopeless).toBe(1);
  });
});
