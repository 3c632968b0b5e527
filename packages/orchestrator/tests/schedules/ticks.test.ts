/** What the clock does, on a real database. */
import { afterEach, describe, expect, it } from 'vitest';
import { ScreenUnavailable } from '../../src/ports/errors.ts';
import { testDatabase } from '../../testing/index.ts';
import { openWorld, REQUESTER, type World, type WorldOptions } from './world.ts';

const own = testDatabase();
let world: World;
afterEach(async () => {
  await world.database.query('TRUNCATE switchyard.schedules, switchyard.tasks CASCADE');
  await world[Symbol.asyncDispose]();
});

async function open(options?: WorldOptions): Promise<World> {
  world = await openWorld(own.databaseUrl, options);
  return world;
}

const outcomes = async (name = 'nightly'): Promise<string[]> =>
  (await world.schedules.ticks(name, 50))
    .toReversed()
    .map(({ at, kind, outcome }) => `${at.toISOString().slice(0, 16)} ${kind} ${outcome}`);

describe('a tick', () => {
  it('makes a task that says where it comes from, once', async () => {
    const { create, at, tasks, schedules, counted } = await open();
    await create({ task: { goal: 'count the sheep', assigned_arm: 'test', metadata: { herd: 7 } } });
    await at('2026-03-02T02:59:59Z');
    expect(await tasks()).toEqual([]);
    await at('2026-03-02T03:00:00.400Z');
    await at('2026-03-02T03:00:01.400Z');
    const [task, ...more] = await tasks();
    expect(more).toEqual([]);
    expect(task?.metadata).toEqual({
      herd: 7,
      schedule: { name: 'nightly', tick_at: '2026-03-02T03:00:00.000Z', kind: 'cron' },
    });
    const shown = await schedules.get('nightly');
    expect(shown.lastTick).toMatchObject({ outcome: 'submitted', taskId: task?.id, taskStatus: 'pending' });
    expect(shown.schedule).toMatchObject({
      nextAt: new Date('2026-03-03T03:00:00Z'),
      counts: { submitted: 1, skipped: 0, missed: 0, refused: 0 },
    });
    expect(counted).toEqual({ submitted: 1 });
  });

  it('may be a whole tree', async () => {
    const { create, at, tasks, database } = await open();
    const child = { goal: 'one', assigned_arm: 'test' };
    await create({ task: { goal: 'both', assigned_arm: 'test', subtasks: [child, child] } });
    await at('2026-03-02T03:00:00Z');
    expect(await tasks()).toHaveLength(1);
    const { rowCount } = await database.query('SELECT FROM switchyard.tasks WHERE parent_task_id IS NOT NULL');
    expect(rowCount).toBe(2);
    expect(await outcomes()).toEqual(['2026-03-02T03:00 cron submitted']);
  });

  it('is not repeated by a clock that goes back', async () => {
    const { create, at, tasks } = await open();
    await create({ on_overlap: 'allow' });
    await at('2026-03-02T03:00:30Z');
    await at('2026-03-02T02:59:00Z');
    await at('2026-03-02T03:00:00Z');
    expect(await tasks()).toHaveLength(1);
    // Nor by one that is changed meanwhile.
    await world.schedules.change('nightly', { cron: '* * * * *' }, REQUESTER);
    await at('2026-03-02T03:00:30Z');
    expect(await tasks()).toHaveLength(1);
    await at('2026-03-02T03:01:00Z');
    expect(await tasks()).toHaveLength(2);
  });

  it('comes once a night when the clock is changed', async () => {
    const { create, at, tasks, schedules } = await open();
    await create({ cron: '30 2 * * *', time_zone: 'Europe/Berlin', on_overlap: 'allow', paused: true });
    await at('2026-10-24T12:00:00Z');
    await schedules.change('nightly', { paused: false }, REQUESTER);
    for (let minutes = 0; minutes < 6 * 60; minutes += 15) {
      await at(new Date(Date.parse('2026-10-24T23:00:00Z') + minutes * 60_000).toISOString());
    }
    expect((await tasks()).map(({ metadata }) => metadata)).toMatchObject([
      { schedule: { tick_at: '2026-10-25T00:30:00.000Z' } },
    ]);
  });
});

describe('many nodes', () => {
  it('hand in each tick once', async () => {
    const { create, database } = await open();
    const second = await openWorld(own.databaseUrl, { leaseMs: 60_000 });
    const third = await openWorld(own.databaseUrl, { leaseMs: 60_000 });
    try {
      const names = Array.from({ length: 25 }, (_, index) => `s${index}`);
      for (const name of names) await create({ name, cron: '* * * * *', on_overlap: 'allow' });
      for (const minute of ['01', '02', '03']) {
        await Promise.all([second, third].map((node) => node.at(`2026-03-02T00:${minute}:00Z`)));
      }
      const { rows } = await database.query<{ name: string; ticks: number; tasks: number; submitted: number }>(
        `SELECT s.name, s.submitted::int AS submitted, count(DISTINCT k.tick_at)::int AS ticks, count(t.id)::int AS tasks
           FROM switchyard.schedules AS s JOIN switchyard.schedule_ticks AS k ON k.schedule_id = s.id
           JOIN switchyard.tasks AS t ON t.id = k.task_id GROUP BY s.id`,
      );
      expect(rows).toHaveLength(25);
      expect(rows.filter(({ ticks, tasks, submitted }) => ticks !== 3 || tasks !== 3 || submitted !== 3)).toEqual([]);
      expect((await world.tasks()).length).toBe(75);
    } finally {
      await second[Symbol.asyncDispose]();
      await third[Symbol.asyncDispose]();
    }
  });
});

describe('a tick while the task before it runs', () => {
  const minute = (count: number): string => `2026-03-02T00:0${count}:00Z`;

  it('is skipped, and the next one runs when it has ended', async () => {
    const { create, at, tasks, end, counted, schedules } = await open();
    await create({ cron: '* * * * *' });
    await at(minute(1));
    await at(minute(2));
    await end((await tasks())[0]?.id ?? '');
    await at(minute(3));
    expect(await outcomes()).toEqual([
      '2026-03-02T00:01 cron submitted',
      '2026-03-02T00:02 cron skipped',
      '2026-03-02T00:03 cron submitted',
    ]);
    expect(counted).toEqual({ submitted: 2, skipped: 1 });
    expect((await schedules.ticks('nightly', 50))[1]?.reason).toMatchObject({ code: 'previous_running' });
  });

  it('with queue waits, one after the other, in order', async () => {
    const { create, at, tasks, end, schedules } = await open();
    await create({ cron: '* * * * *', on_overlap: 'queue' });
    for (const count of [1, 2, 3]) await at(minute(count));
    expect((await schedules.get('nightly')).waiting).toBe(2);
    await end((await tasks())[0]?.id ?? '');
    await at('2026-03-02T00:03:10Z');
    expect(await outcomes()).toEqual([
      '2026-03-02T00:01 cron submitted',
      '2026-03-02T00:02 cron submitted',
      '2026-03-02T00:03 cron waiting',
    ]);
    await end((await tasks())[1]?.id ?? '');
    await at('2026-03-02T00:03:20Z');
    expect(await tasks()).toHaveLength(3);
  });

  it('with cancel-previous cancels it, and begins when it has stopped', async () => {
    const { create, at, tasks, end, store } = await open();
    await create({ cron: '* * * * *', on_overlap: 'cancel-previous' });
    await at(minute(1));
    const [first] = await tasks();
    // It ends only when its work has stopped. (Jobs of the tests before may be there, too.)
    const claims = await store.claim('test', 1_000, { id: 7, pid: 70 });
    expect(claims.map(({ job }) => job.taskId)).toContain(first?.id);
    await at(minute(2));
    await at(minute(3));
    expect(await tasks()).toMatchObject([{ id: first?.id, cancel_requested: true }]);
    await end(first?.id ?? '');
    await at('2026-03-02T00:03:10Z');
    expect(await outcomes()).toEqual([
      '2026-03-02T00:01 cron submitted',
      '2026-03-02T00:02 cron skipped',
      '2026-03-02T00:03 cron submitted',
    ]);
  });

  it('with cancel-previous takes the place at once of what had not begun', async () => {
    const { create, at, tasks } = await open();
    await create({ cron: '* * * * *', on_overlap: 'cancel-previous' });
    await at(minute(1));
    await at(minute(2));
    expect((await tasks()).map(({ status }) => status)).toEqual(['cancelled', 'pending']);
  });

  it('with allow runs beside it', async () => {
    const { create, at, tasks } = await open();
    await create({ cron: '* * * * *', on_overlap: 'allow' });
    for (const count of [1, 2, 3]) await at(minute(count));
    expect(await tasks()).toHaveLength(3);
  });
});

describe('ticks that came due while nothing ran', () => {
  it('are told on the schedule, among its ticks, in the log and in the metrics, and not run', async () => {
    const { create, at, tasks, schedules, logger, counted } = await open();
    await create({});
    await at('2026-03-09T12:00:00Z');
    const missed = { count: 8, at_least: false, from: '2026-03-02T03:00:00.000Z', to: '2026-03-09T03:00:00.000Z' };
    expect(await tasks()).toEqual([]);
    expect((await schedules.get('nightly')).schedule).toMatchObject({
      lastMissed: missed,
      counts: { missed: 8, submitted: 0 },
      nextAt: new Date('2026-03-10T03:00:00Z'),
    });
    expect(await schedules.ticks('nightly', 50)).toMatchObject([{ outcome: 'missed', missed, taskId: null }]);
    expect(counted).toEqual({ missed: 8 });
    expect(logger.lines).toContainEqual({
      level: 'warn',
      facts: { schedule: 'nightly', missed: 8, at_least: false, from: missed.from, to: missed.to, catch_up: false },
      message: 'ticks of a schedule came due while nothing ran',
    });
  });

  it('hold up none that is on time, however long it takes to count them', async () => {
    let elapsedMs = 0;
    const elapsed = (): number => {
      elapsedMs += 600;
      return elapsedMs;
    };
    const { create, at, tasks, schedules } = await open({ elapsed });
    const names = ['a', 'b', 'c', 'd'];
    for (const name of names) await create({ name, cron: '0 * * * *' });
    await create({});
    await at('2026-03-02T03:00:00Z');
    expect(JSON.stringify(await tasks())).toContain('"name":"nightly"');
    const told = async () => (await schedules.list()).filter(({ schedule }) => schedule.lastMissed !== null).length;
    expect(await told()).toBe(1);
    for (const second of ['01', '02', '03']) await at(`2026-03-02T03:00:${second}Z`);
    expect(await told()).toBe(names.length);
  });

  it('with run-once are one run, and are told as well', async () => {
    const { create, at, tasks } = await open();
    await create({ on_missed: 'run-once' });
    await at('2026-03-09T12:00:00Z');
    await at('2026-03-09T12:00:01Z');
    expect(await outcomes()).toEqual(['2026-03-09T03:00 cron missed', '2026-03-09T03:00 catch-up submitted']);
    expect(await tasks()).toMatchObject([{ metadata: { schedule: { kind: 'catch-up' } } }]);
    expect((await world.schedules.get('nightly')).lastTick).toMatchObject({ outcome: 'submitted' });
  });
});

describe('a paused schedule', () => {
  it('does nothing, and misses nothing', async () => {
    const { create, at, tasks, schedules } = await open();
    await create({ on_missed: 'run-once' });
    await schedules.change('nightly', { paused: true }, REQUESTER);
    await at('2026-03-05T12:00:00Z');
    expect((await schedules.get('nightly')).upcoming).toEqual([]);
    const resumed = await schedules.change('nightly', { paused: false }, REQUESTER);
    expect(resumed.upcoming[0]).toEqual(new Date('2026-03-06T03:00:00Z'));
    await at('2026-03-05T12:00:01Z');
    expect(await tasks()).toEqual([]);
    expect(await outcomes()).toEqual([]);
  });

  it('lets what waits go on when it is resumed', async () => {
    const { create, at, tasks, end, schedules } = await open();
    await create({ cron: '* * * * *', on_overlap: 'queue' });
    await at('2026-03-02T00:01:00Z');
    await at('2026-03-02T00:02:00Z');
    await schedules.change('nightly', { paused: true }, REQUESTER);
    await end((await tasks())[0]?.id ?? '');
    await at('2026-03-02T00:02:10Z');
    expect(await tasks()).toHaveLength(1);
    await schedules.change('nightly', { paused: false }, REQUESTER);
    await at('2026-03-02T00:02:20Z');
    expect(await tasks()).toHaveLength(2);
  });
});

describe('a task that is not taken at its tick', () => {
  it('is told with its reason when the screen refuses it, and leaves no value behind', async () => {
    let blocks = false;
    const finding = { kind: 'pii', type: 'SSN', field: '/goal', position: 0, length: 11, treatment: 'block' } as const;
    const { create, at, tasks, schedules, counted } = await open({
      screen: async () =>
        blocks ? { blocked: true, findings: [finding], redact: [] } : { blocked: false, findings: [], redact: [] },
    });
    await create({});
    blocks = true;
    await at('2026-03-02T03:00:00Z');
    expect(await tasks()).toEqual([]);
    expect((await schedules.get('nightly')).lastTick).toMatchObject({
      outcome: 'refused',
      reason: { code: 'task_blocked' },
      taskId: null,
    });
    expect(counted).toEqual({ refused: 1 });
  });

  it('is told when its arm has gone, and taken again when it is back', async () => {
    const { create, at, tasks, arms, schedules } = await open();
    await create({});
    const arm = arms.get('test');
    arms.clear();
    await at('2026-03-02T03:00:00Z');
    expect((await schedules.get('nightly')).lastTick).toMatchObject({
      outcome: 'refused',
      reason: { code: 'validation_failed' },
    });
    if (arm !== undefined) arms.set('test', arm);
    await at('2026-03-03T03:00:00Z');
    expect(await tasks()).toHaveLength(1);
  });

  it('is handed in later when the screen does not answer', async () => {
    let isAway = false;
    const { create, at, tasks } = await open({
      screen: async () => {
        if (isAway) throw new ScreenUnavailable('it is away');
        return { blocked: false, findings: [], redact: [] };
      },
    });
    await create({});
    isAway = true;
    await at('2026-03-02T03:00:00Z');
    expect(await outcomes()).toEqual(['2026-03-02T03:00 cron due']);
    isAway = false;
    await at('2026-03-02T03:05:00Z');
    expect(await outcomes()).toEqual(['2026-03-02T03:00 cron submitted']);
    expect(await tasks()).toHaveLength(1);
  });

  it('is given up when it could not be handed in for an hour', async () => {
    let isAway = false;
    const { create, at, database } = await open({
      screen: async () => {
        if (isAway) throw new ScreenUnavailable('it is away');
        return { blocked: false, findings: [], redact: [] };
      },
    });
    await create({});
    isAway = true;
    await at('2026-03-02T03:00:00Z');
    await database.query('UPDATE switchyard.schedule_ticks SET tries = 359');
    await at('2026-03-02T04:00:00Z');
    expect((await world.schedules.get('nightly')).lastTick).toMatchObject({
      outcome: 'refused',
      reason: { code: 'screen_unavailable' },
    });
  });
});

describe('ticks', () => {
  it('are kept, the last five hundred and those that are open', async () => {
    const { create, at, database, schedules } = await open();
    const { schedule } = await create({ cron: '* * * * *', on_overlap: 'allow' });
    await at('2026-03-02T00:01:00Z');
    await database.query(
      `INSERT INTO switchyard.schedule_ticks (id, schedule_id, tick_at, kind, outcome, created_at)
       SELECT gen_random_uuid(), $1, now() + n * interval '1 minute', 'cron', 'skipped', now() + n * interval '1 minute'
         FROM generate_series(1, 600) AS n`,
      [schedule.id],
    );
    await at('2026-03-02T00:02:00Z');
    const { rows } = await database.query<{ outcome: string; count: number }>(
      'SELECT outcome, count(*)::int AS count FROM switchyard.schedule_ticks GROUP BY outcome ORDER BY outcome',
    );
    expect(rows).toEqual([
      { outcome: 'skipped', count: 500 },
      { outcome: 'submitted', count: 2 },
    ]);
    expect(await schedules.ticks('nightly', 500)).toHaveLength(500);
  });
});
