import { matching } from '@switchyard/orchestrator/testing';
import { describe, expect, it } from 'vitest';
import { main } from '../../src/main.ts';
import { type FakeIoOptions, fakeIo } from '../support/fake-io.ts';
import { fakeServer, type Handler, json, problem, TASK_ID } from '../support/fake-server.ts';
import { parsed } from '../support/json.ts';

const TICK = {
  ...{ tick_at: '2026-03-02T02:00:00.000Z', kind: 'cron', outcome: 'submitted', reason: null, missed: null },
  ...{ task_id: TASK_ID, task_status: 'completed' },
  ...{ created_at: '2026-03-02T02:00:00.000Z', updated_at: '2026-03-02T02:00:00.000Z' },
};
const GAP = { count: 8, at_least: false, from: '2026-02-20T02:00:00.000Z', to: '2026-02-27T02:00:00.000Z' };
const MISSED = { ...TICK, outcome: 'missed', task_id: null, task_status: null, missed: GAP };

function schedule(more: object = {}) {
  return {
    ...{ name: 'nightly', cron: '0 3 * * *', time_zone: 'Europe/Berlin', on_overlap: 'skip', on_missed: 'run-once' },
    ...{ paused: false, outline: { goal: 'count the sheep', arm: 'generalist', priority: 'medium', subtasks: 2 } },
    next_at: '2126-03-03T02:00:00.000Z',
    upcoming: ['2126-03-03T02:00:00.000Z', '2126-03-04T02:00:00.000Z', '2126-03-05T02:00:00.000Z'],
    ...{ last_tick: TICK, last_missed: null, counts: { submitted: 3, skipped: 1, missed: 8, refused: 0 }, waiting: 0 },
    ...{ created_at: '2026-03-01T00:00:00.000Z', updated_at: '2026-03-01T00:00:00.000Z' },
    task: { goal: 'count the sheep' },
    links: { self: '/schedules/nightly', ticks: '/schedules/nightly/ticks', run: '/schedules/nightly/run' },
    ...more,
  };
}

async function run(handler: Handler, argv: readonly string[], options: FakeIoOptions = {}) {
  await using server = await fakeServer(handler);
  const io = fakeIo(options);
  const code = await main(['schedules', ...argv, '--server', server.url], io);
  return { code, out: io.out(), err: io.err(), requests: server.requests };
}

const answering =
  (body: unknown, status = 200): Handler =>
  (_request, response) =>
    json(response, status, body);

describe('schedules', () => {
  it('lists them, with the next run in words and in their zone', async () => {
    const two = [schedule({ waiting: 2 }), schedule({ name: 'later', paused: true, next_at: null, last_tick: null })];
    const { code, out, requests } = await run(answering({ data: two }), [], { terminal: { columns: 200 } });
    expect(code).toBe(0);
    expect(requests).toMatchObject([{ method: 'GET', url: '/schedules' }]);
    expect(out).toMatch(/nightly.*0 3 \* \* \*.*Europe\/Berlin.*in \d+ d.*, Sun 2126-03-03 03:00/);
    expect(out).toMatch(/completed.* ago, 2 waiting/);
    expect(out).toMatch(/later.*paused/);
    expect((await run(answering({ data: two }), ['--json'])).out).toContain('"name":"nightly"');
    expect((await run(answering({ data: [] }), [])).err).toContain('switchyard schedules add --help');
  });

  it('shows one with its policies in words, what was missed and its last ticks', async () => {
    const handler: Handler = ({ url }, response) =>
      json(response, 200, url.includes('/ticks') ? { data: [TICK, MISSED] } : schedule({ last_missed: GAP }));
    const { code, out, requests } = await run(handler, ['show', 'nightly'], { terminal: { columns: 200 } });
    expect(code).toBe(0);
    expect(requests.map(({ url }) => url)).toEqual(['/schedules/nightly', '/schedules/nightly/ticks?limit=10']);
    expect(out).toContain('skip: a tick is skipped while the task before it runs');
    expect(out).toContain('generalist, medium priority, 2 subtasks');
    expect(out).toContain('8 ticks from Fri 2026-02-20 03:00 to Fri 2026-02-27 03:00 came due while nothing ran');
    expect(out).toContain('3 submitted, 1 skipped, 8 missed, 0 refused');
    expect(out).toContain(TASK_ID);
    const whole = parsed((await run(handler, ['show', 'nightly', '--json'])).out);
    expect(whole).toMatchObject({ name: 'nightly', ticks: [{ outcome: 'submitted' }, { outcome: 'missed' }] });
  });

  it('shows the ids of the tasks whole on a narrow terminal', async () => {
    const handler: Handler = ({ url }, response) =>
      json(response, 200, url.includes('/ticks') ? { data: [TICK] } : schedule());
    const { out } = await run(handler, ['show', 'nightly'], { terminal: { columns: 80 }, env: { NO_COLOR: '1' } });
    const table = out.split('\n').filter((line) => /^[┌│├└]/.test(line));
    expect(table.join('\n')).toMatch(new RegExp(`2026-03-02 03:00 │ cron │ completed │ ${TASK_ID} │`));
    for (const line of table) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('adds one, and shows its next three runs', async () => {
    const { code, out, requests } = await run(answering(schedule(), 201), [
      ...['add', 'nightly', 'count the sheep', '--cron', '0 3 * * *', '--zone', 'Europe/Berlin'],
      ...['--overlap', 'queue', '--missed', 'run-once', '--arm', 'test', '--paused'],
    ]);
    expect(code).toBe(0);
    expect(requests).toMatchObject([{ method: 'POST', url: '/schedules' }]);
    expect(parsed(requests[0]?.body ?? '')).toEqual({
      ...{ name: 'nightly', cron: '0 3 * * *', time_zone: 'Europe/Berlin', on_overlap: 'queue', on_missed: 'run-once' },
      ...{ paused: true, task: { goal: 'count the sheep', assigned_arm: 'test' } },
    });
    expect(out.split('\n').slice(0, 4)).toEqual([
      'nightly runs next',
      matching(/^ {2}Sun 2126-03-03 03:00 Europe\/Berlin \(in /),
      matching(/Mon 2126-03-04 03:00/),
      matching(/Tue 2126-03-05 03:00/),
    ]);
  });

  it.each([
    [['add', 'nightly', 'a goal'], 'when is missing: --cron "30 2 * * *"'],
    [['add', 'nightly', '--cron', '@daily'], 'the goal is missing: switchyard schedules add nightly'],
    [['add', 'nightly', 'a goal', '--cron', '@daily', '--overlap', 'maybe'], 'Allowed choices are skip, queue'],
    [['add', 'nightly', 'a goal', '--cron', '@daily', '--task', 'x.json'], 'goal cannot be given with --task'],
    [['change', 'nightly'], 'nothing to change: give --cron'],
    [['change', 'nightly', '--arm', 'test'], 'a task is changed as a whole: give --goal'],
    [['show'], "missing required argument 'name'"],
    [['nightly'], 'there is no "schedules nightly"'],
  ])('%j is told what is wrong, and asks nobody', async (argv, words) => {
    const { code, err, requests } = await run(answering({}), argv);
    expect([code, requests]).toEqual([2, []]);
    expect(err).toContain(words);
  });

  it('tells each word that the server refuses, as a wrong word', async () => {
    const errors = [
      { pointer: '/cron', detail: 'the hour was "25": it may be 0 to 23' },
      { pointer: '/time_zone', detail: 'must be the IANA name of a time zone' },
    ];
    const refuse: Handler = (_request, response) => problem(response, 422, 'validation_failed', { errors });
    const { code, err } = await run(refuse, ['add', 'x', 'goal', '--cron', '0 25 * * *']);
    expect(code).toBe(2);
    expect(err).toContain('error: --cron: the hour was "25": it may be 0 to 23\n--zone: must be the IANA name');
  });

  it('changes what is given only', async () => {
    const { requests, out } = await run(answering(schedule()), ['change', 'nightly', '--cron', '@daily']);
    expect(requests).toMatchObject([{ method: 'PATCH', url: '/schedules/nightly', body: '{"cron":"@daily"}' }]);
    expect(out).toContain('nightly runs next');
  });

  it('pauses, resumes and removes', async () => {
    const paused = await run(answering(schedule({ paused: true, next_at: null })), ['pause', 'nightly']);
    expect([paused.out, paused.requests[0]?.body]).toEqual(['nightly is paused\n', '{"paused":true}']);
    const resumed = await run(answering(schedule()), ['resume', 'nightly']);
    expect(resumed.out).toMatch(/^nightly runs in .*, Sun 2126-03-03 03:00\n$/);
    const removed = await run((_request, response) => void response.writeHead(204).end(), ['remove', 'nightly']);
    expect([removed.code, removed.out, removed.requests[0]?.method]).toEqual([0, 'nightly is removed\n', 'DELETE']);
  });

  it('runs one now and prints the id of its task, or says that it waits', async () => {
    const ran = await run(answering(TICK, 202), ['run', 'nightly']);
    expect([ran.out, ran.requests[0]?.url]).toEqual([`${TASK_ID}\n`, '/schedules/nightly/run']);
    const waiting = { ...TICK, outcome: 'waiting', task_id: null, task_status: null };
    expect(await run(answering(waiting, 202), ['run', 'nightly'])).toMatchObject({
      ...{ code: 0, out: '', err: 'it waits until the task of the earlier tick has ended\n' },
    });
    const busy: Handler = (_request, response) => problem(response, 409, 'schedule_busy');
    expect((await run(busy, ['run', 'nightly'])).code).toBe(1);
  });
});
