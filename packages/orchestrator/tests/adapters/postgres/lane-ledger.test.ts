import type { LaneReport } from '@switchyard/probe';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../../src/adapters/postgres/database.ts';
import { createLaneLedger } from '../../../src/adapters/postgres/lane-ledger.ts';
import { testDatabase } from '../../../testing/index.ts';

const own = testDatabase();
let database: Database;
beforeAll(() => {
  database = openDatabase({ url: own.databaseUrl, applicationName: 'switchyard test' });
});
afterAll(() => database.close());

let lanes = 0;
function scene() {
  lanes += 1;
  const lane = `openai:${lanes}`;
  const report = (node: number, more: Partial<LaneReport> = {}) =>
    createLaneLedger(database, node).report({ lane, wanted: 10, gained: 0, limitedMs: null, pauseMs: 0, ...more });
  return { lane, report };
}

describe('the ledger of lanes', () => {
  it('gives a node that is alone the whole window, and lets it grow', async () => {
    const { report } = scene();
    expect(await report(1)).toEqual({ window: 16, starting: true, pauseMs: 0 });
    expect(await report(1, { gained: 2.5 })).toEqual({ window: 18.5, starting: true, pauseMs: 0 });
    expect((await report(1, { gained: 10_000 })).window).toBe(256);
  });

  it('divides it among nodes by what they want', async () => {
    const { report } = scene();
    await report(1, { wanted: 2 });
    expect((await report(2, { wanted: 30 })).window).toBe(14);
    expect((await report(1, { wanted: 30 })).window).toBe(8);
    expect((await report(2, { wanted: 0 })).window).toBe(0);
  });

  it('is halved for all by a limit that one has met, once for the calls that were open', async () => {
    const { report } = scene();
    await report(1);
    await report(2);
    expect((await report(1, { limitedMs: 5, pauseMs: 0 })).starting).toBe(false);
    // Its call began before the window was lowered: the same limit.
    await report(2, { limitedMs: 60_000 });
    const [one, two] = [await report(1), await report(2)];
    expect(one.window + two.window).toBe(8);
    expect(two.starting).toBe(false);
  });

  it('begins lowered where the first call of all is limited', async () => {
    const { report } = scene();
    expect(await report(1, { limitedMs: 5 })).toMatchObject({ window: 8, starting: false });
  });

  it('keeps the longest pause that any was given', async () => {
    const { report } = scene();
    await report(1, { pauseMs: 60_000 });
    await report(2, { pauseMs: 1_000 });
    const { pauseMs } = await report(3);
    expect(pauseMs).toBeGreaterThan(50_000);
    expect(pauseMs).toBeLessThanOrEqual(60_000);
  });

  it('forgets nodes that are silent, and lanes that nobody has used for long', async () => {
    const { lane, report } = scene();
    await report(1, { limitedMs: 5 });
    await report(2);
    await database.query(
      `UPDATE switchyard.provider_lane_nodes SET seen_at = now() - interval '1 hour' WHERE lane = $1 AND node_id = 2`,
      [lane],
    );
    expect((await report(1)).window).toBe(8);
    await database.query(
      `UPDATE switchyard.provider_lanes SET updated_at = now() - interval '1 hour' WHERE lane = $1`,
      [lane],
    );
    expect(await report(1)).toMatchObject({ window: 16, starting: true });
    const { rows } = await database.query('SELECT 1 FROM switchyard.provider_lane_nodes WHERE lane = $1', [lane]);
    expect(rows).toHaveLength(1);
  });

  it('adds up what nodes report at the same time', async () => {
    const { report } = scene();
    await report(1);
    await Promise.all(Array.from({ length: 8 }, (_, node) => report(node + 1, { gained: 1 })));
    const parts = await Promise.all(Array.from({ length: 8 }, (_, node) => report(node + 1)));
    expect(parts.reduce((sum, { window }) => sum + window, 0)).toBe(24);
  });
});
