/** A process that hands in a tick is killed by SIGKILL at every boundary of the way; what is checked is read from the tables. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { testDatabase } from '../../testing/index.ts';
import { eventually } from '../eventually.ts';
import { openWorld, type World } from './world.ts';

const TIMEOUT_MS = 120_000;
const DUE = '2026-03-02T03:00:00Z';
const own = testDatabase();
let world: World;
afterEach(async () => {
  await world.database.query('TRUNCATE switchyard.schedules, switchyard.tasks CASCADE');
  await world[Symbol.asyncDispose]();
});

/** @returns how it ended */
async function runScheduler(dieAt: string, now: string): Promise<number | NodeJS.Signals | null> {
  const child = spawn(process.execPath, [join(import.meta.dirname, '..', 'fixtures', 'crash-scheduler.ts')], {
    env: { PATH: process.env['PATH'], DATABASE_URL: own.databaseUrl, DIE_AT: dieAt, NOW: now },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  await once(child, 'exit');
  return child.signalCode ?? child.exitCode;
}

/** A commit that was under way when its process died is carried out or not by now. */
async function untilSessionsEnded(): Promise<void> {
  const sessions = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'crash scheduler'`;
  await eventually('the end of its sessions', async () => (await world.database.query(sessions)).rowCount === 0);
}

describe('a process that dies while it hands in a tick', { timeout: TIMEOUT_MS }, () => {
  it.each([
    'inside-take',
    'after-take',
    'inside-claim',
    'after-claim',
    'inside-submit',
    'after-submit',
    'inside-settle',
    'after-settle',
  ])('%s: the tick is neither lost nor doubled', async (boundary) => {
    world = await openWorld(own.databaseUrl, { leaseMs: 0 });
    await world.create({});
    expect(await runScheduler(boundary, DUE)).toBe('SIGKILL');
    await untilSessionsEnded();
    // Long after every idempotency key has run out.
    await world.database.query(`UPDATE switchyard.idempotency_keys SET expires_at = now() - interval '1 day'`);
    await world.at('2026-03-02T03:00:30Z');
    await world.at('2026-03-02T03:00:31Z');
    const [task, ...more] = await world.tasks();
    expect(more).toEqual([]);
    expect(task?.metadata).toMatchObject({ schedule: { tick_at: '2026-03-02T03:00:00.000Z' } });
    const ticks = await world.schedules.ticks('nightly', 10);
    expect(ticks).toMatchObject([{ outcome: 'submitted', taskId: task?.id, kind: 'cron' }]);
    const { schedule } = await world.schedules.get('nightly');
    expect(schedule).toMatchObject({ counts: { submitted: 1, missed: 0 }, nextAt: new Date('2026-03-03T03:00:00Z') });
  });

  it('ends by itself when nothing kills it', async () => {
    world = await openWorld(own.databaseUrl);
    await world.create({});
    expect(await runScheduler('', DUE)).toBe(0);
    expect(await world.tasks()).toHaveLength(1);
  });
});
