import { once } from 'node:events';
import { createServer } from 'node:net';
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
