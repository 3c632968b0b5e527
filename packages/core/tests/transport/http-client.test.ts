import { describe, expect, test } from 'vitest';
import { newTraceContext, parseTraceparent } from '../../src/trace-context.ts';
import { HttpClient } from '../../src/transport/http/http-client.ts';
import { answer, openLoopbackServer } from '../../testing/index.ts';
import { failureOf, openRecordedClient } from './recorded-client.ts';

/** A fetch that answers with these statuses in turn, and counts. */
function fetchOf(...statuses: number[]): {
  calls: RequestInit[];
  fetchFn: (url: string, init: RequestInit) => Promise<Response>;
} {
  const calls: RequestInit[] = [];
  const fetchFn = async (_url: string, init: RequestInit): Promise<Response> => {
    calls.push(init);
    const status = statuses[calls.length - 1] ?? 200;
    return Response.json({ call: calls.length }, { status });
  };
  return { calls, fetchFn };
}

describe('the example of the source document', () => {
  test('retries retryable HTTP status codes with backoff', async () => {
    const { calls, fetchFn } = fetchOf(500, 500, 200);
    await using recorded = openRecordedClient({ apiUrl: 'http://collector.test' }, { fetchFn });
    await expect(recorded.client.request('/ping')).resolves.toEqual({ call: 3 });
    expect(calls).toHaveLength(3);
    expect(recorded.waits).toEqual([1_000, 2_000]);
  });
});

describe('requests', () => {
  test('carry token, JSON headers and body, below the path prefix', async () => {
    await using server = await openLoopbackServer((response) => answer(response, 200, { ok: true }));
    await using recorded = openRecordedClient({ apiUrl: `${server.url}/base/v2/` });
    await expect(recorded.client.request('/things?kind=a', { body: { name: 'Größe' } })).resolves.toEqual({ ok: true });
    expect(server.requests[0]).toMatchObject({
      method: 'POST',
      path: '/base/v2/things?kind=a',
      headers: {
        authorization: 'Bearer secret-token',
        'content-type': 'application/json',
        accept: 'application/json',
      },
      body: { name: 'Größe' },
    });
  });

  test('are GET without a body, and without a token carry none', async () => {
    await using server = await openLoopbackServer((response) => answer(response, 200, []));
    await using client = new HttpClient({ apiUrl: server.url });
    await client.request('things');
    expect(server.requests[0]).toMatchObject({ method: 'GET', path: '/things', text: '' });
    expect(server.requests[0]?.headers).not.toHaveProperty('authorization');
  });

  test('take headers of the caller for their own, whatever their case', async () => {
    await using server = await openLoopbackServer((response) => answer(response, 200, []));
    await using recorded = openRecordedClient({ apiUrl: server.url });
    await recorded.client.request('/x', { headers: { ACCEPT: 'text/plain', 'x-own': '1' } });
    expect(server.requests[0]?.headers).toMatchObject({ accept: 'text/plain', 'x-own': '1' });
  });

  test('belong to the trace they are given, each attempt under a span id of its own', async () => {
    await using server = await openLoopbackServer((response, _request, index) =>
      answer(response, index === 0 ? 503 : 200, {}),
    );
    const trace = newTraceContext();
    await using recorded = openRecordedClient({ apiUrl: server.url }, { currentTrace: () => trace });
    await recorded.client.request('/x');
    const sent = server.requests.map(({ headers }) => parseTraceparent(String(headers['traceparent'])));
    expect(sent.map((context) => context?.traceId)).toEqual([trace.traceId, trace.traceId]);
    expect(new Set([trace.spanId, ...sent.map((context) => context?.spanId)]).size).toBe(3);
  });

  test.each([204, 200])('resolve to undefined when an answer %i has no body', async (status) => {
    await using server = await openLoopbackServer((response) => response.writeHead(status).end());
    await using recorded = openRecordedClient({ apiUrl: server.url });
    await expect(recorded.client.request('/x')).resolves.toBeUndefined();
  });

  test.each(['../../etc', '/../x', 'http://elsewhere.test/x'])(
    'never leave the server and prefix by %s',
    async (path) => {
      await using server = await openLoopbackServer((response) => answer(response, 200, {}));
      await using recorded = openRecordedClient({ apiUrl: `${server.url}/a/b` });
      const failure = await failureOf(recorded.client.request(path));
      expect(failure).toMatchObject({ code: 'http_invalid_request', kind: 'invalid', retryable: false, attempts: 0 });
      expect(server.requests).toHaveLength(0);
    },
  );

  test('stay on the server with two slashes at the start', async () => {
    await using server = await openLoopbackServer((response) => answer(response, 200, {}));
    await using recorded = openRecordedClient({ apiUrl: server.url });
    await recorded.client.request('//elsewhere.test/x');
    expect(server.requests[0]?.path).toBe('//elsewhere.test/x');
  });

  test('are refused when they cannot be made', async () => {
    await using recorded = openRecordedClient({ apiUrl: 'http://127.0.0.1:9' });
    const cycle: Record<string, unknown> = {};
    cycle['self'] = cycle;
    for (const options of [
      { body: { big: 1n } },
      { body: cycle },
      { body: () => 1 },
      { method: 'GE T' },
      { timeoutMs: 0 },
      { totalTimeoutMs: Number.NaN },
      { idempotencyKey: 'line\nbreak' },
    ])
      expect(await failureOf(recorded.client.request('/x', options))).toMatchObject({
        code: 'http_invalid_request',
        kind: 'invalid',
      });
  });
});

describe('retries', () => {
  test.each([
    ['GET', {}, 4],
    ['PUT', {}, 4],
    ['DELETE', {}, 4],
    ['POST', {}, 1],
    ['PATCH', {}, 1],
    ['POST', { idempotencyKey: 'key-1' }, 4],
    ['POST', { idempotent: true }, 4],
    ['GET', { idempotent: false }, 1],
  ])('%s %j is attempted %i times', async (method, options, attempts) => {
    await using server = await openLoopbackServer((response) => answer(response, 503, {}));
    await using recorded = openRecordedClient({ apiUrl: server.url });
    const failure = await failureOf(recorded.client.request('/x', { method, ...options }));
    expect(failure).toMatchObject({ code: 'http_status', kind: 'transient', status: 503, retryable: true, attempts });
    expect(server.requests).toHaveLength(attempts);
  });

  test('send the same body and key every time', async () => {
    await using server = await openLoopbackServer((response, _request, index) =>
      answer(response, index < 3 ? 500 : 200, {}),
    );
    await using recorded = openRecordedClient({ apiUrl: server.url });
    const body = { count: 1 };
    const request = recorded.client.request('/x', { body, idempotencyKey: 'key-1' });
    body.count = 2;
    await request;
    expect(new Set(server.requests.map(({ text }) => text))).toEqual(new Set(['{"count":1}']));
    expect(server.requests.map(({ headers }) => headers['idempotency-key'])).toEqual(Array(4).fill('key-1'));
  });

  test.each([400, 401, 403, 404, 409, 422, 418])('do not happen at %i', async (status) => {
    await using server = await openLoopbackServer((response) => answer(response, status, { message: 'no' }));
    await using recorded = openRecordedClient({ apiUrl: server.url });
    expect(await failureOf(recorded.client.request('/x'))).toMatchObject({ status, retryable: false, attempts: 1 });
    expect(recorded.waits).toEqual([]);
  });

  test('never wait less than Retry-After says', async () => {
    const headers = [{ 'retry-after': '7' }, { 'retry-after-ms': '9000' }, { 'retry-after': '1' }];
    await using server = await openLoopbackServer((response, _request, index) =>
      answer(response, index < 3 ? 429 : 200, {}, headers[index]),
    );
    await using recorded = openRecordedClient({ apiUrl: server.url });
    await recorded.client.request('/x');
    expect(recorded.waits).toEqual([7_000, 9_000, 4_000]);
  });

  test.each([['Wed, 21 Oct 2015 07:28:00 GMT'], ['soon'], ['-3']])('wait as usual at Retry-After %s', async (value) => {
    await using server = await openLoopbackServer((response, _request, index) =>
      answer(response, index === 0 ? 503 : 200, {}, { 'retry-after': value }),
    );
    await using recorded = openRecordedClient({ apiUrl: server.url });
    await recorded.client.request('/x');
    expect(recorded.waits).toEqual([1_000]);
  });

  test.each(['61', 'Sat, 21 Nov 2099 08:00:00 GMT'])(
    'fail with the hint when Retry-After is %s, past the longest wait',
    async (value) => {
      await using server = await openLoopbackServer((response) => answer(response, 503, {}, { 'retry-after': value }));
      await using recorded = openRecordedClient({ apiUrl: server.url });
      const failure = await failureOf(recorded.client.request('/x'));
      expect(failure).toMatchObject({ status: 503, retryable: true, attempts: 1 });
      expect(failure.retryAfterMs).toBeGreaterThan(60_000);
      expect(failure.message).toContain('it asks to wait');
      expect(recorded.waits).toEqual([]);
    },
  );

  test('fail with the hint when it does not fit into the time for all attempts', async () => {
    await using server = await openLoopbackServer((response) => answer(response, 503, {}, { 'retry-after': '30' }));
    await using recorded = openRecordedClient({ apiUrl: server.url });
    const failure = await failureOf(recorded.client.request('/x', { totalTimeoutMs: 20_000 }));
    expect(failure).toMatchObject({ retryAfterMs: 30_000, attempts: 1 });
  });

  test('happen after a failed fetch but not after a mistake in one', async () => {
    const failing = (thrown: unknown) => (): Promise<Response> => Promise.reject(thrown);
    const cases: [unknown, number, string][] = [
      [
        new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code: 'ECONNRESET' }) }),
        4,
        'http_network',
      ],
      [new TypeError('Failed to fetch'), 4, 'http_network'],
      [Object.assign(new Error('Unable to connect'), { code: 'ConnectionRefused' }), 4, 'http_network'],
      [new DOMException('too slow', 'TimeoutError'), 4, 'http_timeout'],
      [new TypeError("Cannot read properties of undefined (reading 'x')"), 1, 'http_failed'],
      [Object.assign(new TypeError('fetch failed'), { code: 'CERT_HAS_EXPIRED' }), 1, 'http_network'],
      ['not even an error', 1, 'http_failed'],
    ];
    for (const [error, attempts, code] of cases) {
      await using recorded = openRecordedClient({ apiUrl: 'http://collector.test' }, { fetchFn: failing(error) });
      expect(await failureOf(recorded.client.request('/x'))).toMatchObject({ code, attempts, cause: error });
    }
  });
});

describe('errors', () => {
  test('hold what the server said, and no secret', async () => {
    await using server = await openLoopbackServer((response) =>
      answer(response, 403, { code: 'no_access', message: 'not\nyours' }),
    );
    await using recorded = openRecordedClient({ apiUrl: `${server.url}/v1` });
    const failure = await failureOf(recorded.client.request('/x?key=query-secret#fragment-secret'));
    expect(failure).toMatchObject({
      name: 'HttpClientError',
      kind: 'refused',
      url: `${server.url}/v1/x`,
      method: 'GET',
      status: 403,
      statusText: 'Forbidden',
      responseBody: { code: 'no_access', message: 'not\nyours' },
    });
    expect(failure.message).toBe(
      `GET ${server.url}/v1/x: the server answered 403 Forbidden: not yours; check the token`,
    );
    expect([JSON.stringify(failure), failure.message, failure.stack].join('\n')).not.toContain('secret');
  });

  test.each([
    [400, 'invalid'],
    [401, 'refused'],
    [409, 'conflict'],
    [429, 'transient'],
    [503, 'transient'],
  ])('%i is %s', async (status, kind) => {
    await using server = await openLoopbackServer((response) => answer(response, status, {}));
    await using recorded = openRecordedClient({ apiUrl: server.url, maxRetries: 0 });
    expect(await failureOf(recorded.client.request('/x'))).toMatchObject({ kind });
  });

  test('keep a body that is no JSON as text, cut after 64 KiB', async () => {
    await using server = await openLoopbackServer((response) => response.writeHead(404).end('n'.repeat(300_000)));
    await using recorded = openRecordedClient({ apiUrl: server.url });
    const failure = await failureOf(recorded.client.request('/x'));
    expect(failure.responseBody).toBe('n'.repeat(65_536));
  });

  test('come of an answer that `parse` does not accept', async () => {
    await using server = await openLoopbackServer((response) => answer(response, 200, { id: 7 }));
    await using recorded = openRecordedClient({ apiUrl: server.url });
    const parse = (): never => {
      throw new Error('id must be text');
    };
    const failure = await failureOf(recorded.client.request('/x', { parse }));
    expect(failure).toMatchObject({ code: 'http_invalid_answer', kind: 'terminal', attempts: 1 });
    expect(failure.message).toContain('id must be text');
  });

  test('name every setting that is wrong', () => {
    expect(() => new HttpClient({ apiUrl: 'ftp://x', maxRetries: -1 })).toThrow(/apiUrl.*maxRetries/s);
    expect(() => new HttpClient({ apiUrl: 'http://user:hidden@x.test' })).toThrow(/^(?!.*hidden)/s);
  });
});

describe('counters', () => {
  test('tell requests, ends, attempts, retries and latency', async () => {
    await using server = await openLoopbackServer((response, { path }, index) =>
      answer(response, path === '/bad' ? 400 : index === 0 ? 500 : 200, {}),
    );
    await using recorded = openRecordedClient({ apiUrl: server.url });
    await recorded.client.request('/good');
    await failureOf(recorded.client.request('/bad'));
    await recorded.client.request('/x', { signal: AbortSignal.abort(new Error('no')) }).catch(() => undefined);
    const counters = recorded.client.counters();
    expect(counters).toMatchObject({
      requests: 3,
      underWay: 0,
      succeeded: 1,
      aborted: 1,
      errors: { http_status: 1 },
      attempts: 3,
      retries: 1,
      breaker: { state: 'closed' },
      bulkhead: { running: 0, queued: 0 },
    });
    expect(counters.latency.count).toBe(3);
    expect(counters.latency.buckets.at(-1)).toEqual({ atMostMs: 60_000, count: 3 });
  });
});
