import { afterEach, describe, expect, it } from 'vitest';
import { GEN_AI_SCHEMA_URL, genAiAttributes } from '../../src/otlp/gen-ai-conventions.ts';
import { OtlpExporter, type OtlpExporterConfig } from '../../src/otlp/otlp-exporter.ts';
import { encodeSpan } from '../../src/otlp/otlp-json.ts';
import type { SpanRecord } from '../../src/tracing/span-record.ts';
import type { DeliveryProblem } from '../../src/transport/delivery/problems.ts';
import { ManualClock, MisbehavingCollector } from '../../testing/index.ts';

const open: OtlpExporter[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((exporter) => exporter.close({ deadlineMs: 0 })));
});

function openExporter(
  apiUrl: string,
  config: Partial<OtlpExporterConfig> = {},
): { exporter: OtlpExporter; problems: DeliveryProblem[]; clock: ManualClock } {
  const problems: DeliveryProblem[] = [];
  const clock = new ManualClock();
  const exporter = new OtlpExporter(
    {
      apiUrl,
      resource: { serviceName: 'tests' },
      initialRetryDelay: 0,
      breaker: { failureThreshold: 1_000 },
      ...config,
    },
    { clock, sleep: async () => undefined, report: (problem) => problems.push(problem) },
  );
  open.push(exporter);
  return { exporter, problems, clock };
}

function span(number: number, changes: Partial<SpanRecord> = {}): SpanRecord {
  return {
    traceId: 'a'.repeat(32),
    spanId: number.toString(16).padStart(16, '0'),
    parentSpanId: null,
    name: `span ${number}`,
    status: 'complete',
    startTime: 1_767_225_600_000.5,
    endTime: 1_767_225_600_250,
    ...changes,
  };
}

function spansOf(collector: MisbehavingCollector): string[] {
  return collector
    .callsOf('otlp')
    .flatMap(({ body }) => [...JSON.stringify(body).matchAll(/"name":"(span \d+)"/g)].map(([, name]) => name ?? ''));
}

describe('encodeSpan', () => {
  it('writes ids as hex, times as nanoseconds in text, values by their type', () => {
    expect(
      encodeSpan(
        span(1, {
          parentSpanId: 'b'.repeat(16),
          remoteParent: true,
          attributes: { text: 't', whole: 3, part: 0.5, yes: true, list: [1, null], map: { a: 'b' } },
        }),
      ),
    ).toEqual({
      traceId: 'a'.repeat(32),
      spanId: '0000000000000001',
      parentSpanId: 'b'.repeat(16),
      flags: 0x301,
      name: 'span 1',
      kind: 1,
      startTimeUnixNano: '1767225600000500000',
      endTimeUnixNano: '1767225600250000000',
      attributes: [
        { key: 'text', value: { stringValue: 't' } },
        { key: 'whole', value: { intValue: '3' } },
        { key: 'part', value: { doubleValue: 0.5 } },
        { key: 'yes', value: { boolValue: true } },
        { key: 'list', value: { arrayValue: { values: [{ intValue: '1' }, {}] } } },
        { key: 'map', value: { kvlistValue: { values: [{ key: 'a', value: { stringValue: 'b' } }] } } },
      ],
      status: { code: 0 },
    });
  });

  it('a call of a model is a client span with the names of the conventions; a failure has its exception', () => {
    const attributes = genAiAttributes({
      operation: 'chat',
      provider: 'openai',
      requestModel: 'm',
      inputTokens: 5,
      finishReasons: ['stop'],
    });
    const encoded = encodeSpan(
      span(1, {
        spanType: 'llm',
        inputs: { q: 1 },
        outputs: 'text',
        attributes,
        status: 'failed',
        error: { type: 'TypeError', message: 'no', code: 'E_NO', stack: 'at' },
      }),
    );
    expect(attributes).toEqual({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'm',
      'gen_ai.usage.input_tokens': 5,
      'gen_ai.response.finish_reasons': ['stop'],
    });
    expect(encoded).toMatchObject({ kind: 3, status: { code: 2, message: 'no' }, events: [{ name: 'exception' }] });
    expect(JSON.stringify(encoded)).toContain('{"key":"error.type","value":{"stringValue":"E_NO"}}');
    expect(JSON.stringify(encoded)).toContain('{"key":"switchyard.span.inputs","value":{"stringValue":"{\\"q\\":1}"}}');
  });
});

describe('OtlpExporter', () => {
  it('posts what has ended in batches to /v1/traces below the base, and no span that goes on', async () => {
    await using collector = await MisbehavingCollector.open();
    const { exporter } = openExporter(`${collector.url}/base`, { maxBatchSpans: 2, headers: { 'x-key': 'k' } });
    exporter.spanFinished(span(0, { endTime: null }));
    for (let number = 1; number <= 5; number += 1) exporter.spanFinished(span(number));
    expect(await exporter.close()).toEqual({ sent: 5, dropped: 0 });
    expect(collector.calls.map(({ method, path }) => `${method} ${path}`)).toEqual(
      Array(3).fill('POST /base/v1/traces'),
    );
    expect(spansOf(collector)).toEqual([1, 2, 3, 4, 5].map((number) => `span ${number}`));
    expect(collector.calls[0]?.headers).toMatchObject({ 'x-key': 'k', 'content-type': 'application/json' });
    expect(collector.calls[0]?.body).toMatchObject({
      resourceSpans: [
        {
          resource: { attributes: [{ key: 'service.name', value: { stringValue: 'tests' } }] },
          scopeSpans: [{ schemaUrl: GEN_AI_SCHEMA_URL }],
        },
      ],
    });
  });

  it('sends by itself after the interval', async () => {
    await using collector = await MisbehavingCollector.open();
    const { exporter, clock } = openExporter(collector.url, { intervalMs: 100 });
    exporter.spanFinished(span(1));
    expect(collector.calls).toEqual([]);
    clock.advance(100);
    await collector.until(() => collector.calls.length === 1);
    expect(await exporter.close()).toEqual({ sent: 1, dropped: 0 });
  });

  it('tries an unreachable collector again at the next interval, and reports it once', async () => {
    await using collector = await MisbehavingCollector.open();
    let left = 6;
    collector.misbehave = () => (left-- > 0 ? { kind: 'status', status: 503 } : undefined);
    const { exporter, problems, clock } = openExporter(collector.url, { maxRetries: 0 });
    exporter.spanFinished(span(1));
    for (let tries = 0; tries < 6; tries += 1) await exporter.flush();
    expect(exporter.counters()).toMatchObject({ exported: 1, sent: 0, waiting: 1 });
    exporter.spanFinished(span(2));
    clock.advance(5_000);
    expect(await exporter.close()).toEqual({ sent: 2, dropped: 0 });
    expect(problems.map(({ code }) => code)).toEqual(['collector_unreachable']);
    expect(new Set(spansOf(collector))).toEqual(new Set(['span 1', 'span 2']));
  });

  it('stops for good at a refusal, reported once, and counts the rest as dropped', async () => {
    await using collector = await MisbehavingCollector.open();
    collector.misbehave = () => ({ kind: 'status', status: 401 });
    const { exporter, problems } = openExporter(collector.url);
    exporter.spanFinished(span(1));
    await exporter.flush();
    exporter.spanFinished(span(2));
    expect(await exporter.close()).toEqual({ sent: 0, dropped: 2 });
    expect(collector.calls).toHaveLength(1);
    expect(problems.map(({ code }) => code)).toEqual(['collector_refused']);
  });

  it('drops the oldest past its bound, ends at the deadline, and counts what the collector rejects', async () => {
    await using collector = await MisbehavingCollector.open();
    collector.misbehave = () => ({ kind: 'status', status: 200, body: { partialSuccess: { rejectedSpans: '1' } } });
    const { exporter } = openExporter(collector.url, { maxSpans: 2, maxBatchSpans: 10 });
    for (let number = 1; number <= 3; number += 1) exporter.spanFinished(span(number));
    await exporter.flush();
    expect(exporter.counters()).toEqual({ exported: 3, sent: 2, dropped: 1, waiting: 0, rejected: 1 });
    collector.misbehave = () => ({ kind: 'hang' });
    exporter.spanFinished(span(4));
    expect(await exporter.close({ deadlineMs: 0 })).toEqual({ sent: 2, dropped: 2 });
    expect(await exporter.close()).toEqual({ sent: 2, dropped: 2 });
  });
});
