import { setTimeout as after } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { SwitchyardError } from '../../src/errors.ts';
import { newTraceContext } from '../../src/trace-context.ts';
import { extractTraceparent, injectTraceparent } from '../../src/tracing/propagation.ts';
import type { SpanRecord } from '../../src/tracing/span-record.ts';
import { Tracer, type TracerDependencies } from '../../src/tracing/tracer.ts';

function recordingTracer(dependencies: TracerDependencies = {}): {
  tracer: Tracer;
  started: SpanRecord[];
  finished: SpanRecord[];
} {
  const started: SpanRecord[] = [];
  const finished: SpanRecord[] = [];
  let time = 1_000;
  const tracer = new Tracer(
    [{ spanStarted: (span) => started.push(span), spanFinished: (span) => finished.push(span) }],
    {
      now: () => (time += 1),
      ...dependencies,
    },
  );
  return { tracer, started, finished };
}

describe('Tracer', () => {
  it('withSpan gives back what its work gives back, and the span ends complete', async () => {
    const { tracer, started, finished } = recordingTracer();
    const value = await tracer.withSpan(
      { name: 'add', spanType: 'sum', inputs: { a: 1 }, attributes: { unit: 'm' } },
      (span) => {
        span.setOutputs({ sum: 2 });
        return 2;
      },
    );
    expect(value).toBe(2);
    expect(started).toMatchObject([
      { name: 'add', spanType: 'sum', status: 'active', endTime: null, parentSpanId: null, inputs: { a: 1 } },
    ]);
    expect(finished).toMatchObject([
      { status: 'complete', startTime: 1_001, endTime: 1_002, outputs: { sum: 2 }, attributes: { unit: 'm' } },
    ]);
    expect(finished[0]?.traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(finished[0]?.spanId).toMatch(/^[0-9a-f]{16}$/);
  });

  it('withSpan throws what its work throws, and the span ends failed with the reason', async () => {
    const { tracer, finished } = recordingTracer();
    const error = new SwitchyardError('odd_thing', 'terminal', 'it is odd');
    await expect(tracer.withSpan({ name: 'a' }, () => Promise.reject(error))).rejects.toBe(error);
    await expect(
      tracer.withSpan({ name: 'b' }, () => {
        throw error;
      }),
    ).rejects.toBe(error);
    await expect(tracer.withSpan({ name: 'c' }, () => Promise.reject('text'))).rejects.toBe('text');
    expect(finished).toMatchObject([
      { status: 'failed', error: { type: 'SwitchyardError', code: 'odd_thing', message: 'it is odd' } },
      { status: 'failed' },
      { status: 'failed', error: { type: 'string', message: 'text' } },
    ]);
  });

  it('a child inherits across awaits, timers and parallel branches', async () => {
    const { tracer, finished } = recordingTracer();
    await tracer.withSpan({ name: 'root' }, async (root) => {
      await Promise.all(
        ['left', 'right'].map((name) =>
          tracer.withSpan({ name }, async () => {
            await after(0);
            await tracer.withSpan({ name: `${name} leaf` }, () => new Promise((resolve) => setImmediate(resolve)));
          }),
        ),
      );
      expect(tracer.currentSpan()).toBe(root);
    });
    const id = (name: string): string | undefined => finished.find((span) => span.name === name)?.spanId;
    const parent = (name: string): string | null | undefined =>
      finished.find((span) => span.name === name)?.parentSpanId;
    expect([parent('left'), parent('right')]).toEqual([id('root'), id('root')]);
    expect([parent('left leaf'), parent('right leaf')]).toEqual([id('left'), id('right')]);
    expect(new Set(finished.map(({ traceId }) => traceId)).size).toBe(1);
    expect(tracer.currentSpan()).toBeUndefined();
  });

  it('takes a parent of another program, says so, and leaves a trace on request', async () => {
    const { tracer, finished } = recordingTracer();
    const remote = newTraceContext();
    await tracer.withContext(remote, () =>
      tracer.withSpan({ name: 'served' }, () => tracer.withSpan({ name: 'apart', parent: null }, () => undefined)),
    );
    expect(finished).toMatchObject([
      { name: 'apart', parentSpanId: null },
      { name: 'served', traceId: remote.traceId, parentSpanId: remote.spanId, remoteParent: true },
    ]);
    expect(finished[0]?.traceId).not.toBe(remote.traceId);
  });

  it('hangs under the span of another tracing library where it has none itself', async () => {
    const outer = newTraceContext();
    const { tracer, finished } = recordingTracer({ outerContext: () => outer });
    await tracer.withSpan({ name: 'a' }, () => undefined);
    expect(finished[0]).toMatchObject({ traceId: outer.traceId, parentSpanId: outer.spanId, remoteParent: true });
    expect(tracer.currentContext()).toBe(outer);
  });

  it('records nothing of a trace that is not sampled, but passes its ids on', async () => {
    const { tracer, started } = recordingTracer();
    const remote = { ...newTraceContext(), sampled: false };
    await tracer.withContext(remote, () =>
      tracer.withSpan({ name: 'a' }, (span) =>
        expect(span.context).toMatchObject({ traceId: remote.traceId, sampled: false }),
      ),
    );
    expect(started).toEqual([]);
  });

  it('a sink that throws changes nothing for the work', async () => {
    const errors: unknown[] = [];
    const boom = (): never => {
      throw new Error('sink');
    };
    const tracer = new Tracer([{ spanStarted: boom, spanFinished: boom }], {
      onSinkError: (error) => errors.push(error),
    });
    expect(await tracer.withSpan({ name: 'a' }, () => 5)).toBe(5);
    expect(errors).toHaveLength(2);
  });

  it('a span ends once; its attributes are copied when set, and bounded', () => {
    const { tracer, finished } = recordingTracer();
    const span = tracer.startSpan({ name: 'a' });
    const list = [1];
    span.setAttributes({ list, none: undefined });
    list.push(2);
    for (let number = 0; number < 200; number += 1) span.setAttributes({ [`k${number}`]: number });
    span.end({ status: 'failed', endTime: 7, outputs: 1 });
    span.setAttributes({ late: 1 });
    span.recordError(new Error('late'));
    span.end();
    expect(finished).toHaveLength(1);
    expect(finished[0]).toMatchObject({
      status: 'failed',
      endTime: 7,
      attributes: { list: [1], 'switchyard.dropped_attributes': 73 },
    });
    expect(finished[0]?.error).toBeUndefined();
  });
});

describe('traceparent', () => {
  it('goes out in place of another one, and comes in from headers of any form', () => {
    const context = newTraceContext();
    const headers = injectTraceparent({ Accept: 'a', TraceParent: 'old' }, context);
    expect(Object.keys(headers)).toEqual(['Accept', 'traceparent']);
    expect(extractTraceparent(headers)).toEqual(context);
    expect(extractTraceparent(new Headers(headers))).toEqual(context);
    expect(injectTraceparent({ TraceParent: 'kept' }, undefined)).toEqual({ TraceParent: 'kept' });
  });

  it('is none when absent, malformed or there twice', () => {
    const { traceparent = '' } = injectTraceparent({}, newTraceContext());
    expect(extractTraceparent({})).toBeNull();
    expect(extractTraceparent({ traceparent: 'nonsense' })).toBeNull();
    expect(extractTraceparent({ traceparent: [traceparent, traceparent] })).toBeNull();
    expect(extractTraceparent({ traceparent, Traceparent: traceparent })).toBeNull();
  });
});
