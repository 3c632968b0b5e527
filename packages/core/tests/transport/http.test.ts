import { describe, expect, it } from 'vitest';
import { ManualClock, MisbehavingCollector } from '../../testing/index.ts';
import { activeSpan, endedSpan, openTransport, spanId, traceId } from './spans.ts';

function names(collector: MisbehavingCollector): unknown[] {
  return collector.payloads('name');
}

describe('HttpTransport, agent instances', () => {
  it('registers nothing before there is something to send', async () => {
    await using collector = await MisbehavingCollector.open();
    const { transport } = openTransport(collector.url);
    await transport.close();
    expect(collector.calls).toEqual([]);
  });

  it('registers, starts, sends and finishes in this order, with the identity and schema given', async () => {
    await using collector = await MisbehavingCollector.open();
    const { transport } = openTransport(collector.url, { agentId: 'agent-7', environmentId: 'test' });
    transport.registerSchema({ kinds: ['span'] });
    transport.startAgentInstance({ agentName: 'Tester', agentDescription: 'tests' });
    transport.emit(activeSpan(1));
    transport.finishAgentInstance({ status: 'failed' });
    // The span is not finished yet, but the call that finishes it is emitted before the instance's is sent.
    transport.finishSpan(spanId(1), Date.UTC(2026, 0, 1));
    await transport.close();
    expect(collector.calls.map(({ kind }) => kind)).toEqual(['register', 'start', 'span', 'span-finish', 'finish']);
    expect(collector.instances).toMatchObject([
      {
        body: {
          agent_id: 'agent-7',
          environment_id: 'test',
          agent_version: { external_identifier: 'test@1', name: 'Tester', description: 'tests' },
          agent_schema_version: { kinds: ['span'] },
        },
        finished: { status: 'failed' },
      },
    ]);
    expect(collector.calls[2]?.headers).toMatchObject({ authorization: 'Bearer a-token' });
    expect(collector.calls[2]?.headers['traceparent']).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  });

  it('a span without an instance starts the configured one; a second start finishes the first instance', async () => {
    await using collector = await MisbehavingCollector.open();
    const { transport } = openTransport(collector.url);
    transport.emit(activeSpan(1));
    transport.startAgentInstance({ agentIdentifier: 'test@2' });
    transport.emit(endedSpan(2, { traceId: traceId(2) }));
    transport.finishSpan(spanId(1), 0);
    await transport.close();
    expect(collector.instances).toMatchObject([
      { started: true, body: { agent_version: { external_identifier: 'test@1' } } },
      { started: true, finished: null, body: { agent_version: { external_identifier: 'test@2' } } },
    ]);
    expect(collector.instances[0]?.finished).not.toBeNull();
    expect(collector.violations).toEqual([]);
  });

  it('a changed schema needs a new agentIdentifier; the order of properties is no change', async () => {
    await using collector = await MisbehavingCollector.open();
    const { transport } = openTransport(collector.url);
    transport.registerSchema({ a: 1, b: { c: 2, d: 3 } });
    transport.startAgentInstance();
    transport.registerSchema({ b: { d: 3, c: 2 }, a: 1 });
    transport.startAgentInstance();
    transport.registerSchema({ a: 2 });
    expect(() => transport.startAgentInstance()).toThrow(
      expect.objectContaining({ code: 'agent_schema_changed', kind: 'conflict' }),
    );
    transport.startAgentInstance({ agentIdentifier: 'test@2' });
    await transport.close();
    expect(collector.instances.map(({ body }) => body['agent_schema_version'])).toEqual([
      { a: 1, b: { c: 2, d: 3 } },
      { b: { d: 3, c: 2 }, a: 1 },
      { a: 2 },
    ]);
  });

  it('an instance that nobody started keeps the schema of its identifier', async () => {
    await using collector = await MisbehavingCollector.open();
    const { transport } = openTransport(collector.url);
    transport.registerSchema({ a: 1 });
    transport.startAgentInstance();
    transport.finishAgentInstance();
    transport.registerSchema({ a: 2 });
    transport.emit(endedSpan(1));
    await transport.close();
    expect(collector.instances.map(({ body }) => body['agent_schema_version'])).toEqual([{ a: 1 }, { a: 1 }]);
  });
});

describe('HttpTransport, spans', () => {
  it('sends what was there when the span was emitted, and a note for what cannot be sent, with its children', async () => {
    await using collector = await MisbehavingCollector.open();
    const { transport } = openTransport(collector.url);
    const inputs: Record<string, unknown> = { text: 'before', big: 10n, call: () => 1 };
    inputs['itself'] = inputs;
    Object.defineProperty(inputs, 'broken', {
      enumerable: true,
      get: () => {
        throw new Error('no');
      },
    });
    transport.emit(activeSpan(1, { inputs }));
    inputs['text'] = 'after';
    transport.emit(endedSpan(2, { parentSpanId: spanId(1) }));
    const outputs = { n: 1 };
    transport.finishSpan(spanId(1), 0, { outputs });
    outputs.n = 2;
    expect(await transport.close()).toMatchObject({ sent: 2, dropped: 0 });
    expect(collector.spans[0]?.details['payload']).toMatchObject({
      inputs: {
        text: 'before',
        big: '[BigInt 10]',
        call: '[function call]',
        itself: '[circular]',
        broken: '[getter threw: no]',
      },
    });
    expect(collector.spans[0]?.finish).toMatchObject({ status: 'complete', result_payload: { outputs: { n: 1 } } });
    expect(collector.spans[1]?.details['parent_span_id']).toBe('backend-1');
  });

  it('a child waits for its parent and a finish for its span, whichever is emitted first', async () => {
    await using collector = await MisbehavingCollector.open();
    const { transport } = openTransport(collector.url);
    transport.finishSpan(spanId(2), 5);
    transport.emit(activeSpan(3, { parentSpanId: spanId(2) }));
    transport.emit(activeSpan(2, { parentSpanId: spanId(1) }));
    transport.finishSpan(spanId(3), 6);
    while (transport.counters().queue.waitingForAnother < 4) await new Promise(setImmediate);
    expect(collector.calls).toEqual([]);
    transport.emit(endedSpan(1));
    expect(await transport.close()).toEqual({
      sent: 3,
      kept: 0,
      dropped: 0,
      finishes: { sent: 2, kept: 0, dropped: 0 },
    });
    expect(names(collector)).toEqual(['span 1', 'span 2', 'span 3']);
    expect(collector.spans.map(({ details }) => details['parent_span_id'])).toEqual([null, 'backend-1', 'backend-2']);
    expect(collector.violations).toEqual([]);
  });

  it('a child whose parent never comes goes without it after the wait', async () => {
    await using collector = await MisbehavingCollector.open();
    const clock = new ManualClock();
    const { transport } = openTransport(collector.url, { delivery: { parentWaitMs: 1_000 } }, { clock });
    transport.emit(endedSpan(1));
    transport.emit(endedSpan(2, { parentSpanId: spanId(99) }));
    transport.emit(endedSpan(3));
    await collector.until(() => collector.spans.length === 2);
    expect(names(collector)).toEqual(['span 1', 'span 3']);
    while (transport.counters().queue.waitingForAnother === 0) await new Promise(setImmediate);
    clock.advance(1_000);
    await collector.until(() => collector.spans.length === 3);
    expect(collector.spans[2]?.details).toMatchObject({ parent_span_id: null, payload: { name: 'span 2' } });
    await transport.close();
  });

  it('close sends those too that wait in vain, or for each other', async () => {
    await using collector = await MisbehavingCollector.open();
    const { transport } = openTransport(collector.url);
    transport.emit(endedSpan(1, { parentSpanId: spanId(99) }));
    transport.emit(endedSpan(2, { parentSpanId: spanId(3) }));
    transport.emit(endedSpan(3, { parentSpanId: spanId(2) }));
    transport.emit(endedSpan(4, { parentSpanId: spanId(4) }));
    expect(await transport.close()).toMatchObject({ sent: 4, dropped: 0 });
  });

  it('a parent of another program is named in the payload, not waited for', async () => {
    await using collector = await MisbehavingCollector.open();
    const { transport } = openTransport(collector.url);
    transport.emit(endedSpan(1, { parentSpanId: spanId(99), remoteParent: true }));
    await transport.close();
    expect(collector.spans[0]?.details).toMatchObject({
      parent_span_id: null,
      payload: { remote_parent_span_id: spanId(99) },
    });
  });

  it('keeps the order of a trace while others overtake it', async () => {
    await using collector = await MisbehavingCollector.open();
    collector.misbehave = ({ body }) => (JSON.stringify(body).includes('"slow') ? { kind: 'hold' } : undefined);
    const { transport } = openTransport(collector.url);
    for (let number = 1; number <= 3; number += 1) transport.emit(endedSpan(number, { name: `slow ${number}` }));
    for (let number = 4; number <= 9; number += 1)
      transport.emit(endedSpan(number, { traceId: traceId(2), name: `quick ${number}` }));
    await collector.until(() => collector.spans.length === 7);
    expect(names(collector).filter((name) => String(name).startsWith('quick'))).toEqual(
      [4, 5, 6, 7, 8, 9].map((n) => `quick ${n}`),
    );
    const closed = transport.close();
    for (let held = 1; held <= 3; held += 1) {
      await collector.until(() => collector.heldCount === 1);
      collector.release();
    }
    expect(await closed).toMatchObject({ sent: 9, dropped: 0 });
    expect(names(collector).filter((name) => String(name).startsWith('slow'))).toEqual(['slow 1', 'slow 2', 'slow 3']);
  });

  it('emits and finishes that come twice are counted and change nothing', async () => {
    await using collector = await MisbehavingCollector.open();
    const { transport } = openTransport(collector.url);
    transport.emit(activeSpan(1));
    transport.emit(activeSpan(1));
    transport.emit(endedSpan(1));
    transport.finishSpan(spanId(1), 0);
    expect(await transport.close()).toMatchObject({ sent: 1, finishes: { sent: 1 } });
    expect(transport.counters().repeated).toBe(2);
  });
});
