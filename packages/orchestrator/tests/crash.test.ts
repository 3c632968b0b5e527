/**
 * Real processes, killed by SIGKILL at every boundary of a task's way. What is checked is read from the tables alone:
 * every acknowledged task has ended exactly once, its events are gapless, no attempt took effect twice, no job is left.
 */
import { randomInt } from 'node:crypto';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../src/contract/index.ts';
import { newTask } from './adapters/postgres/parts.ts';
import { type Child, ending, kill, openWorld, type World } from './crash-world.ts';
import { eventually } from './eventually.ts';
import { tablesThatHold } from './tables-that-hold.ts';

/** A node is taken for dead within seconds, by its missed heartbeats after some 13; on a loaded machine longer. */
const SETTLED_WITHIN_MS = 60_000;
const TIMEOUT_MS = 120_000;

/** It ends by itself when it is told to, with nothing left that would keep it. */
async function terminate(child: Child): Promise<void> {
  child.kill('SIGTERM');
  expect(await ending(child)).toBe(0);
}

async function submitAll({ store }: World, inputs: readonly JsonValue[]): Promise<string[]> {
  const answers = await store.insert(inputs.map((input) => newTask({ input })));
  return answers.map((answer) => {
    if (answer.kind !== 'created') throw new Error(`a fresh task was ${answer.kind}`);
    return answer.taskId;
  });
}

/** A commit that was under way when its process died is carried out or not by now. */
async function untilSessionsEnded({ database }: World): Promise<void> {
  const sessions = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'crash node'`;
  await eventually('the end of its sessions', async () => (await database.query(sessions)).rowCount === 0);
}

async function untilAllEnded({ database }: World): Promise<void> {
  await eventually(
    'the end of all tasks and jobs',
    async () => {
      const { rows } = await database.query<{ open: string }>(
        `SELECT (SELECT count(*) FROM switchyard.tasks WHERE ended_at IS NULL)
              + (SELECT count(*) FROM pgboss.job WHERE state < 'completed') AS open`,
      );
      return rows[0]?.open === '0';
    },
    SETTLED_WITHIN_MS,
  );
}

interface Account {
  readonly id: string;
  readonly status: string;
  readonly attempt: number;
  readonly worker_deaths: number;
  readonly last_event: number;
  readonly numbers: readonly number[];
  readonly terminal_events: number;
  readonly results: number;
  /** The attempt of each effect. */
  readonly effects: readonly number[];
}

async function accounts({ database }: World): Promise<Account[]> {
  const { rows } = await database.query<Account>(`
    SELECT t.id, t.status, t.attempt, t.worker_deaths, t.last_event,
           ARRAY(SELECT number FROM switchyard.task_events WHERE task_id = t.id ORDER BY number) AS numbers,
           (SELECT count(*)::int FROM switchyard.task_events
             WHERE task_id = t.id AND type IN ('task-completed', 'task-failed', 'task-cancelled')) AS terminal_events,
           (SELECT count(*)::int FROM switchyard.task_results WHERE task_id = t.id) AS results,
           ARRAY(SELECT attempt FROM effects WHERE task_id = t.id ORDER BY attempt) AS effects
      FROM switchyard.tasks AS t ORDER BY t.created_at, t.id`);
  return rows;
}

/** @returns the accounts, for what a test knows beyond the law */
async function expectSettled(world: World, acknowledged: readonly string[]): Promise<Account[]> {
  await untilAllEnded(world);
  const all = await accounts(world);
  const known = new Set(all.map(({ id }) => id));
  expect(acknowledged.filter((id) => !known.has(id))).toEqual([]);
  for (const account of all) {
    expect(['completed', 'failed', 'cancelled']).toContain(account.status);
    expect(account).toMatchObject({ terminal_events: 1, results: 1 });
    expect(account.numbers).toEqual(Array.from({ length: account.last_event }, (_, index) => index + 1));
    expect(account.effects.length).toBeLessThanOrEqual(account.attempt);
    expect(new Set(account.effects).size).toBe(account.effects.length);
    if (account.status === 'completed') expect(account.effects).toContain(account.attempt);
  }
  return all;
}

describe.concurrent('given a node that is killed', () => {
  it.for([
    // No more attempts are lost than it has slots: those that it claimed at once, where the claim was committed; after an outcome
    // those that were begun in the same statement.
    { boundary: 'inside-claim', effects: 0, mayLose: 0 },
    { boundary: 'after-claim', effects: 0, mayLose: 4 },
    { boundary: 'inside-arm', effects: 4, mayLose: 4 },
    { boundary: 'before-outcome', effects: 4, mayLose: 4 },
    { boundary: 'inside-outcome', effects: 4, mayLose: 4 },
    { boundary: 'after-outcome', effects: 4, mayLose: 4 },
  ])(
    '$boundary, when another takes over, then every task ends exactly once',
    { timeout: TIMEOUT_MS },
    async ({ boundary, effects, mayLose }) => {
      await using world = await openWorld();
      const acknowledged = await submitAll(
        world,
        Array.from({ length: 6 }, () => ({ ms: 5 })),
      );

      const doomed = world.start('crash-node.ts', { DIE_AT: boundary });
      expect(await ending(doomed)).toBe('SIGKILL');
      await untilSessionsEnded(world);
      const before = await accounts(world);
      expect(before.reduce((sum, one) => sum + one.attempt - one.terminal_events, 0)).toBeLessThanOrEqual(mayLose);
      expect(before.flatMap((account) => account.effects).length).toBeLessThanOrEqual(effects);
      expect(before.some(({ terminal_events }) => terminal_events > 0)).toBe(boundary === 'after-outcome');

      const healthy = await world.startNode();
      const after = await expectSettled(world, acknowledged);
      await terminate(healthy);

      expect(after.map(({ status }) => status)).toEqual(after.map(() => 'completed'));
      for (const [index, account] of after.entries()) {
        const lost = before[index]?.terminal_events === 0 ? (before[index].attempt ?? 0) : 0;
        expect(account).toMatchObject({ attempt: lost + 1, worker_deaths: lost });
      }
    },
  );

  it('while it shuts down in order loses nothing and counts no death', { timeout: TIMEOUT_MS }, async () => {
    await using world = await openWorld();
    const acknowledged = await submitAll(
      world,
      Array.from({ length: 6 }, () => ({ ms: 150 })),
    );
    const first = world.start('crash-node.ts');
    await eventually('the first effect', async () => (await world.database.query('SELECT FROM effects')).rowCount > 0);
    await terminate(first);
    const healthy = await world.startNode();
    const after = await expectSettled(world, acknowledged);
    await terminate(healthy);
    expect(after.map(({ attempt, worker_deaths }) => ({ attempt, worker_deaths }))).toEqual(
      after.map(() => ({ attempt: 1, worker_deaths: 0 })),
    );
  });
});

describe.concurrent('given a node that is killed while its arm gives up', () => {
  it.for(['before-outcome', 'inside-outcome', 'after-outcome'])(
    '%s, when another takes over, then the next arm does every task, once',
    { timeout: TIMEOUT_MS },
    async (boundary) => {
      await using world = await openWorld();
      const acknowledged = await submitAll(
        world,
        Array.from({ length: 4 }, () => ({ give_up: true })),
      );
      expect(await ending(world.start('crash-node.ts', { DIE_AT: boundary }))).toBe('SIGKILL');
      await untilSessionsEnded(world);
      const healthy = await world.startNode();
      const after = await expectSettled(world, acknowledged);
      await terminate(healthy);
      expect(after.map(({ status }) => status)).toEqual(after.map(() => 'completed'));
      const { rows } = await world.database.query(
        `SELECT t.assigned_arm, t.arms_tried, count(*)::int AS rerouted
           FROM switchyard.tasks AS t JOIN switchyard.task_events AS e ON e.task_id = t.id AND e.type = 'task-rerouted'
          GROUP BY t.id`,
      );
      expect(rows).toEqual(after.map(() => ({ assigned_arm: 'second', arms_tried: ['test'], rerouted: 1 })));
    },
  );
});

describe.concurrent('given a submitter that is killed with its third task', () => {
  it.for([
    { boundary: 'inside-insert', stored: 2 },
    { boundary: 'after-insert', stored: 3 },
  ])(
    '$boundary, then what it acknowledged is there, and $stored tasks end',
    { timeout: TIMEOUT_MS },
    async ({ boundary, stored }) => {
      await using world = await openWorld();
      const submitter = world.start('crash-submitter.ts', { DIE_AT: boundary });
      const acknowledged: string[] = [];
      for await (const line of createInterface({ input: submitter.stdout })) acknowledged.push(line);
      expect(await ending(submitter)).toBe('SIGKILL');
      expect(acknowledged).toHaveLength(2);

      const healthy = await world.startNode();
      const after = await expectSettled(world, acknowledged);
      await terminate(healthy);
      expect(after).toHaveLength(stored);
      // The key of the third is taken exactly when its task is there: a client that asks again gets that one.
      const { rowCount } = await world.database.query('SELECT FROM switchyard.idempotency_keys');
      expect(rowCount).toBe(stored);
      // What was taken out of a task is there exactly when the task is, and only sealed.
      const sealed = await world.database.query('SELECT FROM switchyard.redactions');
      expect(sealed.rowCount).toBe(stored);
      expect(await tablesThatHold(world.database, 'ana@acme.io')).toEqual([]);
    },
  );
});

describe('given two nodes that are killed at random times', () => {
  it('when the last of them lives, then 150 tasks have ended exactly once', { timeout: TIMEOUT_MS }, async () => {
    const seed = randomInt(2 ** 31 - 1);
    process.stdout.write(`random kills: seed ${seed}\n`);
    const [plan] = fc.sample(
      fc.record({
        tasks: fc.array(
          fc.record({
            ms: fc.nat(60),
            fail_first: fc.nat(9).map((n) => n === 0),
            give_up: fc.nat(4).map((n) => n === 0),
          }),
          {
            minLength: 150,
            maxLength: 150,
          },
        ),
        kills: fc.array(fc.record({ afterMs: fc.integer({ min: 50, max: 500 }), which: fc.nat(1) }), {
          minLength: 6,
          maxLength: 6,
        }),
        cancels: fc.uniqueArray(fc.nat(149), { minLength: 5, maxLength: 5 }),
      }),
      { seed, numRuns: 1 },
    );
    if (plan === undefined) throw new Error('nothing was sampled');
    await using world = await openWorld();
    const nodes = await Promise.all([world.startNode(), world.startNode()]);
    const acknowledged = await submitAll(world, plan.tasks);

    for (const { afterMs, which } of plan.kills) {
      // The length of a life is what is random here; nothing waits for it.
      await delay(afterMs);
      const victim = nodes[which];
      if (victim === undefined) throw new Error('there are two');
      await kill(victim);
      nodes[which] = await world.startNode();
      const cancelled = acknowledged[plan.cancels.pop() ?? 0];
      if (cancelled !== undefined) await world.store.requestCancel(cancelled);
    }
    const after = await expectSettled(world, acknowledged);
    await Promise.all(nodes.map(terminate));
    expect(after).toHaveLength(acknowledged.length);
    // None is given up for a failure; only one that took three nodes with it may fail.
    for (const { status, worker_deaths } of after) if (status === 'failed') expect(worker_deaths).toBe(3);
  });
});
