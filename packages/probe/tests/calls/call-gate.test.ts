import { ManualClock } from '@switchyard/core/testing';
import { describe, expect, it } from 'vitest';
import { createCallGate, type LaneGrant, type LaneReport } from '../../src/index.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function scene(grant: LaneGrant = { window: 4, starting: true, pauseMs: 0 }) {
  const clock = new ManualClock();
  const reports: LaneReport[] = [];
  const world = { grant, fails: false };
  const errors: unknown[] = [];
  const gate = createCallGate({
    clock,
    ledger: {
      report: async (report) => {
        reports.push(report);
        await turn();
        if (world.fails) throw new Error('the database is away');
        return world.grant;
      },
    },
    onLedgerError: (error) => errors.push(error),
  });
  return { clock, reports, world, errors, gate, lane: gate.lane('openai:abc') };
}

describe('a gate without a ledger', () => {
  it('has one lane for each key', async () => {
    const gate = createCallGate({ initialWindow: 1 });
    expect(gate.lane('a')).toBe(gate.lane('a'));
    const leave = await gate.lane('a').enter();
    await gate.lane('b').enter();
    expect(gate.lane('a').state().open).toBe(1);
    leave({ kind: 'answered' });
    await gate.close();
  });
});

describe('a gate with a ledger', () => {
  it('asks before the first call of a lane, and keeps to its part', async () => {
    const { lane, reports, gate } = scene({ window: 2, starting: false, pauseMs: 0 });
    const inside = [await lane.enter(), await lane.enter()];
    expect(reports[0]).toEqual({ lane: 'openai:abc', wanted: 1, gained: 0, limitedMs: null, pauseMs: 0 });
    void lane.enter();
    await turn();
    expect(lane.state()).toMatchObject({ open: 2, waiting: 1, window: 2 });
    inside[0]?.({ kind: 'answered' });
    await gate.close();
  });

  it('obeys a pause that another node was given', async () => {
    const { lane, clock, gate } = scene({ window: 2, starting: false, pauseMs: 5_000 });
    let entered = false;
    void lane.enter().then(() => {
      entered = true;
    });
    await turn();
    await turn();
    expect(entered).toBe(false);
    clock.advance(5_000);
    await turn();
    expect(entered).toBe(true);
    await gate.close();
  });

  it('tells at once when it is limited, and how much it has grown at the next report', async () => {
    const { lane, clock, reports, gate } = scene({ window: 1, starting: true, pauseMs: 0 });
    (await lane.enter())({ kind: 'answered' });
    clock.advance(250);
    await turn();
    expect(reports.at(-1)).toMatchObject({ gained: 1, limitedMs: null });
    await turn();
    const leave = await lane.enter();
    clock.advance(7);
    leave({ kind: 'limited', pauseMs: 900 });
    await turn();
    expect(reports.at(-1)).toMatchObject({ gained: 0, limitedMs: 7, pauseMs: 900 });
    await gate.close();
  });

  it('reports while the lane is in use, and is silent afterwards', async () => {
    const { lane, clock, reports, gate } = scene();
    const leave = await lane.enter();
    for (let beat = 0; beat < 3; beat += 1) {
      clock.advance(250);
      await turn();
      await turn();
    }
    expect(reports.map(({ wanted }) => wanted)).toEqual([1, 1, 1, 1]);
    leave({ kind: 'answered' });
    clock.advance(250);
    await turn();
    await turn();
    expect(reports.at(-1)?.wanted).toBe(0);
    expect(clock.pending).toBe(0);
    await gate.close();
  });

  it('goes on with what it knows while the ledger fails, and says so', async () => {
    const { lane, world, errors, gate } = scene();
    world.fails = true;
    (await lane.enter())({ kind: 'answered' });
    expect(errors).toHaveLength(1);
    await gate.close();
  });

  it('lets a call be aborted while the ledger does not answer', async () => {
    const gate = createCallGate({ clock: new ManualClock(), ledger: { report: () => new Promise(() => undefined) } });
    const stop = new AbortController();
    const entering = gate.lane('a').enter(stop.signal);
    stop.abort(new Error('cancelled'));
    await expect(entering).rejects.toThrow('cancelled');
  });

  it('closing says that nothing is needed any more', async () => {
    const { lane, reports, gate } = scene();
    (await lane.enter())({ kind: 'answered' });
    await gate.close();
    expect(reports.at(-1)).toMatchObject({ wanted: 0 });
  });
});
