import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import { answer, ManualClock, openLoopbackServer } from '../../testing/index.ts';
import { failureOf, openRecordedClient } from './recorded-client.ts';

const reason = new Error('no longer wanted');

describe("the caller's signal", () => {
  test('aborted before means that nothing is sent', async () => {
    await using server = await openLoopbackServer((response) => answer(response, 200, {}));
    await using recorded = openRecordedClient({ apiUrl: server.url });
    await expect(recorded.client.request('/x', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(server.requests).toHaveLength(0);
  });

  test('ends an attempt, and its connection', async () => {
    const closed = Promise.withResolvers<boolean>();
    await using server = await openLoopbackServer((response) => {
      response.once('close', () => closed.resolve(response.writableFinished));
    });
    await using recorded = openRecordedClient({ apiUrl: server.url });
    const controller = new AbortController();
    const request = recorded.client.request('/x', { signal: controller.signal });
    await server.received(1);
    controller.abort(reason);
    await expect(request).rejects.toBe(reason);
    expect(await closed.promise).toBe(false);
  });

  test('ends the wait between attempts', async () => {
    await using server = await openLoopbackServer((response) => answer(response, 503, {}));
    const waiting = Promise.withResolvers<void>();
    await using recorded = openRecordedClient(
      { apiUrl: server.url },
      {
        sleep: (_ms, signal) => {
          waiting.resolve();
          return new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
        },
      },
    );
    const controller = new AbortController();
    const request = recorded.client.request('/x', { signal: controller.signal });
    await waiting.promise;
    controller.abort(reason);
    await expect(request).rejects.toBe(reason);
    expect(server.requests).toHaveLength(1);
  });

  test('ends the request even when fetch and sleep do not listen to it', async () => {
    const started = Promise.withResolvers<void>();
    const fetchFn = (): Promise<Response> => {
      started.resolve();
      return Promise.withResolvers<Response>().promise;
    };
    await using recorded = openRecordedClient({ apiUrl: 'http://collector.test' }, { fetchFn });
    const controller = new AbortController();
    const request = recorded.client.request('/x', { signal: controller.signal });
    await started.promise;
    controller.abort(reason);
    await expect(request).rejects.toBe(reason);
  });

  test('says nothing about the server', async () => {
    await using server = await openLoopbackServer(() => undefined);
    await using recorded = openRecordedClient({ apiUrl: server.url });
    for (let count = 1; count <= 6; count += 1) {
      const controller = new AbortController();
      const request = recorded.client.request('/x', { signal: controller.signal });
      await server.received(count);
      controller.abort(reason);
      await expect(request).rejects.toBe(reason);
    }
    expect(recorded.client.counters()).toMatchObject({ aborted: 6, breaker: { state: 'closed', failures: 0 } });
  });

  test('is left without listeners, and the clock without timers, however a request ends', async () => {
    await using server = await openLoopbackServer((response, { path }, index) =>
      answer(response, path === '/good' || index % 2 === 1 ? 200 : 503, {}),
    );
    const clock = new ManualClock();
    await using recorded = openRecordedClient({ apiUrl: server.url, breaker: { failureThreshold: 1_000 } }, { clock });
    const { signal } = new AbortController();
    await Promise.all(Array.from({ length: 50 }, () => recorded.client.request('/good', { signal })));
    await recorded.client.request('/mixed', { signal });
    await failureOf(recorded.client.request('/never', { signal, method: 'POST', body: {} }));
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    expect(clock.pending).toBe(0);
  });
});

describe('the time for all attempts', () => {
  test('ends an attempt that goes on too long', async () => {
    await using server = await openLoopbackServer(() => undefined);
    const clock = new ManualClock();
    await using recorded = openRecordedClient({ apiUrl: server.url, totalTimeout: 45_000 }, { clock });
    const failed = failureOf(recorded.client.request('/x'));
    await server.received(1);
    clock.advance(30_000);
    await server.received(2);
    clock.advance(15_000);
    const failure = await failed;
    expect(failure).toMatchObject({ code: 'http_timeout', kind: 'transient', attempts: 2 });
    expect(failure.message).toContain('45000 ms');
  });
});
