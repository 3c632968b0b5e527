import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { main } from '../../src/main.ts';
import { type FakeIoOptions, fakeIo } from '../support/fake-io.ts';
import {
  fakeServer,
  type Handler,
  json,
  problem,
  sendEvents,
  TASK_ID,
  taskEvent,
  taskView,
} from '../support/fake-server.ts';
import { parsed, parsedLines } from '../support/json.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchyard-cli-test-'));
});
afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 20 }));

/** Runs a command against a server that answers like this. */
async function run(handler: Handler, argv: readonly string[], options: FakeIoOptions = {}) {
  await using server = await fakeServer(handler);
  const io = fakeIo({ cwd: folder, ...options });
  const code = await main([...argv, '--server', server.url], io);
  return { code, out: io.out(), err: io.err(), requests: server.requests, listeners: io.listeners() };
}

const accepted: Handler = (request, response) => {
  if (request.method === 'POST')
    return json(response, 202, { task_id: TASK_ID, status: 'pending', message: 'accepted' });
  if (!request.url.endsWith('/events')) return json(response, 200, taskView());
  sendEvents(response, [taskEvent(1, 'task-submitted', { arm: 'generalist' }), taskEvent(2, 'task-completed')]);
  response.end();
};

/** As `accepted`, with another task at its end. */
const endingAs =
  (more: object): Handler =>
  (request, response) =>
    request.method === 'GET' && !request.url.endsWith('/events')
      ? json(response, 200, taskView(more))
      : accepted(request, response);

/** Its task never ends. */
const pending: Handler = (request, response) =>
  request.url.endsWith('/events')
    ? sendEvents(response, [taskEvent(1, 'task-submitted')])
    : accepted(request, response);

describe('a word that only the server sees to be wrong', () => {
  const refusing =
    (...pointers: string[]): Handler =>
    (_request, response) =>
      problem(response, 422, 'validation_failed', {
        errors: pointers.map((pointer) => ({ pointer, detail: `${pointer} was wrong` })),
      });

  it.each([
    [['submit', 'x', '--arm', 'nope'], ['/assigned_arm'], '--arm: /assigned_arm was wrong'],
    [['submit', ' '], ['/goal'], 'the goal: /goal was wrong'],
    [['submit', 'x', '--idempotency-key', 'a b'], ['Idempotency-Key'], '--idempotency-key: '],
    [['submit', '--batch', '-', '--idempotency-key', 'a b'], ['Idempotency-Key'], '--idempotency-key: '],
    [['tasks', '--cursor', 'zzz'], ['cursor'], '--cursor: cursor was wrong'],
    [
      ['tasks', '--parent', 'x', '--search', '\u0000'],
      ['parent', 'q'],
      '--parent: parent was wrong\n--search: q was wrong',
    ],
    [['retry', '--since', 'yesterday'], ['/since'], '--since: /since was wrong'],
    [['schedules', 'add', 'a b', 'x', '--cron', '@daily'], ['/name'], 'the name: /name was wrong'],
    [['schedules', 'add', 'a', 'x', '--cron', '@daily', '--arm', 'y'], ['/task/assigned_arm'], '--arm: '],
    [['schedules', 'change', 'a', '--zone', 'Mars'], ['/time_zone'], '--zone: '],
  ])('%j is told by that word and ends with 2', async (argv, pointers, words) => {
    const { code, err } = await run(refusing(...pointers), argv, { stdin: ['{"goal": "x"}'] });
    expect(code).toBe(2);
    expect(err).toContain(`error: ${words}`);
    expect(err).toContain('--help shows examples');
  });

  it('is the whole problem for programs', async () => {
    const { code, out } = await run(refusing('/assigned_arm'), ['submit', 'x', '--arm', 'nope', '--json']);
    expect([code, parsed(out)]).toMatchObject([
      2,
      { code: 'validation_failed', errors: [{ pointer: '/assigned_arm' }] },
    ]);
  });

  it.each([
    ['a file', ['submit', 'x', '--input', '-'], ['/input/a']],
    ['a file and a word', ['submit', 'x', '--arm', 'y', '--input', '-'], ['/assigned_arm', '/input/a']],
    ['the file of a task', ['submit', '--task', '-'], ['/assigned_arm']],
    ['the file of a batch', ['submit', '--batch', '-'], ['/0/goal']],
  ])('is none where %s is wrong, and ends with 1', async (_what, argv, pointers) => {
    const { code, err } = await run(refusing(...pointers), argv, { stdin: ['{"goal": "x"}'] });
    expect(code).toBe(1);
    for (const pointer of pointers) expect(err).toContain(`${pointer}: ${pointer} was wrong`);
  });
});

describe('submit --batch', () => {
  const batchAccepted: Handler = (request, response) =>
    request.method === 'POST'
      ? json(response, 202, { data: [{ task_id: TASK_ID, status: 'pending' }], message: 'accepted' })
      : accepted(request, response);

  it.each([
    ['an array', '[{"goal": "a"}, {"goal": "b"}]'],
    ['a task a line', '{"goal": "a"}\n\n{"goal": "b"}\n'],
  ])('sends %s as one request and prints the ids', async (_what, text) => {
    const { code, out, requests } = await run(batchAccepted, ['submit', '--batch', '-', '--idempotency-key', 'k'], {
      stdin: [text],
    });
    expect([code, out]).toEqual([0, `${TASK_ID}\n`]);
    expect(requests).toMatchObject([{ url: '/submit/batch', headers: { 'idempotency-key': 'k' } }]);
    expect(parsed(requests[0]?.body ?? '')).toEqual([{ goal: 'a' }, { goal: 'b' }]);
  });

  it('with --wait ends as the worst of its tasks', async () => {
    const handler: Handler = (request, response) =>
      request.method === 'POST' ? batchAccepted(request, response) : endingAs({ status: 'failed' })(request, response);
    const { code, out } = await run(handler, ['submit', '--batch', '-', '--wait'], { stdin: ['[{"goal": "a"}]'] });
    expect([code, out]).toEqual([5, `${TASK_ID} failed\n`]);
  });

  it('with --wait takes any --timeout, and tells of the whole of it when it has run out', async () => {
    const ended: Handler = (request, response) =>
      request.method === 'POST' ? batchAccepted(request, response) : endingAs({})(request, response);
    const argv = ['submit', '--batch', '-', '--wait', '--timeout'];
    const stdin = ['[{"goal": "a"}]'];
    expect(await run(ended, [...argv, '4.0005'], { stdin })).toMatchObject({ code: 0, out: `${TASK_ID} completed\n` });
    const still: Handler = (request, response) =>
      request.method === 'POST' ? batchAccepted(request, response) : pending(request, response);
    const { code, err } = await run(still, [...argv, '0.2005'], { stdin });
    expect(code).toBe(8);
    expect(err).toContain('has not ended after 0.2005 s');
  });

  it('says which line is no JSON, and what cannot be given beside it', async () => {
    const broken = await run(batchAccepted, ['submit', '--batch', '-'], { stdin: ['{"goal": "a"}\n{goal}'] });
    expect(broken.code).toBe(1);
    expect(broken.err).toContain('stdin is not valid JSON in line 2');
    const both = await run(batchAccepted, ['submit', 'a goal', '--batch', '-'], { stdin: ['[]'] });
    expect(both.code).toBe(2);
    expect(both.err).toContain('goal cannot be given with --batch');
  });
});

describe('submit', () => {
  it('prints the id and nothing else on stdout', async () => {
    const { code, out, err, requests, listeners } = await run(accepted, ['submit', 'say hello']);
    expect([code, out]).toEqual([0, `${TASK_ID}\n`]);
    expect(err).toContain(`switchyard watch ${TASK_ID}`);
    expect(parsed(requests[0]?.body ?? '')).toEqual({ goal: 'say hello' });
    expect(listeners).toBe(0);
  });

  it('sends a whole task from a file, and takes nothing beside it', async () => {
    const tree = { goal: 'both', aggregate: { by: 'all' }, subtasks: [{ goal: 'a' }, { goal: 'b' }] };
    await writeFile(join(folder, 'tree.json'), JSON.stringify(tree));
    const { code, requests } = await run(accepted, ['submit', '--task', 'tree.json']);
    expect(code).toBe(0);
    expect(parsed(requests[0]?.body ?? '')).toEqual(tree);
    const both = await run(accepted, ['submit', 'a goal', '--task', 'tree.json']);
    expect([both.code, both.requests.length]).toEqual([2, 0]);
    expect(both.err).toContain('goal cannot be given with --task');
    await writeFile(join(folder, 'list.json'), '[]');
    expect((await run(accepted, ['submit', '--task', 'list.json'])).err).toContain('must hold a task');
  });

  it('sends what its options say', async () => {
    await writeFile(join(folder, 'input.json'), '\ufeff{"a": [1, null]}');
    const { code, requests, out } = await run(accepted, [
      ...[
        'submit',
        '--goal',
        'g',
        '--arm',
        'greenlight',
        '--input',
        'input.json',
        '--context',
        'c',
        '--priority',
        'high',
      ],
      ...['--idempotency-key', 'k', '--max-time', '12.5', '--json'],
    ]);
    expect(code).toBe(0);
    expect(parsed(requests[0]?.body ?? '')).toEqual({
      goal: 'g',
      assigned_arm: 'greenlight',
      input: { a: [1, null] },
      context: 'c',
      priority: 'high',
      budget: { max_time_seconds: 12.5 },
    });
    expect(requests[0]?.headers['idempotency-key']).toBe('k');
    expect(parsed(out)).toEqual({ task_id: TASK_ID, status: 'pending', message: 'accepted' });
  });

  it('reads its input from stdin', async () => {
    const stdin = [new Uint8Array([0x22, 0xc3]), new Uint8Array([0xa9, 0x22])];
    const { requests } = await run(accepted, ['submit', 'g', '--input', '-'], { stdin });
    expect(parsed(requests[0]?.body ?? '')).toMatchObject({ input: 'é' });
  });

  it('with --wait prints the events on stderr and the task on stdout', async () => {
    const text = await run(accepted, ['submit', 'g', '--wait']);
    expect(text.code).toBe(0);
    expect(text.out).toContain('status     completed');
    expect(text.err).toMatch(/1 task-submitted[^]*2 task-completed/);
    const machine = await run(accepted, ['submit', 'g', '--wait', '--json']);
    expect(parsed(machine.out)).toEqual(taskView());
  });

  it.each([
    ['failed', { status: 'failed', error: { code: 'x', message: 'no' }, result: null }, 5],
    ['cancelled', { status: 'cancelled', result: null }, 5],
    ['graded below 1', { arm: 'greenlight', result: { partial_score: 0.9 } }, 5],
    ['graded 1', { arm: 'greenlight', result: { partial_score: 1 } }, 0],
    ['completed without a result', { arm: 'greenlight', result: null }, 0],
  ])('with --wait a task that %s ends as it should', async (_, more, expected) => {
    expect((await run(endingAs(more), ['submit', 'g', '--wait', '--json'])).code).toBe(expected);
  });

  it('ends with 8 when the task is still pending at --timeout', async () => {
    const { code, err } = await run(pending, ['submit', 'g', '--wait', '--timeout', '0.2']);
    expect(code).toBe(8);
    expect(err).toContain('has not ended after 0.2 s and goes on');
  });

  it('ends with 4 when the screen blocks it, and repeats no value', async () => {
    const blocked: Handler = (_, response) =>
      problem(response, 400, 'task_blocked', {
        pii_detected: true,
        findings: [{ type: 'SSN', field: '/goal', position: 3 }],
      });
    const { code, out, err } = await run(blocked, ['submit', 'my 536-90-4399', '--json']);
    expect(code).toBe(4);
    expect(err).toContain('SSN in /goal at 3');
    expect(parsed(out)).toMatchObject({ code: 'task_blocked', findings: [{ type: 'SSN' }] });
    expect(out + err).not.toContain('536-90-4399');
  });

  it('follows a task that was tried again while it looked', async () => {
    let looked = 0;
    const { code } = await run(
      (request, response) => {
        if (request.method === 'GET' && !request.url.endsWith('/events')) {
          looked += 1;
          return json(response, 200, taskView({ status: looked === 1 ? 'pending' : 'completed' }));
        }
        if (request.headers['last-event-id'] === '2') {
          sendEvents(response, [taskEvent(3, 'task-retried', { asked: true }), taskEvent(4, 'task-completed')]);
          response.end();
          return undefined;
        }
        return accepted(request, response);
      },
      ['submit', 'g', '--wait', '--json'],
    );
    expect([code, looked]).toEqual([0, 2]);
  });

  it.each([
    [['submit'], 'the goal is missing'],
    [['submit', 'a', '--goal', 'b'], 'given twice'],
    [['submit', 'a', '--timeout', '3'], '--timeout is for --wait'],
    [['submit', 'a', '--wait', '--timeout', '-3'], 'a number of seconds'],
    [['submit', 'a', '--wait', '--timeout', '99999999'], 'a number of seconds'],
    [['submit', 'a', '--priority', 'urgent'], 'Allowed choices are low, medium, high, critical'],
    [['submit', 'a', 'b'], 'too many arguments'],
  ])('%j is a wrong use', async (argv, message) => {
    const { code, out, err, requests } = await run(accepted, argv);
    expect([code, out, requests.length]).toEqual([2, '', 0]);
    expect(err).toContain(message);
  });

  it.each([
    ['a file that is not there', ['--input', 'no.json'], /no\.json cannot be read: there is no such file or folder\n/],
    ['a file that is no JSON', ['--input', 'bad.json'], /bad\.json is not valid JSON/],
    ['stdin that is no JSON', ['--input', '-'], /stdin is not valid JSON/],
  ])('does not send %s', async (_, more, message) => {
    await writeFile(join(folder, 'bad.json'), '{');
    const { code, err, requests } = await run(accepted, ['submit', 'g', ...more]);
    expect([code, requests.length]).toEqual([1, 0]);
    expect(err).toMatch(message);
  });
});

describe('task and tasks', () => {
  it('show a task, for people and for programs', async () => {
    expect((await run(accepted, ['task', TASK_ID])).out).toContain('goal       say hello');
    expect(parsed((await run(accepted, ['task', TASK_ID, '--json'])).out)).toEqual(taskView());
  });

  it('end with 1 for an unknown task', async () => {
    const { code, err, out } = await run((_, response) => problem(response, 404, 'task_unknown'), ['task', 'x']);
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain('the detail of task_unknown');
  });

  it('list tasks with their filters', async () => {
    const { result: _, ...summary } = taskView();
    const page = { data: [summary], next_cursor: 'more' };
    const list: Handler = (_, response) => json(response, 200, page);
    const text = await run(list, [
      'tasks',
      '--status',
      'completed',
      '--arm',
      'a',
      '--search',
      'w',
      '--limit',
      '2',
      '--cursor',
      'c',
    ]);
    expect(text.requests[0]?.url).toBe('/tasks?status=completed&arm=a&q=w&limit=2&cursor=c');
    expect(text.out).toContain(TASK_ID);
    expect(text.err).toContain('--cursor more');
    expect(parsed((await run(list, ['tasks', '--json'])).out)).toEqual(page);
    const none = await run((_, response) => json(response, 200, { data: [], next_cursor: null }), ['tasks']);
    expect([none.code, none.out, none.err]).toEqual([0, '', 'no tasks\n']);
  });
});

describe('watch', () => {
  it('prints every event as a line, or as NDJSON, and ends as the task does', async () => {
    const text = await run(accepted, ['watch', TASK_ID]);
    expect(text.code).toBe(0);
    expect(text.out).toMatch(/^.* task-submitted .*\n.* task-completed\n$/);
    const machine = await run(endingAs({ status: 'failed' }), ['watch', TASK_ID, '--json']);
    expect(machine.code).toBe(5);
    expect(parsedLines(machine.out)).toEqual([
      taskEvent(1, 'task-submitted', { arm: 'generalist' }),
      taskEvent(2, 'task-completed'),
    ]);
  });

  it('says once that the connection was lost, until it has heard of the task again', async () => {
    let asked = 0;
    const flaky: Handler = (request, response) => {
      if (!request.url.endsWith('/events')) return json(response, 200, taskView());
      asked += 1;
      // Broken off at the first time with an event, at the next two without.
      if (asked === 1) sendEvents(response, [taskEvent(1, 'task-submitted')]);
      if (asked === 4) sendEvents(response, [taskEvent(2, 'task-completed')]);
      if (asked === 2 || asked === 3) return void response.destroy();
      return void response.end();
    };
    const { code, out, err } = await run(flaky, ['watch', TASK_ID]);
    expect([code, asked]).toEqual([0, 4]);
    expect(out).toMatch(/^.* task-submitted.*\n.* task-completed.*\n$/);
    expect(err.match(/the connection was lost/g)).toHaveLength(1);
  });

  it('ends with 8 at --timeout', async () => {
    expect((await run(pending, ['watch', TASK_ID, '--timeout', '0.1'])).code).toBe(8);
  });

  it('ends with 130 when it is interrupted', async () => {
    await using server = await fakeServer(pending);
    const io = fakeIo();
    const running = main(['watch', TASK_ID, '--server', server.url], io);
    await io.saw(/task-submitted/);
    io.send('SIGINT');
    expect(await running).toBe(130);
  });

  it('ends when nobody reads its output any more', async () => {
    await using server = await fakeServer(pending);
    const io = fakeIo();
    const running = main(['watch', TASK_ID, '--server', server.url], io);
    await io.saw(/task-submitted/);
    io.closeOutput();
    expect(await running).toBe(1);
  });
});

describe('cancel and retry', () => {
  it('say what has become of the task', async () => {
    const cancelled = await run(endingAs({ status: 'cancelled' }), ['cancel', TASK_ID]);
    expect([cancelled.code, cancelled.out]).toEqual([0, `${TASK_ID} cancelled\n`]);
    expect(cancelled.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
      `POST /tasks/${TASK_ID}/cancel`,
      `GET /tasks/${TASK_ID}`,
    ]);
    const retried = await run(endingAs({ status: 'pending' }), ['retry', TASK_ID]);
    expect(retried.out).toBe(`${TASK_ID} pending\n`);
    expect(parsed((await run(accepted, ['retry', TASK_ID, '--json'])).out)).toEqual(taskView());
  });

  it('do not say that a task is cancelled while its work goes on', async () => {
    const { code, out, err } = await run(endingAs({ status: 'processing', cancel_requested: true }), [
      'cancel',
      TASK_ID,
    ]);
    expect([code, out]).toEqual([0, `${TASK_ID} processing, cancel asked for\n`]);
    expect(err).toContain(`switchyard watch ${TASK_ID}`);
  });

  it('end with 1 when the task has ended already', async () => {
    const ended: Handler = (_, response) => problem(response, 409, 'task_ended');
    expect((await run(ended, ['cancel', TASK_ID])).code).toBe(1);
    expect((await run(ended, ['retry', TASK_ID])).code).toBe(1);
  });
});

describe('retry of many', () => {
  const BEFORE = '2026-02-01T09:00:00.000Z';
  const answer = (retried: number, byCode: Record<string, number> = {}) => ({
    retried,
    remaining: Object.values(byCode).reduce((sum, count) => sum + count, 0),
    remaining_by_code: byCode,
    before: BEFORE,
  });

  it('calls until nothing remains of what had failed at the first call', async () => {
    const answers = [answer(5_000, { RATE_LIMIT: 10 }), answer(10)];
    const { code, out, err, requests } = await run(
      (_, response) => json(response, 200, answers.shift()),
      ['retry', '--arm', 'far', '--code', 'RATE_LIMIT'],
    );
    expect([code, out]).toEqual([0, '5010 queued again\n']);
    expect(err).toContain('5000 queued again, 10 to go');
    expect(requests.map(({ body }) => parsed(body))).toEqual([
      { status: 'failed', arm: 'far', code: 'RATE_LIMIT', dry_run: false },
      { status: 'failed', arm: 'far', code: 'RATE_LIMIT', dry_run: false, before: BEFORE },
    ]);
  });

  it('counts with --dry-run', async () => {
    const counted = answer(0, { RATE_LIMIT: 7, arm_failed: 1 });
    const { out, requests } = await run((_, response) => json(response, 200, counted), ['retry', '--all', '--dry-run']);
    expect(out).toBe('8 would be tried again\n  7 RATE_LIMIT\n  1 arm_failed\n');
    expect(requests).toHaveLength(1);
  });

  it.each([
    [['retry'], 'name a task by its id'],
    [['retry', TASK_ID, '--all'], 'not both'],
    [['retry', '--dry-run'], '--dry-run counts many'],
  ])('%j is a wrong use', async (argv, message) => {
    const { code, err, requests } = await run(accepted, argv);
    expect([code, requests]).toEqual([2, []]);
    expect(err).toContain(message);
  });
});

describe('a server that is not there', () => {
  it('and was named is an error, not a reason to start one', async () => {
    const server = await fakeServer(() => undefined);
    await server[Symbol.asyncDispose]();
    const io = fakeIo();
    expect(await main(['task', TASK_ID, '--server', server.url], io)).toBe(1);
    expect(io.err()).toMatch(/no server answers at .* \(connection refused\)/);
  });

  it('is refused as a wrong use when its address is none', async () => {
    const io = fakeIo();
    expect(await main(['tasks', '--server', 'localhost:8000'], io)).toBe(2);
    expect(io.err()).toContain('an http or https URL');
  });
});

describe('arms', () => {
  const ARM = {
    name: 'remote',
    type: 'http',
    screening: 'enforce',
    redacts: ['Email'],
    fallback: ['generalist'],
    input_schema: null,
    health: 'troubled',
    problems: ['arm.example.org failed again and again'],
    nodes: 2,
    slots: 16,
    waiting: 3,
    oldest_waiting_seconds: 61,
  };

  it('lists each with its health, what waits and what is wrong', async () => {
    const { code, out } = await run((_request, response) => json(response, 200, { data: [ARM] }), ['arms']);
    expect(code).toBe(0);
    const line = out.split('\n').find((text) => text.includes('remote')) ?? '';
    expect(line).toMatch(/remote.*http.*troubled.*16 on 2 nodes.*3 \(61 s\).*redact/);
    expect(out).toContain('falls back to');
  });

  it('prints the answer as it is with --json', async () => {
    const { out } = await run((_request, response) => json(response, 200, { data: [ARM] }), ['arms', '--json']);
    expect(parsed(out)).toEqual({ data: [ARM] });
  });
});
