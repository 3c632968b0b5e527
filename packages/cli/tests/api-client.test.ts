import { describe, expect, it } from 'vitest';
import { createApiClient } from '../src/api-client.ts';
import { ApiProblem } from '../src/api-errors.ts';
import { ServerTimeout, ServerUnreachable, UnexpectedAnswer } from '../src/errors.ts';
import { exitCodeOf } from '../src/exit-codes.ts';
import { fakeServer, json, problem, TASK_ID, taskView } from './support/fake-server.ts';

const never = new AbortController().signal;

describe('the API client', () => {
  it('submits a task with its key and reads the answer', async () => {
    await using server = await fakeServer((_, response) =>
      json(response, 202, { task_id: TASK_ID, status: 'pending', message: 'accepted' }),
    );
    const api = createApiClient({ baseUrl: `${server.url}/` });
    const submitted = await api.submit({ goal: 'say hello' }, { idempotencyKey: 'k1', signal: never });
    expect(submitted.task_id).toBe(TASK_ID);
    const [request] = server.requests;
    expect(request).toMatchObject({ method: 'POST', url: '/submit', body: '{"goal":"say hello"}' });
    expect(request?.headers).toMatchObject({ 'idempotency-key': 'k1', 'content-type': 'application/json' });
  });

  it('keeps a path prefix, and escapes an id', async () => {
    await using server = await fakeServer((_, response) => json(response, 200, taskView()));
    await createApiClient({ baseUrl: `${server.url}/behind/a/proxy/` }).task('a/../b', never);
    expect(server.requests[0]?.url).toBe('/behind/a/proxy/tasks/a%2F..%2Fb');
  });

  it('asks for the tasks that were asked for, and no more', async () => {
    await using server = await fakeServer((_, response) =>
      json(response, 200, { data: [taskView()], next_cursor: 'c' }),
    );
    const api = createApiClient({ baseUrl: server.url });
    const page = await api.tasks({ status: 'failed', q: 'a b&c', arm: undefined }, never);
    expect(page.next_cursor).toBe('c');
    await api.tasks({}, never);
    expect(server.requests.map(({ url }) => url)).toEqual(['/tasks?status=failed&q=a+b%26c', '/tasks']);
  });

  it('reads readiness also when it is not ready', async () => {
    const parts = ['database', 'queue', 'reflex_layer', 'arms'];
    const checks = Object.fromEntries(parts.map((part) => [part, part !== 'database']));
    const details = Object.fromEntries(parts.map((part) => [part, 'as it is']));
    await using server = await fakeServer((_, response) =>
      json(response, 503, { ready: false, checks, details, timestamp: '2026-01-02T03:04:05.000Z' }),
    );
    expect((await createApiClient({ baseUrl: server.url }).ready(never)).ready).toBe(false);
  });

  it.each([
    [400, 'task_blocked', 'refused', 4],
    [401, 'token_missing', 'refused', 4],
    [403, 'forbidden', 'refused', 4],
    [404, 'task_unknown', 'invalid', 1],
    [409, 'task_ended', 'conflict', 1],
    [422, 'request_invalid', 'invalid', 1],
    [429, 'rate_limited', 'transient', 1],
    [500, 'internal_error', 'bug', 1],
    [503, 'database_unavailable', 'transient', 1],
  ] as const)('a problem %i %s is an error of kind %s, exit status %i', async (status, code, kind, exit) => {
    await using server = await fakeServer((_, response) => {
      response.setHeader('retry-after', '7');
      problem(response, status, code);
    });
    const error = await createApiClient({ baseUrl: server.url })
      .task(TASK_ID, never)
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ApiProblem);
    expect(error).toMatchObject({ code, kind, message: `the detail of ${code}`, retryAfterSeconds: 7 });
    expect(exitCodeOf(error)).toBe(exit);
  });

  it('says that nobody is there', async () => {
    const server = await fakeServer(() => undefined);
    await server[Symbol.asyncDispose]();
    const asking = createApiClient({ baseUrl: server.url }).health(never);
    await expect(asking).rejects.toThrow(ServerUnreachable);
    await expect(asking).rejects.toThrow(/connection refused.*switchyard up/);
  });

  it('gives up on a server that takes the request and says nothing, or stops in the middle of its answer', async () => {
    await using server = await fakeServer((request, response) => {
      if (request.url === '/health') return;
      response.writeHead(200, { 'content-type': 'application/json' }).write('{"task_id"');
    });
    const api = createApiClient({ baseUrl: server.url, timeoutMs: 100 });
    await expect(api.health(never)).rejects.toThrow(ServerTimeout);
    await expect(api.task(TASK_ID, never)).rejects.toThrow(ServerTimeout);
  });

  it('rejects with the reason of the caller who aborts', async () => {
    const controller = new AbortController();
    await using server = await fakeServer(() => controller.abort(new RangeError('enough')));
    await expect(createApiClient({ baseUrl: server.url }).health(controller.signal)).rejects.toThrow('enough');
  });

  it.each([
    ['a page', 200, '<html>'],
    ['other JSON', 200, '{"hello": true}'],
    ['nothing', 200, ''],
    ['an error page', 502, '<html>Bad Gateway'],
    ['an error of other JSON', 404, '{"error": "no"}'],
  ])('takes %s for the answer of a stranger', async (_, status, body) => {
    await using server = await fakeServer((_request, response) => response.writeHead(status).end(body));
    await expect(createApiClient({ baseUrl: server.url }).health(never)).rejects.toThrow(UnexpectedAnswer);
  });

  it('reports a connection that breaks off', async () => {
    await using server = await fakeServer((_, response) => response.destroy());
    await expect(createApiClient({ baseUrl: server.url }).cancel(TASK_ID, never)).rejects.toThrow(ServerUnreachable);
  });
});
