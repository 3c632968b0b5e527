/** What people do with schedules, on a real database. */
import { afterEach, describe, expect, it } from 'vitest';
import { RequestInvalid } from '../../src/app/errors.ts';
import { type ScheduleRequest, taskRequestSchema } from '../../src/contract/index.ts';
import { createHandDrivenArm, matching, testDatabase } from '../../testing/index.ts';
import { NIGHTLY, openWorld, REQUESTER, type World, type WorldOptions } from './world.ts';

const own = testDatabase();
let world: World;
afterEach(async () => {
  await world.database.query('TRUNCATE switchyard.schedules, switchyard.tasks, switchyard.screen_log CASCADE');
  await world[Symbol.asyncDispose]();
});

async function open(options?: WorldOptions): Promise<World> {
  world = await openWorld(own.databaseUrl, options);
  return world;
}

const task = (more: Partial<ScheduleRequest['task']>): Partial<ScheduleRequest> => ({
  task: { ...NIGHTLY.task, ...more },
});

describe('a new schedule', () => {
  it('shows when it runs next, as its zone has it', async () => {
    const { create, schedules } = await open();
    const { upcoming } = await create({ time_zone: 'Asia/Tokyo' });
    expect(upcoming.map((at) => at.toISOString())).toEqual([
      '2026-03-02T18:00:00.000Z',
      '2026-03-03T18:00:00.000Z',
      '2026-03-04T18:00:00.000Z',
    ]);
    await create({ name: 'another' });
    expect((await schedules.list()).map(({ schedule }) => schedule.name)).toEqual(['another', 'nightly']);
  });

  it.each<[string, Partial<ScheduleRequest>, string, string]>([
    ['a wrong hour', { cron: '0 25 * * *' }, '/cron', 'the hour was "25": it may be 0 to 23'],
    ['seconds', { cron: '0 0 3 * * *' }, '/cron', 'seconds are not supported'],
    ['a day that never comes', { cron: '0 0 30 2 *' }, '/cron', 'names a day that never comes: "0 0 30 2 *"'],
    ['an unknown zone', { time_zone: 'Europe/Berln' }, '/time_zone', 'it was "Europe/Berln"'],
    ['an unknown arm', task({ assigned_arm: 'nobody' }), '/task/assigned_arm', 'there is no arm "nobody"'],
    ['a parent', task({ parent_task_id: '6f1f0c1e-6a0e-4f43-9d5b-0a3f5f0e8d11' }), '/task/parent_task_id', 'left out'],
    ['a time of its own', task({ start_after: '2027-01-01T00:00:00Z' }), '/task/start_after', 'the schedule says when'],
    ['our own metadata', task({ metadata: { schedule: 1 } }), '/task/metadata/schedule', 'must be left out'],
    [
      'an unknown arm deep in a tree',
      task({ subtasks: [{ goal: 'a', assigned_arm: 'test', subtasks: [{ goal: 'b', assigned_arm: 'nobody' }] }] }),
      '/task/subtasks/0/subtasks/0/assigned_arm',
      'there is no arm "nobody"',
    ],
  ])('with %s is told where it is wrong', async (_what, different, pointer, words) => {
    const { create, schedules } = await open();
    const refused = await create(different).then(
      () => [],
      (error: unknown) => (error instanceof RequestInvalid ? error.errors : Promise.reject(error)),
    );
    expect(refused).toMatchObject([{ pointer }]);
    expect(refused[0]?.detail).toContain(words);
    expect(await schedules.list()).toEqual([]);
  });

  it('tells all that is wrong at once, an input as its arm sees it', async () => {
    const { create, arms } = await open();
    const picky = { checkInput: () => [{ pointer: '/size', detail: 'must be a number' }] };
    arms.set('picky', { ...createHandDrivenArm(), ...picky, name: 'picky' });
    const wrong = { cron: '* * * * 9', time_zone: 'X/Y', ...task({ assigned_arm: 'picky' }) };
    await expect(create(wrong)).rejects.toMatchObject({
      errors: [{ pointer: '/cron' }, { pointer: '/time_zone' }, { pointer: '/task/input/size' }],
    });
  });

  it('is refused with what the screen found in its task or its name, of which only the place is kept', async () => {
    const { create, database, schedules } = await open({
      screen: async (value) => {
        const text = JSON.stringify(value);
        const field = text.includes('"name"') ? '/name' : '/goal';
        const isBad = text.includes('bad');
        const finding = { kind: 'pii', type: 'SSN', field, position: 0, length: 3, treatment: 'block' } as const;
        return { blocked: isBad, findings: isBad ? [finding] : [], redact: [] };
      },
    });
    await expect(create(task({ goal: 'a bad one' }))).rejects.toMatchObject({
      code: 'task_blocked',
      findings: [{ field: '/task/goal' }],
    });
    await expect(create({ name: 'bad' })).rejects.toMatchObject({ findings: [{ field: '/name' }] });
    expect(await schedules.list()).toEqual([]);
    const { rows } = await database.query('SELECT status FROM switchyard.screen_log');
    expect(rows).toEqual([{ status: 'Blocked' }, { status: 'Blocked' }]);
  });

  it('may hold nothing that its arm has taken out before a task is stored', async () => {
    const { create, schedules } = await open({
      screen: async (value) => {
        const isMail = JSON.stringify(value).includes('@');
        const finding = {
          kind: 'pii',
          type: 'Email',
          field: '/goal',
          position: 6,
          length: 3,
          treatment: 'redact',
        } as const;
        const found = [{ type: 'Email', value: 'a@b' }];
        return { blocked: false, findings: isMail ? [finding] : [], redact: isMail ? found : [] };
      },
    });
    const subtasks = [{ goal: 'write a@b', assigned_arm: 'test' }];
    await expect(create(task({ subtasks }))).rejects.toMatchObject({
      errors: [{ pointer: '/task/subtasks/0/goal', detail: matching(/^holds Email, which arm "test" has taken out/) }],
    });
    await create({});
    await expect(
      schedules.change('nightly', { task: taskRequestSchema.parse(subtasks[0]) }, REQUESTER),
    ).rejects.toThrow('/task/goal: holds Email');
  });

  it('needs a name of its own', async () => {
    const { create } = await open();
    await create({});
    await expect(create({ cron: '* * * * *' })).rejects.toMatchObject({ code: 'schedule_exists', kind: 'conflict' });
  });

  it('is one of so many, also when several come at once', async () => {
    const { scheduleStore, create } = await open();
    const { schedule } = await create({});
    const made = await Promise.all(
      ['a', 'b', 'c', 'd'].map((name) => scheduleStore.create({ ...schedule, id: crypto.randomUUID(), name }, 3)),
    );
    expect(made.toSorted()).toEqual(['created', 'created', 'full', 'full']);
  });
});

describe('a change', () => {
  it('leaves what it does not name, and the next run where its time did not change', async () => {
    const { create, schedules, at } = await open();
    await create({});
    const before = await schedules.change('nightly', { on_overlap: 'queue' }, REQUESTER);
    expect(before.schedule).toMatchObject({ cron: '0 3 * * *', nextAt: new Date('2026-03-02T03:00:00Z') });
    const after = await schedules.change(
      'nightly',
      { cron: '0 5 * * *', task: { ...before.schedule.task, goal: 'new' } },
      REQUESTER,
    );
    expect(after.schedule).toMatchObject({ onOverlap: 'queue', nextAt: new Date('2026-03-02T05:00:00Z') });
    await at('2026-03-02T05:00:00Z');
    const [first] = await world.tasks();
    expect((await world.store.get(first?.id ?? ''))?.goal).toBe('new');
  });

  it('is checked as a new one is', async () => {
    const { create, schedules } = await open();
    await create({});
    await expect(schedules.change('nightly', { cron: '0 3 * *' }, REQUESTER)).rejects.toMatchObject({
      errors: [{ pointer: '/cron' }],
    });
    await expect(schedules.change('weekly', { paused: true }, REQUESTER)).rejects.toMatchObject({
      code: 'schedule_unknown',
    });
  });

  it('and a tick at the same time do not undo each other', async () => {
    const { create, scheduleStore } = await open();
    const { schedule } = await create({});
    const plan = { scheduleId: schedule.id, revision: schedule.revision, missed: null };
    const taken = { ...plan, nextAt: new Date('2026-03-03T03:00:00Z'), settledUntil: new Date(), runs: [] };
    expect(await scheduleStore.change(schedule.id, schedule.revision, { nextAt: null })).toBe(true);
    expect(await scheduleStore.take(taken)).toBeNull();
    expect(await scheduleStore.change(schedule.id, schedule.revision, { cron: '* * * * *' })).toBe(false);
    expect((await scheduleStore.get('nightly'))?.schedule).toMatchObject({ nextAt: null, cron: '0 3 * * *' });
  });
});

describe('a run now', () => {
  it('makes a task at once, also of a paused schedule, and leaves the calendar alone', async () => {
    const { create, schedules, tasks } = await open();
    await create({ paused: true });
    const tick = await schedules.run('nightly');
    expect(tick).toMatchObject({ kind: 'manual', outcome: 'submitted' });
    expect(await tasks()).toMatchObject([{ id: tick.taskId, metadata: { schedule: { kind: 'manual' } } }]);
    expect((await schedules.get('nightly')).schedule).toMatchObject({ nextAt: null, counts: { submitted: 1 } });
  });

  it('keeps to the policy on overlaps', async () => {
    const { create, schedules, tasks, end, scheduler } = await open();
    await create({ paused: true });
    await schedules.run('nightly');
    await expect(schedules.run('nightly')).rejects.toMatchObject({ code: 'schedule_busy', kind: 'conflict' });
    await schedules.change('nightly', { on_overlap: 'queue' }, REQUESTER);
    expect(await schedules.run('nightly')).toMatchObject({ outcome: 'waiting', taskId: null });
    await end((await tasks())[0]?.id ?? '');
    await scheduler.pass();
    expect(await tasks()).toHaveLength(2);
  });

  it('tells why its task is not taken', async () => {
    const { create, schedules, arms } = await open();
    await create({});
    arms.clear();
    await expect(schedules.run('nightly')).rejects.toMatchObject({ code: 'validation_failed' });
    expect(await schedules.ticks('nightly', 10)).toMatchObject([{ kind: 'manual', outcome: 'refused' }]);
  });

  it('needs a schedule of that name', async () => {
    const { schedules } = await open();
    await expect(schedules.run('weekly')).rejects.toMatchObject({ code: 'schedule_unknown' });
  });
});

describe('a removed schedule', () => {
  it('is gone with its ticks; its tasks stay', async () => {
    const { create, schedules, at, tasks, database } = await open();
    await create({});
    await at('2026-03-02T03:00:00Z');
    await schedules.remove('nightly');
    await at('2026-03-03T03:00:00Z');
    expect(await tasks()).toHaveLength(1);
    expect((await database.query('SELECT FROM switchyard.schedule_ticks')).rowCount).toBe(0);
    await expect(schedules.remove('nightly')).rejects.toMatchObject({ code: 'schedule_unknown' });
  });
});
