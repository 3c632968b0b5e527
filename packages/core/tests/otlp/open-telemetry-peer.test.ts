import { describe, expect, it } from 'vitest';
import { openTelemetryContext } from '../../src/otlp/open-telemetry-peer.ts';
import { newTraceContext } from '../../src/trace-context.ts';

describe('openTelemetryContext', () => {
  it('imports nothing where the peer is absent', async () => {
    const load = (): Promise<unknown> => Promise.reject(new Error('must not be imported'));
    expect(await openTelemetryContext({ isPresent: () => false, load })).toBeNull();
  });

  it('reads the active span of the peer, and takes an invalid context for none', async () => {
    const context = newTraceContext();
    let active: unknown = { spanContext: () => ({ traceId: context.traceId, spanId: context.spanId, traceFlags: 1 }) };
    const current = await openTelemetryContext({
      isPresent: () => true,
      load: async () => ({ trace: { getActiveSpan: () => active } }),
    });
    expect(current?.()).toEqual(context);
    active = { spanContext: () => ({ traceId: '0'.repeat(32), spanId: context.spanId, traceFlags: 0 }) };
    expect(current?.()).toBeUndefined();
    active = undefined;
    expect(current?.()).toBeUndefined();
    active = { spanContext: () => ({}) };
    expect(current?.()).toBeUndefined();
  });

  it('a peer of another shape is none', async () => {
    expect(await openTelemetryContext({ isPresent: () => true, load: async () => ({}) })).toBeNull();
  });

  it('finds out by itself whether the peer is there', async () => {
    const current = await openTelemetryContext();
    expect(current === null || current() === undefined).toBe(true);
  });
});
