/** Schedules of a whole system, over HTTP. */
import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/adapters/postgres/database.ts';
import {
  problemSchema,
  scheduleListSchema,
  scheduleViewSchema,
  tickListSchema,
  tickViewSchema,
} from '../../src/contract/index.ts';
import { createTestDatabase, matching } from '../../testing/index.ts';
import { eventually } from '../eventually.ts';
import { SCRIPT, startScenario } from '../scenario.ts';

describe('the API of schedules', () => {
  it('makes, shows, changes, runs and removes them', async () => {
    await using own = await createTestDatabase();
    await using system = await startScenario({ databaseUrl: own.databaseUrl, script: SCRIPT });
    const request: typeof system.request = (...asked) => system.request(...asked);
    const body = { name: 'greeting', cron: '0 4 1 1 *', time_zone: 'Europe/Paris', task: { goal: 'say hello' } };

    const made = await request('POST', '/schedules', body);
    expect([made.status, made.headers.get('location')]).toEqual([201, '/schedules/greeting']);
    expect(scheduleViewSchema.parse(made.body)).toMatchObject({
      ...{ name: 'greeting', paused: false, on_overlap: 'skip', on_missed: 'skip', last_tick: null, last_missed: null },
      outline: { goal: 'say hello', arm: 'generalist', priority: 'medium', subtasks: 0 },
      task: { goal: 'say hello', max_attempts: 3 },
      upcoming: Array.from({ length: 3 }, () => matching(/^\d{4}-01-01T03:00:00\.000Z$/)),
      links: { run: '/schedules/greeting/run' },
    });

    const again = await request('POST', '/schedules', body);
    expect([again.status, problemSchema.parse(again.body).code]).toEqual([409, 'schedule_exists']);
    const wrong = await request('POST', '/schedules', { name: 'Bad Name', cron: '* * * *', task: {} });
    expect(problemSchema.parse(wrong.body)).toMatchObject({
      status: 422,
      errors: [
        { pointer: '/name', detail: matching(/it was "Bad Name"/) },
        { pointer: '/task/goal', detail: matching(/is missing/) },
      ],
    });
    const secret = { name: 'x', cron: '@daily', task: { goal: 'file it under SSN 536-90-4399' } };
    const blocked = await request('POST', '/schedules', secret);
    expect(problemSchema.parse(blocked.body)).toMatchObject({
      ...{ status: 400, code: 'task_blocked', pii_detected: true },
      findings: [{ type: 'SSN', field: '/task/goal' }],
    });

    const ran = await request('POST', '/schedules/greeting/run');
    const tick = tickViewSchema.parse(ran.body);
    expect([ran.status, ran.headers.get('location')]).toEqual([202, `/tasks/${tick.task_id}`]);
    const task = await system.reached(tick.task_id ?? '', 'completed');
    expect(task.metadata).toEqual({ schedule: { name: 'greeting', tick_at: tick.tick_at, kind: 'manual' } });
    const ticks = tickListSchema.parse((await request('GET', '/schedules/greeting/ticks?limit=5')).body);
    expect(ticks.data).toMatchObject([{ kind: 'manual', outcome: 'submitted', task_status: 'completed' }]);
    const badLimit = await request('GET', '/schedules/greeting/ticks?limit=501');
    expect(problemSchema.parse(badLimit.body)).toMatchObject({ status: 422, errors: [{ pointer: 'limit' }] });

    const paused = await request('PATCH', '/schedules/greeting', { paused: true });
    expect(scheduleViewSchema.parse(paused.body)).toMatchObject({ paused: true, next_at: null, upcoming: [] });
    const nothing = await request('PATCH', '/schedules/greeting', {});
    expect(problemSchema.parse(nothing.body)).toMatchObject({ status: 422, code: 'validation_failed' });
    const list = scheduleListSchema.parse((await request('GET', '/schedules')).body);
    expect(list.data).toMatchObject([{ name: 'greeting', paused: true, last_tick: { outcome: 'submitted' } }]);
    expect((await request('GET', '/metrics')).text).toContain(
      'orchestrator_schedule_ticks_total{outcome="submitted"} 1',
    );

    const removed = await request('DELETE', '/schedules/greeting');
    expect([removed.status, removed.text]).toEqual([204, '']);
    const gone = await request('GET', '/schedules/greeting');
    expect(problemSchema.parse(gone.body)).toMatchObject({ status: 404, code: 'schedule_unknown' });
    const put = await request('POST', '/schedules/greeting');
    expect(problemSchema.parse(put.body)).toMatchObject({ status: 405, code: 'method_not_allowed' });
  });

  it('runs by the clock of the database, and tells at the next start what was missed', async () => {
    await using own = await createTestDatabase();
    const options = { databaseUrl: own.databaseUrl, script: SCRIPT };
    await using opened = new AsyncDisposableStack();
    const database = openDatabase({ url: own.databaseUrl, applicationName: 'switchyard test' });
    opened.defer(() => database.close());
    {
      await using system = await startScenario(options);
      await system.request('POST', '/schedules', { name: 'ticking', cron: '0 4 1 1 *', task: { goal: 'say hello' } });
      await database.query(`UPDATE switchyard.schedules SET next_at = date_trunc('second', now())`);
      const done = await eventually('its tick', async () => {
        const { data } = tickListSchema.parse((await system.request('GET', '/schedules/ticking/ticks')).body);
        return data.find(({ task_status: status }) => status === 'completed');
      });
      expect(done).toMatchObject({ kind: 'cron', outcome: 'submitted' });
    }
    // As if it had been down for five hours.
    await database.query(
      `UPDATE switchyard.schedules SET cron = '0 * * * *', next_at = date_trunc('hour', now()) - interval '5 hours'`,
    );
    await using system = await startScenario(options);
    const told = await eventually('what was missed', async () => {
      const view = scheduleViewSchema.parse((await system.request('GET', '/schedules/ticking')).body);
      return view.last_missed ?? undefined;
    });
    // The tick of this hour may just have been in time.
    expect([5, 6]).toContain(told.count);
    expect(Date.parse(told.to) - Date.parse(told.from)).toBe((told.count - 1) * 3_600_000);
    expect(system.log.join('\n')).toContain('ticks of a schedule came due while nothing ran');
  });
});
