import { describe, expect, it } from 'vitest';
import { createCore } from '../src/create-core.ts';
import { extractTraceparent } from '../src/tracing/propagation.ts';
import { HttpClient } from '../src/transport/http/http-client.ts';
import { MisbehavingCollector } from '../testing/index.ts';

describe('createCore', () => {
  it('traces from span to collector, natively and by OTLP, and shuts down with a report', async () => {
    await using collector = await MisbehavingCollector.open();
    const { tracer, agentManager, shutdown, counters } = createCore({
      apiUrl: collector.url,
      agentIdentifier: 'core@1',
      otlp: { apiUrl: collector.url, resource: { serviceName: 'core' } },
    });
    agentManager.registerSchema({ spans: ['span', 'llm'] });
    agentManager.startInstance();
    await tracer.withSpan({ name: 'outer', inputs: { a: 1 } }, async (outer) => {
      outer.setAttributes({ late: true });
      await tracer
        .withSpan({ name: 'inner', spanType: 'llm' }, () => Promise.reject(new Error('no')))
        .catch(() => undefined);
    });
    expect(agentManager.terminationSignal.aborted).toBe(false);
    expect(await shutdown()).toEqual({
      sent: 2,
      kept: 0,
      dropped: 0,
      finishes: { sent: 2, kept: 0, dropped: 0 },
      otlp: { sent: 2, dropped: 0 },
    });
    expect(collector.spans).toMatchObject([
      {
        details: { schema_name: 'span', parent_span_id: null, payload: { name: 'outer', inputs: { a: 1 } } },
        finish: { status: 'complete', result_payload: { attributes: { late: true } } },
      },
      {
        details: { schema_name: 'llm', parent_span_id: 'backend-1' },
        finish: { status: 'failed', result_payload: { error: { message: 'no' } } },
      },
    ]);
    expect(collector.instances).toMatchObject([{ started: true, finished: {} }]);
    expect(collector.callsOf('otlp')).toHaveLength(1);
    expect(collector.violations).toEqual([]);
    expect(counters()).toMatchObject({ spans: { waiting: 0 }, queue: { items: 0 } });
  });

  it('the current span goes out with the requests of a client that is told of it', async () => {
    await using collector = await MisbehavingCollector.open();
    const { tracer, shutdown } = createCore({ apiUrl: collector.url });
    await using client = new HttpClient({ apiUrl: collector.url }, { currentTrace: tracer.currentContext });
    await tracer.withSpan({ name: 'a' }, async ({ context }) => {
      await client.request('/elsewhere');
      const sent = extractTraceparent(collector.calls.find(({ path }) => path === '/elsewhere')?.headers ?? {});
      expect(sent).toMatchObject({ traceId: context.traceId, sampled: true });
    });
    await shutdown();
  });

  it('can be asked to end without any collector there', async () => {
    const core = createCore(
      { apiUrl: 'http://127.0.0.1:9', maxRetries: 0, breaker: { failureThreshold: 1 } },
      { report: () => undefined },
    );
    await core.tracer.withSpan({ name: 'a' }, () => 1);
    core.agentManager.finishInstance();
    expect(await core.shutdown({ deadlineMs: 50 })).toMatchObject({ sent: 0, dropped: 1, otlp: null });
  });
});
