import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import type { HttpClientDependencies } from '../../src/transport/http/http-client.ts';
import { answer, ManualClock, openLoopbackServer, refusedUrl } from '../../testing/index.ts';
import { failureOf, openRecordedClient } from './recorded-client.ts';

/** Short, for servers that never answer: what is waited for is the rejection. */
const SOON_MS = 60;

/** The same through undici and through a fetch. */
const ways: [string, HttpClientDependencies][] = [
  ['undici', {}],
  ['fetch', { fetchFn: (url, init) => fetch(url, init) }],
];

describe.each(ways)('through %s, a server that', (_name, dependencies) => {
  test('refuses connections is tried again, then given up', async () => {
    await using recorded = openRecordedClient({ apiUrl: await refusedUrl() }, dependencies);
    const failure = await failureOf(recorded.client.request('/x'));
    expect(failure).toMatchObject({ code: 'http_network', kind: 'transient', retryable: true, attempts: 4 });
    expect(failure.message).toMatch(/ECONNREFUSED/);
    expect(recorded.waits).toEqual([1_000, 2_000, 4_000]);
  });

  test('resets the connection mid-body is tried again', async () => {
    await using server = await openLoopbackServer((response, _request, index) => {
      if (index > 0) return answer(response, 200, { ok: true });
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
      response.write('{"half":', () => response.socket?.resetAndDestroy());
      return undefined;
    });
    await using recorded = openRecordedClient({ apiUrl: server.url }, dependencies);
    await expect(recorded.client.request('/x')).resolves.toEqual({ ok: true });
    expect(server.requests).toHaveLength(2);
  });

  test('hangs before the headers times out and is tried again', async () => {
    await using server = await openLoopbackServer((response, _request, index) => {
      if (index > 0) answer(response, 200, { ok: true });
    });
    const clock = new ManualClock();
    await using recorded = openRecordedClient({ apiUrl: server.url }, { ...dependencies, clock });
    const request = recorded.client.request('/x');
    await server.received(1);
    clock.advance(29_999);
    expect(recorded.waits).toEqual([]);
    clock.advance(1);
    await expect(request).resolves.toEqual({ ok: true });
    expect(clock.pending).toBe(0);
  });

  test('hangs after the headers, or trickles, times out', async () => {
    await using server = await openLoopbackServer((response, { path }) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
      response.flushHeaders();
      if (path !== '/trickle') return;
      const timer = setInterval(() => response.write(' '), SOON_MS / 6);
      response.once('close', () => clearInterval(timer));
    });
    await using recorded = openRecordedClient({ apiUrl: server.url, maxRetries: 1 }, dependencies);
    for (const path of ['/hang', '/trickle'])
      expect(await failureOf(recorded.client.request(path, { timeoutMs: SOON_MS }))).toMatchObject({
        code: 'http_timeout',
        kind: 'transient',
        attempts: 2,
      });
  });

  test('says 503 and never ends its error body is believed', async () => {
    await using server = await openLoopbackServer((response) => {
      response.writeHead(503, { 'content-length': '1000' });
      response.write('overl');
    });
    const clock = new ManualClock();
    await using recorded = openRecordedClient({ apiUrl: server.url, maxRetries: 0 }, { ...dependencies, clock });
    const failed = failureOf(recorded.client.request('/x'));
    await server.received(1);
    while (clock.pending < 2) await new Promise((resolve) => setImmediate(resolve));
    clock.advance(1_000);
    expect(await failed).toMatchObject({ code: 'http_status', status: 503 });
  });

  test('says 200 with something else than JSON is not asked again', async () => {
    await using server = await openLoopbackServer((response) => response.end('<html>hello</html>'));
    await using recorded = openRecordedClient({ apiUrl: server.url }, dependencies);
    const failure = await failureOf(recorded.client.request('/x'));
    expect(failure).toMatchObject({ code: 'http_invalid_answer', kind: 'terminal', retryable: false, attempts: 1 });
  });

  test('answers without end is cut off', async () => {
    await using server = await openLoopbackServer((response) => {
      const part = 'x'.repeat(16_384);
      const more = (): void => {
        while (!response.destroyed && response.write(part));
      };
      response.on('drain', more);
      more();
    });
    await using recorded = openRecordedClient({ apiUrl: server.url, maxResponseBytes: 100_000 }, dependencies);
    const failure = await failureOf(recorded.client.request('/x'));
    expect(failure).toMatchObject({ code: 'http_answer_too_large', kind: 'terminal', attempts: 1 });
  });

  test('says no more than that it is failing, without end, is cut off and believed', async () => {
    const closed = Promise.withResolvers<void>();
    await using server = await openLoopbackServer((response) => {
      response.once('close', closed.resolve);
      response.writeHead(500, 'Failing', { 'content-type': 'text/plain' });
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(16_384)));
      };
      response.on('drain', more);
      more();
    });
    await using recorded = openRecordedClient({ apiUrl: server.url, maxRetries: 0 }, dependencies);
    const failure = await failureOf(recorded.client.request('/x'));
    expect(failure).toMatchObject({ code: 'http_status', status: 500, statusText: 'Failing' });
    expect(failure.responseBody).toBe('x'.repeat(65_536));
    await closed.promise;
  });

  test('gives hints first, a byte order mark, and its text byte by byte is understood', async () => {
    await using server = await openLoopbackServer((response) => {
      response.writeEarlyHints({ link: '</style.css>; rel=preload' });
      const bytes = Buffer.from('\uFEFF{"text":"€ 😀"}');
      const write = (at: number): void => {
        if (at === bytes.length) response.end();
        else response.write(bytes.subarray(at, at + 1), () => setImmediate(write, at + 1));
      };
      write(0);
    });
    await using recorded = openRecordedClient({ apiUrl: server.url }, dependencies);
    await expect(recorded.client.request('/x')).resolves.toEqual({ text: '€ 😀' });
  });

  test('redirects is not followed', async () => {
    await using elsewhere = await openLoopbackServer((response) => answer(response, 200, {}));
    await using server = await openLoopbackServer((response) =>
      answer(response, 307, {}, { location: `${elsewhere.url}/x` }),
    );
    await using recorded = openRecordedClient({ apiUrl: server.url }, dependencies);
    const failure = await failureOf(recorded.client.request('/x'));
    expect(failure).toMatchObject({ status: 307, kind: 'terminal', attempts: 1 });
    expect(failure.message).toContain('redirects are not followed');
    expect(elsewhere.requests).toHaveLength(0);
  });
});

describe('connections', () => {
  test('are used again, also after error answers', async () => {
    await using server = await openLoopbackServer((response, _request, index) =>
      answer(response, index % 2 === 0 ? 500 : 200, { text: 'x'.repeat(10_000) }),
    );
    const breathe = async (): Promise<void> => {
      for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    };
    await using recorded = openRecordedClient({ apiUrl: server.url }, { sleep: breathe });
    for (let count = 0; count < 10; count += 1) {
      await recorded.client.request('/x');
      await breathe();
    }
    expect(server.requests).toHaveLength(20);
    expect(server.connections).toBeLessThanOrEqual(2);
  });

  test('that the server closes while idle cost no request', async () => {
    await using server = await openLoopbackServer((response) => answer(response, 200, { ok: true }));
    await using recorded = openRecordedClient({ apiUrl: server.url });
    for (let count = 0; count < 5; count += 1) {
      await expect(recorded.client.request('/x', { body: {}, idempotencyKey: 'k' })).resolves.toEqual({ ok: true });
      server.closeIdle();
    }
    expect(server.connections).toBeGreaterThan(1);
  });

  test('to something that does not speak HTTP are given up', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.end('220 smtp.test ESMTP\r\n');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await using recorded = openRecordedClient({ apiUrl: `http://127.0.0.1:${port}` });
    const failure = await failureOf(recorded.client.request('/x'));
    server.close();
    expect(failure).toMatchObject({ code: 'http_network' });
  });

  test('on which nobody waits for an answer any more are closed, also before there is one', async () => {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await using recorded = openRecordedClient({ apiUrl: `http://127.0.0.1:${port}` });
    const controller = new AbortController();
    const accepted = new Promise<Socket>((resolve) => {
      server.once('connection', resolve);
    });
    const first = recorded.client.request('/x', { signal: controller.signal });
    const socket = await accepted;
    socket.on('error', () => undefined);
    const closed = once(socket.resume(), 'close');
    controller.abort('enough');
    await expect(first).rejects.toBe('enough');
    await closed;
    const soon = new AbortController();
    const second = recorded.client.request('/y', { signal: soon.signal });
    soon.abort('at once');
    await expect(second).rejects.toBe('at once');
    server.close();
  });

  test('are all closed with the client, and what is under way ends', async () => {
    await using server = await openLoopbackServer(() => undefined);
    await using recorded = openRecordedClient({ apiUrl: server.url });
    const failed = failureOf(recorded.client.request('/x'));
    await server.received(1);
    await recorded.client.close();
    expect(await failed).toMatchObject({ code: 'http_client_closed', kind: 'terminal' });
    expect(await failureOf(recorded.client.request('/x'))).toMatchObject({ code: 'http_client_closed', attempts: 0 });
    expect(server.requests).toHaveLength(1);
  });
});
