import { describe, expect, test } from 'vitest';
import { CircuitBreaker } from '../../src/resilience/circuit-breaker.ts';
import { RetryBudgets } from '../../src/resilience/retry-budget.ts';
import { answer, type Behaviour, ManualClock, openLoopbackServer } from '../../testing/index.ts';
import { failureOf, openRecordedClient } from './recorded-client.ts';

const down: Behaviour = (response) => answer(response, 503, {});

describe('a server that is down', () => {
  test('is called five times, then left alone with the time left', async () => {
    await using server = await openLoopbackServer(down);
    const clock = new ManualClock();
    await using recorded = openRecordedClient({ apiUrl: server.url }, { clock });
    expect(await failureOf(recorded.client.request('/x'))).toMatchObject({ status: 503, attempts: 4 });
    expect(await failureOf(recorded.client.request('/x'))).toMatchObject({ status: 503, attempts: 1 });
    clock.advance(15_000);
    expect(await failureOf(recorded.client.request('/x'))).toMatchObject({
      code: 'http_circuit_open',
      kind: 'transient',
      retryAfterMs: 45_000,
      attempts: 0,
    });
    expect(server.requests).toHaveLength(5);
    expect(recorded.waits).toHaveLength(3);
    expect(recorded.client.counters()).toMatchObject({ breaker: { state: 'open', refused: 1 }, retries: 3 });
  });

  test('is not called by those who waited while the breaker opened', async () => {
    await using server = await openLoopbackServer(down);
    await using recorded = openRecordedClient({ apiUrl: server.url, bulkhead: { maxConcurrent: 8 } });
    const failures = await Promise.all(Array.from({ length: 200 }, () => failureOf(recorded.client.request('/x'))));
    expect(server.requests.length).toBeLessThanOrEqual(8 + 4);
    expect(failures.filter(({ code }) => code === 'http_circuit_open').length).toBeGreaterThanOrEqual(188);
    expect(recorded.client.counters().bulkhead).toMatchObject({ running: 0, queued: 0 });
  });

  test('does not open the breaker by answers that show it works', async () => {
    await using server = await openLoopbackServer((response) => answer(response, 404, {}));
    await using recorded = openRecordedClient({ apiUrl: server.url });
    for (let count = 0; count < 10; count += 1) await failureOf(recorded.client.request('/x'));
    expect(recorded.client.counters().breaker).toMatchObject({ state: 'closed', failures: 0 });
  });

  test('gets no more retries than the budget pays for, whoever makes them', async () => {
    await using server = await openLoopbackServer(down);
    const clock = new ManualClock();
    const shared = {
      clock,
      retryBudgets: new RetryBudgets({ capacity: 6, perCall: 0, now: clock.now }),
      breaker: new CircuitBreaker({ failureThreshold: 1_000, now: clock.now }),
    };
    await using first = openRecordedClient({ apiUrl: server.url }, shared);
    await using second = openRecordedClient({ apiUrl: server.url }, shared);
    for (let count = 0; count < 5; count += 1) {
      await failureOf(first.client.request('/x'));
      await failureOf(second.client.request('/x'));
    }
    expect(server.requests).toHaveLength(10 + 6);
    expect(second.client.counters().retryBudget.available).toBe(0);
  });
});

describe('a server that comes back', () => {
  test('gets one of a thousand calls as the probe, the others are refused at once', async () => {
    const release = Promise.withResolvers<void>();
    await using server = await openLoopbackServer((response, request, index) => {
      if (index < 5) down(response, request, index);
      else void release.promise.then(() => answer(response, 200, { ok: true }));
    });
    const clock = new ManualClock();
    await using recorded = openRecordedClient({ apiUrl: server.url, maxRetries: 4 }, { clock });
    await failureOf(recorded.client.request('/x'));
    clock.advance(60_000);
    const ends = Promise.allSettled(Array.from({ length: 1_000 }, () => recorded.client.request('/x')));
    await server.received(6);
    release.resolve();
    const settled = await ends;
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const refusals = settled.filter((end) => end.status === 'rejected').map(({ reason }): unknown => reason);
    expect(refusals).toHaveLength(999);
    for (const refusal of refusals) expect(refusal).toMatchObject({ code: 'http_circuit_open', retryAfterMs: 10_000 });
    expect(server.requests).toHaveLength(6);
  });

  test('is not run over: after the probe calls ramp up, and all of them succeed', async () => {
    let running = 0;
    const most: number[] = [];
    await using server = await openLoopbackServer((response, request, index) => {
      if (index < 5) return down(response, request, index);
      running += 1;
      most.push(running);
      setImmediate(() => {
        running -= 1;
        answer(response, 200, {});
      });
      return undefined;
    });
    const clock = new ManualClock();
    await using recorded = openRecordedClient({ apiUrl: server.url, maxRetries: 4 }, { clock });
    await failureOf(recorded.client.request('/x'));
    clock.advance(60_000);
    await recorded.client.request('/probe');
    await Promise.all(Array.from({ length: 300 }, () => recorded.client.request('/x')));
    expect(server.requests).toHaveLength(306);
    for (const [index, count] of most.slice(1, 30).entries()) expect(count).toBeLessThanOrEqual(index + 1);
  });

  test('but hangs at the probe, is left alone again after the probe has timed out', async () => {
    await using server = await openLoopbackServer((response, request, index) => {
      if (index < 5) down(response, request, index);
    });
    const clock = new ManualClock();
    await using recorded = openRecordedClient({ apiUrl: server.url, maxRetries: 4 }, { clock });
    await failureOf(recorded.client.request('/x'));
    clock.advance(60_000);
    const probe = failureOf(recorded.client.request('/x'));
    await server.received(6);
    clock.advance(10_000);
    expect(await probe).toMatchObject({ code: 'http_timeout', attempts: 1 });
    expect(await failureOf(recorded.client.request('/x'))).toMatchObject({
      code: 'http_circuit_open',
      retryAfterMs: 60_000,
    });
  });
});

describe('too many calls at once', () => {
  test('wait in order up to the bound, and are refused beyond it', async () => {
    const release = Promise.withResolvers<void>();
    await using server = await openLoopbackServer((response) => {
      void release.promise.then(() => answer(response, 200, {}));
    });
    await using recorded = openRecordedClient({ apiUrl: server.url, bulkhead: { maxConcurrent: 2, maxQueued: 3 } });
    const requests = Array.from({ length: 5 }, (_request, index) => recorded.client.request(`/${index}`));
    expect(await failureOf(recorded.client.request('/5'))).toMatchObject({
      code: 'http_too_many_calls',
      kind: 'transient',
      attempts: 0,
    });
    await server.received(2);
    release.resolve();
    await Promise.all(requests);
    expect(server.requests.map(({ path }) => path).toSorted()).toEqual(['/0', '/1', '/2', '/3', '/4']);
    expect(recorded.client.counters().bulkhead).toEqual({ running: 0, queued: 0, refused: 1 });
  });

  test('do not wait past the time for all attempts', async () => {
    await using server = await openLoopbackServer(() => undefined);
    const clock = new ManualClock();
    await using recorded = openRecordedClient({ apiUrl: server.url, bulkhead: { maxConcurrent: 1 } }, { clock });
    const { signal, ...controller } = cancellable();
    const running = recorded.client.request('/slow', { signal }).catch(() => 'aborted');
    const waiting = failureOf(recorded.client.request('/x', { totalTimeoutMs: 5_000 }));
    await server.received(1);
    clock.advance(5_000);
    expect(await waiting).toMatchObject({ code: 'http_timeout', attempts: 0 });
    controller.abort();
    expect(await running).toBe('aborted');
    expect(recorded.client.counters().bulkhead).toMatchObject({ running: 0, queued: 0 });
  });
});

function cancellable(): { readonly signal: AbortSignal; readonly abort: () => void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort(new Error('enough')) };
}
