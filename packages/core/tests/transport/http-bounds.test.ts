import { describe, expect, it } from 'vitest';
import { HttpTransport } from '../../src/transport/http.ts';
import { ManualClock, MisbehavingCollector } from '../../testing/index.ts';
import { activeSpan, endedSpan, openTransport, spanId } from './spans.ts';

describe('HttpTransport, bounds', () => {
  it('the oldest make room, and every span is counted once', async () => {
    await using collector = await MisbehavingCollector.open();
    collector.misbehave = ({ kind }) => (kind === 'register' ? { kind: 'hold' } : undefined);
    const { transport, problems } = openTransport(collector.url, { delivery: { maxItems: 3 } });
    for (let number = 1; number <= 8; number += 1)
      transport.emit(endedSpan(number, { parentSpanId: number === 1 ? null : spanId(number - 1) }));
    await collector.until(() => collector.heldCount === 1);
    for (let number = 9; number <= 10; number += 1)
      transport.emit(endedSpan(number, { parentSpanId: spanId(number - 1) }));
    expect(transport.counters().queue.items).toBe(3);
    collector.misbehave = () => undefined;
    collector.release();
    expect(await transport.close()).toMatchObject({ sent: 3, dropped: 7 });
    expect(collector.payloads('name')).toEqual(['span 6', 'span 9', 'span 10']);
    expect(collector.spans.map(({ details }) => details['parent_span_id'])).toEqual([null, 'backend-1', 'backend-2']);
    expect(transport.counters()).toMatchObject({
      spans: { accepted: 10, sent: 3, dropped: 7, waiting: 0 },
      droppedFor: { overflow: 7 },
    });
    expect(problems.map(({ code }) => code)).toEqual(['spans_dropped']);
  });

  it('finishes that wait for their span are bounded too', async () => {
    await using collector = await MisbehavingCollector.open();
    const { transport } = openTransport(collector.url, { delivery: { maxKnownSpans: 2 } });
    for (let number = 1; number <= 4; number += 1) transport.finishSpan(spanId(number), 0, { outputs: { number } });
    transport.finishSpan(spanId(4), 0);
    for (let number = 3; number <= 4; number += 1) transport.emit(activeSpan(number));
    expect(await transport.close()).toMatchObject({ sent: 2, finishes: { sent: 2, dropped: 2 } });
    expect(transport.counters().repeated).toBe(1);
  });

  it('counts bytes, and refuses what is larger than all of them', async () => {
    await using collector = await MisbehavingCollector.open();
    const { transport } = openTransport(collector.url, { delivery: { maxBytes: 20_000 } });
    transport.emit(endedSpan(1, { inputs: 'x'.repeat(30_000) }));
    transport.emit(endedSpan(2, { inputs: 'x'.repeat(3_000) }));
    expect(transport.counters().queue.bytes).toBeLessThan(20_000);
    expect(await transport.close()).toMatchObject({ sent: 1, dropped: 1 });
  });

  it('forgets ids of finished spans after a while', async () => {
    await using collector = await MisbehavingCollector.open();
    const clock = new ManualClock();
    const { transport } = openTransport(collector.url, { delivery: { rememberMs: 1_000 } }, { clock });
    for (let number = 1; number <= 50; number += 1) transport.emit(endedSpan(number));
    await collector.until(() => collector.spans.length === 50);
    expect(transport.counters().ids.known).toBe(50);
    clock.advance(1_000);
    transport.emit(endedSpan(51));
    await collector.until(() => collector.spans.length === 51);
    expect(transport.counters().ids.known).toBeLessThan(5);
    await transport.close();
  });

  it('refuses settings out of their range by name', () => {
    expect(() => new HttpTransport({ apiUrl: 'http://127.0.0.1:1', delivery: { parallelTraces: 0 } })).toThrow(
      /delivery\.parallelTraces is 0/,
    );
  });
});

describe('HttpTransport, termination and close', () => {
  it('tells of the wish to end, once, by callback and signal of that instance', async () => {
    await using collector = await MisbehavingCollector.open();
    collector.control = { terminate: true, reason: 'over budget' };
    const { transport, terminations } = openTransport(collector.url);
    transport.startAgentInstance();
    const signal = transport.terminationSignal;
    transport.emit(endedSpan(1));
    transport.emit(endedSpan(2));
    await collector.until(() => collector.spans.length === 2);
    collector.control = undefined;
    transport.startAgentInstance();
    await transport.close();
    expect(terminations).toEqual(['over budget']);
    expect(signal.aborted).toBe(true);
    expect(signal.reason).toBe('over budget');
    expect(transport.terminationSignal.aborted).toBe(false);
  });

  it('a signal taken before the instance starts is the one that aborts, and starts nothing', async () => {
    await using collector = await MisbehavingCollector.open();
    collector.control = { terminate: true, reason: null };
    const { transport } = openTransport(collector.url);
    const signal = transport.terminationSignal;
    transport.finishAgentInstance();
    const later = transport.terminationSignal;
    transport.startAgentInstance();
    transport.emit(endedSpan(1));
    await transport.close();
    expect(signal.aborted).toBe(false);
    expect(later.aborted).toBe(true);
    expect(collector.instances).toHaveLength(1);
  });

  it('asks now and then whether to end, where it is told to, and only while an instance runs', async () => {
    await using collector = await MisbehavingCollector.open();
    const clock = new ManualClock();
    const { transport, terminations } = openTransport(
      collector.url,
      { delivery: { watchTerminationMs: 1_000 } },
      { clock },
    );
    const asked = (): number => collector.callsOf('get').length;
    clock.advance(5_000);
    transport.startAgentInstance();
    const signal = transport.terminationSignal;
    await collector.until(() => collector.instances[0]?.started === true);
    while (transport.counters().agentCalls.sent === 0) await new Promise(setImmediate);
    clock.advance(1_000);
    await collector.until(() => asked() === 1);
    collector.misbehave = ({ kind }) => (kind === 'get' && asked() === 1 ? { kind: 'status', status: 404 } : undefined);
    collector.instanceDetails = { status: 'terminated', termination_reason: 'too long' };
    while (!signal.aborted) {
      clock.advance(1_000);
      await new Promise(setImmediate);
    }
    expect(signal.reason).toBe('too long');
    expect(terminations).toEqual(['too long']);
    expect(asked()).toBe(3);
    clock.advance(10_000);
    await transport.close();
    expect(asked()).toBe(3);
    expect(clock.pending).toBe(0);
  });

  it('does not lose a wish that comes while it closes', async () => {
    await using collector = await MisbehavingCollector.open();
    collector.misbehave = ({ kind }) => (kind === 'span' ? { kind: 'hold' } : undefined);
    collector.control = { terminate: true };
    const { transport, terminations } = openTransport(collector.url);
    transport.emit(endedSpan(1));
    const signal = transport.terminationSignal;
    const closed = transport.close();
    await collector.until(() => collector.heldCount === 1);
    collector.release();
    await closed;
    expect(terminations).toHaveLength(1);
    expect(signal.aborted).toBe(true);
  });

  it('close gives every caller the same report; what comes after it is counted as dropped', async () => {
    await using collector = await MisbehavingCollector.open();
    const { transport } = openTransport(collector.url);
    transport.emit(endedSpan(1));
    const [first, second] = await Promise.all([transport.close(), transport.close({ deadlineMs: 1 })]);
    transport.emit(endedSpan(2));
    transport.finishSpan(spanId(3), 0);
    transport.finishAgentInstance();
    expect(second).toBe(first);
    expect(first).toMatchObject({ sent: 1 });
    expect(transport.counters()).toMatchObject({ droppedFor: { closed: 3 }, spans: { accepted: 2, waiting: 0 } });
  });

  it('a finish whose span never comes is counted as dropped', async () => {
    await using collector = await MisbehavingCollector.open();
    const { transport } = openTransport(collector.url);
    transport.finishSpan(spanId(1), 0);
    expect(await transport.close()).toMatchObject({ finishes: { sent: 0, dropped: 1 } });
  });
});
