import { describe, expect, it } from 'vitest';
import { submittedSchema, taskPageSchema, taskViewSchema } from '../../src/contract/index.ts';
import { CursorInvalid, DatabaseUnavailable, ScreenUnavailable } from '../../src/ports/errors.ts';
import { createHandDrivenScreen, matching } from '../../testing/index.ts';
import { call, openServer, problemIn } from './open-server.ts';

const UNKNOWN = '00000000-0000-4000-8000-000000000000';

describe('POST /submit', () => {
  it('answers 202 with the id, where to look and when, once the task is stored', async () => {
    const server = await openServer();
    const answer = await call(server, '/submit', { body: { goal: 'sort the post' } });
    expect(answer.status).toBe(202);
    const { task_id, status } = submittedSchema.parse(answer.json);
    expect(status).toBe('pending');
    expect(answer.headers).toMatchObject({ location: `/tasks/${task_id}`, 'retry-after': '1' });
    expect(answer.headers['content-type']).toMatch(/^application\/json/);
    expect(server.store.inserted.map(({ spec }) => spec.id)).toEqual([task_id]);
  });

  it('takes JSON whatever the charset that is named beside it', async () => {
    const server = await openServer();
    const headers = { 'content-type': 'application/json; charset=utf-8' };
    expect((await call(server, '/submit', { headers, body: { goal: 'sort the post' } })).status).toBe(202);
  });

  it('goes on with the trace that the caller sends, and answers with its own span of it', async () => {
    const server = await openServer();
    const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
    const headers = { traceparent: `00-${trace}-00f067aa0ba902b7-01` };
    const answer = await call(server, '/submit', { headers, body: { goal: 'sort the post' } });
    expect(server.store.inserted[0]?.spec.traceId).toBe(trace);
    expect(answer.headers['traceparent']).toBe(`00-${trace}-${server.store.inserted[0]?.spec.spanId}-01`);
  });

  it('begins a trace where the one sent is not valid', async () => {
    const server = await openServer();
    const headers = { traceparent: 'nonsense' };
    expect((await call(server, '/submit', { headers, body: { goal: 'sort the post' } })).status).toBe(202);
    expect(server.store.inserted[0]?.spec.traceId).toMatch(/^[0-9a-f]{32}$/);
  });

  it.each([
    ['no goal', {}, '/goal', 'is missing: must be a string'],
    ['a blank goal', { goal: ' ' }, '/goal', 'must not be blank; it was " "'],
    ['a number for a goal', { goal: 5 }, '/goal', 'must be a string; it was 5'],
    [
      'a goal too long',
      { goal: 'x'.repeat(10_001) },
      '/goal',
      'must be at most 10000 characters long; it was a text of 10001 characters',
    ],
    [
      'a context too long',
      { goal: 'x', context: 'x'.repeat(50_001) },
      '/context',
      'must be at most 50000 characters long; it was a text of 50001 characters',
    ],
    [
      'an array for constraints',
      { goal: 'x', constraints: [1] },
      '/constraints',
      'must be an object; it was an array of 1',
    ],
    [
      'a blank criterion',
      { goal: 'x', acceptance_criteria: ['fine', ''] },
      '/acceptance_criteria/1',
      'must not be blank; it was ""',
    ],
    ['no tokens', { goal: 'x', budget: { max_tokens: 0 } }, '/budget/max_tokens', 'must be at least 1; it was 0'],
    [
      'half a token',
      { goal: 'x', budget: { max_tokens: 1.5 } },
      '/budget/max_tokens',
      'must be a whole number; it was 1.5',
    ],
    [
      'too much time',
      { goal: 'x', budget: { max_time_seconds: 3601 } },
      '/budget/max_time_seconds',
      'must be at most 3600; it was 3601',
    ],
    [
      'an unknown priority',
      { goal: 'x', priority: 'urgent' },
      '/priority',
      'must be one of: low, medium, high, critical; it was "urgent"',
    ],
    [
      'no name of an arm',
      { goal: 'x', assigned_arm: 'A!' },
      '/assigned_arm',
      'must be the name of an arm: lower-case letters, digits and dashes; it was "A!"',
    ],
    [
      'an unknown arm',
      { goal: 'x', assigned_arm: 'nobody' },
      '/assigned_arm',
      'there is no arm "nobody"; it may be one of: generalist, test',
    ],
    ['no id of a parent', { goal: 'x', parent_task_id: '7' }, '/parent_task_id', 'must be a valid UUID; it was "7"'],
    [
      'no time to start after',
      { goal: 'x', start_after: 'soon' },
      '/start_after',
      'must be a valid time with offset, as 2026-01-31T09:00:00Z; it was "soon"',
    ],
    ['too many attempts', { goal: 'x', max_attempts: 21 }, '/max_attempts', 'must be at most 20; it was 21'],
    ['a NUL deep inside', { goal: 'x', input: { a: ['\u0000'] } }, '/input/a/0', 'must not contain the NUL character'],
    ['a list for the body', [1], '', 'must be an object; it was an array of 1'],
    ['a text for the body', '"goal"', '', 'must be an object; it was "goal"'],
    ['null for the body', 'null', '', 'must be an object; there was none, or it was null'],
    [
      'a number beyond a double',
      '{"goal": "x", "input": {"n": [1e999]}}',
      '/input/n/0',
      'must be a number of at most about 1.8e308',
    ],
  ])('answers %s with 422, a pointer and what it may be', async (_what, body, pointer, detail) => {
    const server = await openServer();
    const problem = problemIn(await call(server, '/submit', { body }));
    expect(problem).toMatchObject({
      type: 'urn:switchyard:problem:validation_failed',
      title: 'Unprocessable Content',
      status: 422,
      code: 'validation_failed',
      instance: '/submit',
      errors: [{ pointer, detail }],
    });
    expect(problem.detail).toBe(`${pointer || 'the body'}: ${detail}`);
    expect(server.store.inserted).toEqual([]);
  });

  it('answers a body without anything in it with 422', async () => {
    const server = await openServer();
    const headers = { 'content-type': 'application/json' };
    const problem = problemIn(await call(server, '/submit', { method: 'POST', headers }));
    expect(problem).toMatchObject({
      status: 422,
      detail: 'the body: must be an object; there was none, or it was null',
    });
  });

  it('answers a body nested a hundred thousand levels deep with 422 and the place', async () => {
    const server = await openServer();
    const body = `{"goal": "x", "input": ${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    const problem = problemIn(await call(server, '/submit', { body }));
    expect(problem).toMatchObject({ status: 422, errors: [{ detail: 'is nested deeper than 64 levels' }] });
    expect(problem.errors?.[0]?.pointer).toMatch(/^\/input(\/0)+$/);
  });

  it('names at most twenty of many wrong fields', async () => {
    const server = await openServer();
    const body = { goal: 'x', acceptance_criteria: Array.from({ length: 100 }, () => '') };
    expect(problemIn(await call(server, '/submit', { body })).errors).toHaveLength(20);
  });

  it.each([
    ['{"goal": xyz}', ' at line 1, column 10'],
    ['{"goal": "x",\n "input": [1,]}', ' at line 2, column 14'],
    ['abc', ' at line 1, column 1'],
    ['{"goal": "x"', ': it ends too early'],
    ['{"goal": "x"} {}', ' at line 1, column 15'],
    ['{"goal": "x", "__proto__": {}}', ': it sets __proto__ or constructor.prototype'],
  ])('answers %j with 400 and where the JSON ends to be JSON', async (body, place) => {
    const server = await openServer();
    const problem = problemIn(await call(server, '/submit', { body }));
    expect(problem).toMatchObject({
      status: 400,
      code: 'malformed_json',
      detail: `the body is not valid JSON${place}`,
    });
  });

  it('answers a body that is too large with 413 and the limit', async () => {
    const server = await openServer();
    const body = JSON.stringify({ goal: 'x', input: 'y'.repeat(4 * 1024 * 1024) });
    const problem = problemIn(await call(server, '/submit', { body }));
    expect(problem).toMatchObject({ status: 413, code: 'body_too_large' });
    expect(problem.detail).toContain('larger than the 4 MiB that this server takes');
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/xml', 'nonsense'])(
    'answers a body of type %s with 415',
    async (type) => {
      const server = await openServer();
      const answer = await call(server, '/submit', { headers: { 'content-type': type }, body: '{"goal": "x"}' });
      expect(problemIn(answer)).toMatchObject({ status: 415, code: 'media_type_unsupported' });
      expect(server.store.inserted).toEqual([]);
    },
  );

  it.each([
    ['blanks', 'two words'],
    ['nothing', ''],
    ['too many characters', 'k'.repeat(256)],
    ['characters beyond ASCII', 'schl\u00fcssel'],
  ])('answers an Idempotency-Key of %s with 422', async (_what, key) => {
    const server = await openServer();
    const answer = await call(server, '/submit', { headers: { 'idempotency-key': key }, body: { goal: 'x' } });
    expect(problemIn(answer)).toMatchObject({ status: 422, errors: [{ pointer: 'Idempotency-Key' }] });
    expect(server.store.inserted).toEqual([]);
  });

  it('hands the digests of a good Idempotency-Key and of the request on', async () => {
    const server = await openServer();
    await call(server, '/submit', { headers: { 'idempotency-key': 'k-1' }, body: { goal: 'x' } });
    expect(server.store.inserted[0]?.idempotency).toMatchObject({
      key: matching(/^[0-9a-f]{64}$/),
      digest: matching(/^[0-9a-f]{64}$/),
    });
  });

  it('answers what the screen blocks with 400, types and positions, and never the text', async () => {
    const screen = createHandDrivenScreen(async () => ({
      blocked: true,
      findings: [
        { kind: 'pii', type: 'SSN', field: '/goal', position: 10, length: 11, treatment: 'block' },
        {
          kind: 'injection',
          type: 'IgnorePrevious',
          field: '/context',
          position: 0,
          length: 9,
          severity: 'Critical',
          treatment: 'block',
        },
      ],
      redact: [],
    }));
    const server = await openServer({ screen });
    const answer = await call(server, '/submit', { body: { goal: 'my SSN is 123-45-6789' } });
    expect(problemIn(answer)).toMatchObject({
      status: 400,
      code: 'task_blocked',
      pii_detected: true,
      injection_detected: true,
      findings: [
        { type: 'SSN', field: '/goal', position: 10 },
        { type: 'IgnorePrevious', field: '/context', position: 0 },
      ],
    });
    expect(answer.text).not.toContain('123-45-6789');
    expect(server.store.inserted).toEqual([]);
    expect(JSON.stringify(server.store.screened)).not.toContain('123-45-6789');
  });

  it('answers 503 with Retry-After while the screen or the database is away', async () => {
    const noScreen = await openServer({
      screen: createHandDrivenScreen(() => Promise.reject(new ScreenUnavailable('down'))),
    });
    const unscreened = await call(noScreen, '/submit', { body: { goal: 'x' } });
    expect(problemIn(unscreened)).toMatchObject({ status: 503, code: 'screen_unavailable' });
    expect(unscreened.headers['retry-after']).toBe('2');
    const noDatabase = await openServer({ store: { insert: () => Promise.reject(new DatabaseUnavailable('gone')) } });
    const unstored = await call(noDatabase, '/submit', { body: { goal: 'x' } });
    expect(problemIn(unstored)).toMatchObject({ status: 503, code: 'database_unavailable' });
    expect(unstored.headers['retry-after']).toBe('2');
  });

  it('says of a fault of ours nothing but the request id, under which the log has it', async () => {
    const insert = () => Promise.reject(new Error('column "secret" is missing'));
    const server = await openServer({ store: { insert } });
    const answer = await call(server, '/submit', { headers: { 'x-request-id': 'r-7' }, body: { goal: 'x' } });
    expect(problemIn(answer)).toMatchObject({ status: 500, code: 'internal_error', request_id: 'r-7' });
    expect(answer.text).not.toContain('secret');
    expect(server.logger.lines).toMatchObject([{ level: 'error', facts: { request_id: 'r-7' } }]);
  });
});

describe('GET /tasks/{id}', () => {
  it('tells how a task stands, with its links and its trace', async () => {
    const server = await openServer();
    const { id } = server.store.add({
      status: 'failed',
      error: { code: 'arm_failed', message: 'it broke' },
      attempt: 3,
    });
    const answer = await call(server, `/tasks/${id}`);
    expect(answer.status).toBe(200);
    expect(taskViewSchema.parse(answer.json)).toMatchObject({
      task_id: id,
      status: 'failed',
      result: null,
      error: { code: 'arm_failed', message: 'it broke' },
      attempt: 3,
      links: { self: `/tasks/${id}`, events: `/tasks/${id}/events`, retry: `/tasks/${id}/retry` },
    });
    expect(answer.headers['traceparent']).toBe('00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01');
  });

  it('tells of a running task its progress, that a cancel was asked, and how to cancel', async () => {
    const server = await openServer();
    const { id } = server.store.add({ status: 'processing', progress: { step: 2 }, cancelRequestedAt: new Date() });
    const view = taskViewSchema.parse((await call(server, `/tasks/${id}`)).json);
    expect(view).toMatchObject({
      progress: { step: 2 },
      cancel_requested: true,
      links: { cancel: `/tasks/${id}/cancel` },
    });
    expect(view.links).not.toHaveProperty('retry');
    expect(view).not.toHaveProperty('cost_usd');
  });

  it('tells of a completed task its result, usage and cost, null where the price is unknown', async () => {
    const server = await openServer();
    const { id } = server.store.add({
      status: 'completed',
      result: { n: 1 },
      usage: { input_tokens: 3 },
      costUsd: null,
    });
    const view = taskViewSchema.parse((await call(server, `/tasks/${id}`)).json);
    expect(view).toMatchObject({ result: { n: 1 }, usage: { input_tokens: 3 }, cost_usd: null });
    expect(view.links).not.toHaveProperty('cancel');
  });

  it.each([UNKNOWN, 'not-an-id', '%00', "1'%20OR%201=1", 'x'.repeat(90), '..%2f..%2fetc'])(
    'answers %s with 404',
    async (id) => {
      const server = await openServer();
      for (const path of [`/tasks/${id}`, `/tasks/${id}/events`]) {
        expect(problemIn(await call(server, path))).toMatchObject({ status: 404, code: 'task_unknown' });
      }
      for (const path of [`/tasks/${id}/cancel`, `/tasks/${id}/retry`]) {
        expect(problemIn(await call(server, path, { method: 'POST' }))).toMatchObject({
          status: 404,
          code: 'task_unknown',
        });
      }
    },
  );

  it('answers an address that cannot be decoded with 400, and an endless one with 404', async () => {
    const server = await openServer();
    expect(problemIn(await call(server, '/tasks/%ff'))).toMatchObject({ status: 400, code: 'malformed_request' });
    const endless = problemIn(await call(server, `/tasks/${'x'.repeat(5_000)}`));
    expect(endless).toMatchObject({ status: 404, code: 'task_unknown' });
  });
});

describe('GET /tasks', () => {
  it('answers a cursor that is none with 422 and the name of the parameter', async () => {
    const list = () => Promise.reject(new CursorInvalid());
    const server = await openServer({ store: { list } });
    const problem = problemIn(await call(server, '/tasks?cursor=zzz'));
    const detail = 'the cursor is not one that a page of this list ended with; begin without a cursor';
    expect(problem).toMatchObject({ status: 422, code: 'cursor_invalid', errors: [{ pointer: 'cursor', detail }] });
  });

  it('answers a page and where the next one begins', async () => {
    const server = await openServer();
    for (let task = 0; task < 3; task += 1) server.store.add();
    const page = taskPageSchema.parse((await call(server, '/tasks?limit=2')).json);
    expect(page.data).toHaveLength(2);
    expect(page.next_cursor).toBe('more');
    expect(taskPageSchema.parse((await call(server, '/tasks?status=failed')).json)).toEqual({
      data: [],
      next_cursor: null,
    });
  });

  it.each([
    ['limit=0', 'limit', 'must be at least 1; it was "0"'],
    ['limit=201', 'limit', 'must be at most 200; it was "201"'],
    ['limit=many', 'limit', 'must be a number; it was "many"'],
    ['limit=1&limit=2', 'limit', 'must be a number; it was an array of 2'],
    ['status=done', 'status', 'must be one of: pending, processing, completed, failed, cancelled; it was "done"'],
    ['q=%00', 'q', 'must not contain the NUL character; it was "\\u0000"'],
    ['arm=%00', 'arm', 'must not contain the NUL character; it was "\\u0000"'],
  ])('answers ?%s with 422 and the name of the parameter', async (query, pointer, detail) => {
    const server = await openServer();
    const problem = problemIn(await call(server, `/tasks?${query}`));
    expect(problem).toMatchObject({ status: 422, errors: [{ pointer, detail }] });
  });
});

describe('POST /tasks/{id}/cancel and /retry', () => {
  it('answers 202 with what the task is now: a running one is not cancelled yet', async () => {
    const server = await openServer();
    const waiting = server.store.add();
    const running = server.store.add({ status: 'processing' });
    const cancel = (id: string) => call(server, `/tasks/${id}/cancel`, { method: 'POST' });
    const first = await cancel(waiting.id);
    expect(first.status).toBe(202);
    expect(submittedSchema.parse(first.json)).toMatchObject({ task_id: waiting.id, status: 'cancelled' });
    expect(submittedSchema.parse((await cancel(running.id)).json)).toMatchObject({ status: 'processing' });
  });

  it('takes a JSON content type without a body', async () => {
    const server = await openServer();
    const { id } = server.store.add();
    const headers = { 'content-type': 'application/json' };
    expect((await call(server, `/tasks/${id}/cancel`, { method: 'POST', headers })).status).toBe(202);
  });

  it('answers 409 where there is nothing to cancel, not 202', async () => {
    const server = await openServer();
    const { id } = server.store.add({ status: 'completed' });
    const problem = problemIn(await call(server, `/tasks/${id}/cancel`, { method: 'POST' }));
    expect(problem).toMatchObject({ status: 409, code: 'task_ended', title: 'Conflict' });
  });

  it('queues a failed task again, and answers 409 for any other', async () => {
    const server = await openServer();
    const { id } = server.store.add({ status: 'failed' });
    const answer = await call(server, `/tasks/${id}/retry`, { method: 'POST' });
    expect(answer.status).toBe(202);
    expect(answer.headers['location']).toBe(`/tasks/${id}`);
    expect(submittedSchema.parse(answer.json)).toMatchObject({ task_id: id, status: 'pending' });
    const again = problemIn(await call(server, `/tasks/${id}/retry`, { method: 'POST' }));
    expect(again).toMatchObject({ status: 409, code: 'task_not_failed' });
  });
});
