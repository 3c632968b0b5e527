import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it, test } from 'vitest';
import { ManualClock, MisbehavingCollector, refusedUrl } from '../../testing/index.ts';
import { activeSpan, endedSpan, openTransport, spanId, traceId } from './spans.ts';

test('retries agent lifecycle requests via shared client policy', async () => {
  await using collector = await MisbehavingCollector.open();
  let failures = 0;
  collector.misbehave = ({ kind }) =>
    kind === 'start' && failures++ === 0 ? { kind: 'status', status: 503 } : undefined;
  const { transport } = openTransport(collector.url);
  transport.startAgentInstance();
  await transport.close();
  const starts = collector.callsOf('start');
  expect(starts).toHaveLength(2);
  expect(new Set(starts.map(({ body }) => body['idempotency_key'])).size).toBe(1);
  expect(collector.instances).toMatchObject([{ started: true }]);
});

describe('HttpTransport, when the collector misbehaves', () => {
  it('sends each call again under its key when the answer was lost, so that nothing is stored twice', async () => {
    await using collector = await MisbehavingCollector.open();
    const seen = new Set<unknown>();
    collector.misbehave = ({ body }) => {
      const key = body['idempotency_key'];
      if (seen.has(key)) return undefined;
      seen.add(key);
      return { kind: 'lose-answer' };
    };
    const { transport } = openTransport(collector.url);
    transport.emit(activeSpan(1));
    transport.emit(activeSpan(2, { parentSpanId: spanId(1) }));
    transport.finishSpan(spanId(2), 0);
    transport.finishSpan(spanId(1), 0);
    const report = await transport.close();
    expect(report).toEqual({ sent: 2, kept: 0, dropped: 0, finishes: { sent: 2, kept: 0, dropped: 0 } });
    expect(collector.spans.map(({ details }) => details['parent_span_id'])).toEqual([null, 'backend-1']);
    expect(collector.instances).toHaveLength(1);
    expect(collector.violations).toEqual([]);
  });

  it('goes on when the collector is back after more failures than the client retries', async () => {
    await using collector = await MisbehavingCollector.open();
    let left = 25;
    collector.misbehave = () => (left-- > 0 ? { kind: left % 2 === 0 ? 'reset' : 'status', status: 502 } : undefined);
    const { transport, problems } = openTransport(collector.url);
    for (let number = 1; number <= 5; number += 1) transport.emit(endedSpan(number));
    expect(await transport.close()).toMatchObject({ sent: 5, kept: 0, dropped: 0 });
    expect(collector.spans.map(({ details }) => details['payload'])).toMatchObject(
      [1, 2, 3, 4, 5].map((number) => ({ name: `span ${number}` })),
    );
    expect(problems.map(({ code }) => code)).toEqual(['collector_unreachable']);
  });

  it('goes on when the collector listens again', async () => {
    await using collector = await MisbehavingCollector.open();
    await collector.refuse();
    const { transport, problems } = openTransport(collector.url, { maxRetries: 0 });
    transport.emit(endedSpan(1));
    while (transport.counters().gate.pauses < 3) await new Promise(setImmediate);
    await collector.listen();
    await collector.until(() => collector.spans.length === 1);
    expect(await transport.close()).toMatchObject({ sent: 1, dropped: 0 });
    expect(problems).toHaveLength(1);
  });

  it.each([401, 403, 400, 404, 422])('a %i stops sending for good and is reported once', async (status) => {
    await using collector = await MisbehavingCollector.open();
    collector.misbehave = ({ kind }) => (kind === 'span' ? { kind: 'status', status } : undefined);
    const { transport, problems } = openTransport(collector.url);
    for (let number = 1; number <= 3; number += 1) transport.emit(endedSpan(number));
    await collector.until(() => collector.callsOf('span').length === 1);
    const report = await transport.close();
    transport.emit(endedSpan(4));
    expect(report).toMatchObject({ sent: 0, kept: 0, dropped: 3 });
    expect(collector.callsOf('span')).toHaveLength(1);
    expect(problems.map(({ code }) => code)).toEqual(['collector_refused']);
    expect(transport.counters().gate.state).toBe('refused');
  });

  it('a 409 to a start or a finish says that it is done', async () => {
    await using collector = await MisbehavingCollector.open();
    collector.misbehave = ({ kind }) => {
      if (kind === 'span-finish')
        return { kind: 'status', status: 409, body: { status: 'error', code: 'invalid_action' } };
      if (kind !== 'start' && kind !== 'finish') return undefined;
      for (const instance of collector.instances) instance.started = true;
      return { kind: 'status', status: 409 };
    };
    const { transport, problems } = openTransport(collector.url);
    transport.startAgentInstance();
    transport.emit(activeSpan(1));
    transport.finishSpan(spanId(1), 0);
    transport.finishAgentInstance();
    expect(await transport.close()).toMatchObject({ sent: 1, dropped: 0, finishes: { sent: 1 } });
    expect(transport.counters().agentCalls).toMatchObject({ sent: 2, dropped: 0 });
    expect(problems).toEqual([]);
  });

  it('an answer that is no answer is an outage, not a loss', async () => {
    await using collector = await MisbehavingCollector.open();
    let left = 2;
    collector.misbehave = ({ kind }) =>
      kind === 'span' && left-- > 0 ? { kind: 'status', status: 200, body: { hello: 1 } } : undefined;
    const { transport } = openTransport(collector.url);
    transport.emit(endedSpan(1));
    expect(await transport.close()).toMatchObject({ sent: 1, dropped: 0 });
  });

  it('waits as long as the collector asks and no less', async () => {
    await using collector = await MisbehavingCollector.open();
    collector.misbehave = (_call, index) =>
      index === 0 ? { kind: 'status', status: 503, headers: { 'retry-after': '3600' } } : undefined;
    const { transport } = openTransport(collector.url);
    transport.emit(endedSpan(1));
    await collector.until(() => collector.calls.length === 1);
    while (transport.counters().gate.state !== 'paused') await new Promise(setImmediate);
    expect(collector.calls).toHaveLength(1);
    // Closing tries once more at once: it is the last chance.
    expect(await transport.close()).toMatchObject({ sent: 1 });
  });

  it('close ends at its deadline when the collector hangs, and says what was not sent', async () => {
    await using collector = await MisbehavingCollector.open();
    collector.misbehave = ({ kind, body }) =>
      kind === 'span' && JSON.stringify(body).includes('span 3') ? { kind: 'hang' } : undefined;
    const { transport } = openTransport(collector.url);
    for (let number = 1; number <= 4; number += 1) transport.emit(endedSpan(number));
    await collector.until(() => collector.callsOf('span').length === 3);
    expect(await transport.close({ deadlineMs: 20 })).toMatchObject({ sent: 2, kept: 0, dropped: 2 });
  });

  it('close does not sit out its deadline when nobody listens and the next try would come after it', async () => {
    const { transport } = openTransport(await refusedUrl(), {
      maxRetries: 0,
      delivery: { pauseMs: 3_600_000, maxPauseMs: 3_600_000 },
    });
    transport.emit(endedSpan(1));
    expect(await transport.close({ deadlineMs: 600_000 })).toMatchObject({ sent: 0, dropped: 1 });
  });

  it('drops only the one call when it cannot be made', async () => {
    await using collector = await MisbehavingCollector.open();
    const { transport, problems } = openTransport(
      collector.url,
      {},
      {
        fetchFn: async (url, init) => {
          if (typeof init.body === 'string' && init.body.includes('span 2'))
            throw new RangeError('a fault of the program');
          return fetch(url, init);
        },
      },
    );
    for (let number = 1; number <= 3; number += 1)
      transport.emit(endedSpan(number, { parentSpanId: number === 1 ? null : spanId(number - 1) }));
    expect(await transport.close()).toMatchObject({ sent: 2, dropped: 1 });
    // The child of the one that was dropped hangs under its grandparent.
    expect(collector.spans.map(({ details }) => details['parent_span_id'])).toEqual([null, 'backend-1']);
    expect(problems.map(({ code }) => code)).toEqual(['spans_dropped']);
  });

  it('in an outage makes one request at a time, of as many attempts as the client may make, for each pause', async () => {
    await using collector = await MisbehavingCollector.open();
    collector.misbehave = () => ({ kind: 'status', status: 503 });
    const clock = new ManualClock();
    const { transport } = openTransport(
      collector.url,
      { maxRetries: 3, delivery: { pauseMs: 1_000, maxPauseMs: 1_000 } },
      { clock, sleep: async () => undefined },
    );
    for (let number = 1; number <= 40; number += 1) transport.emit(endedSpan(number, { traceId: traceId(number) }));
    for (let pause = 1; pause <= 3; pause += 1) {
      while (transport.counters().gate.pauses < pause) await new Promise(setImmediate);
      // All sixteen at once wait for one registration: four attempts of it, not sixteen times four.
      expect(collector.calls).toHaveLength(4 * pause);
      clock.advance(1_000);
    }
    expect(new Set(collector.calls.map(({ body }) => body['idempotency_key'])).size).toBe(1);
    await transport.close({ deadlineMs: 0 });
  });

  it('an outage does not keep a program alive that is done', async () => {
    const entry = join(import.meta.dirname, '..', '..', 'src', 'index.ts');
    const program = `
      const { HttpTransport } = await import(${JSON.stringify(pathToFileURL(entry).href)});
      const transport = new HttpTransport({ apiUrl: '${await refusedUrl()}', maxRetries: 0, delivery: { pauseMs: 3_600_000, maxPauseMs: 3_600_000 } });
      transport.emit({ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), parentSpanId: null, name: 'a', status: 'complete', startTime: 0, endTime: 1 });
    `;
    const { stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program]);
    expect(stderr).toContain('collector_unreachable');
  });
});
