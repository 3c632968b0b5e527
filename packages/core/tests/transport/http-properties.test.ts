import fc from 'fast-check';
import { describe, it } from 'vitest';
import { type Fault, MisbehavingCollector } from '../../testing/index.ts';
import { activeSpan, endedSpan, openTransport, spanId, traceId } from './spans.ts';

const fault: fc.Arbitrary<Fault | undefined> = fc.oneof(
  { weight: 3, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: fc.constant({ kind: 'reset' } as const) },
  { weight: 1, arbitrary: fc.constant({ kind: 'lose-answer' } as const) },
  { weight: 1, arbitrary: fc.constantFrom(429, 500, 502, 503).map((status) => ({ kind: 'status' as const, status })) },
);

interface PlannedSpan {
  readonly trace: number;
  readonly parent: number | null;
  readonly active: boolean;
}

/** Spans of up to four traces, each under an earlier one of its trace or none. */
const plan: fc.Arbitrary<PlannedSpan[]> = fc
  .array(fc.record({ trace: fc.integer({ min: 1, max: 4 }), above: fc.nat({ max: 3 }), active: fc.boolean() }), {
    minLength: 1,
    maxLength: 20,
  })
  .map((spans) =>
    spans.map(({ trace, above, active }, index) => {
      const earlier = spans.flatMap((span, at) => (at < index && span.trace === trace ? [at] : []));
      return { trace, active, parent: above === 0 ? null : (earlier.at(-above) ?? null) };
    }),
  );

function emitAll(spans: readonly PlannedSpan[], transport: ReturnType<typeof openTransport>['transport']): void {
  spans.forEach(({ trace, parent, active }, number) => {
    const facts = { traceId: traceId(trace), parentSpanId: parent === null ? null : spanId(parent) };
    transport.emit(active ? activeSpan(number, facts) : endedSpan(number, facts));
  });
  spans.forEach(({ active }, number) => {
    if (active) transport.finishSpan(spanId(number), Date.UTC(2026, 0, 1));
  });
}

describe('HttpTransport, under random failures', () => {
  it('loses no span, stores none twice, and keeps the order of each trace', async () => {
    await fc.assert(
      fc.asyncProperty(plan, fc.array(fault, { maxLength: 30 }), async (spans, faults) => {
        await using collector = await MisbehavingCollector.open();
        collector.misbehave = (_call, index) => faults[index];
        const { transport } = openTransport(collector.url, { maxRetries: 1 });
        emitAll(spans, transport);
        const report = await transport.close();
        const finishes = spans.filter(({ active }) => active).length;
        const stored = collector.payloads('span_id');
        const inOrder = [1, 2, 3, 4].every((trace) => {
          const wanted = spans.flatMap((span, number) => (span.trace === trace ? [spanId(number)] : []));
          const came = stored.filter((id) => typeof id === 'string' && wanted.includes(id));
          return JSON.stringify(came) === JSON.stringify(wanted);
        });
        const parentsRight = spans.every(({ parent }, number) => {
          const backend = collector.spans[stored.indexOf(spanId(number))]?.details['parent_span_id'];
          return backend === (parent === null ? null : collector.spans[stored.indexOf(spanId(parent))]?.id);
        });
        return (
          report.sent === spans.length &&
          report.dropped === 0 &&
          report.finishes.sent === finishes &&
          stored.length === spans.length &&
          inOrder &&
          parentsRight &&
          collector.violations.length === 0
        );
      }),
      { numRuns: 40 },
    );
  });

  it('counts every span once as sent, kept or dropped, whatever the bounds and the deadline', async () => {
    await fc.assert(
      fc.asyncProperty(
        plan,
        fc.array(fault, { maxLength: 10 }),
        fc.constantFrom(1, 2, 5, 100),
        fc.constantFrom(0, 5, 5_000),
        fc.boolean(),
        async (spans, faults, maxItems, deadlineMs, refuses) => {
          await using collector = await MisbehavingCollector.open();
          collector.misbehave = (_call, index) =>
            refuses && index === 7 ? { kind: 'status', status: 401 } : faults[index];
          const { transport } = openTransport(collector.url, { maxRetries: 0, delivery: { maxItems } });
          emitAll(spans, transport);
          const { sent, kept, dropped, finishes } = await transport.close({ deadlineMs });
          const active = spans.filter((span) => span.active).length;
          const { repeated, queue } = transport.counters();
          return (
            sent + kept + dropped === spans.length &&
            kept === 0 &&
            queue.items === 0 &&
            queue.bytes === 0 &&
            finishes.sent + finishes.dropped + repeated === active &&
            collector.spans.length >= sent
          );
        },
      ),
      { numRuns: 40 },
    );
  });
});
