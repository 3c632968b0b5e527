import { describe, expect, test } from 'vitest';
import { AgentInstanceClient } from '../../src/transport/http/agent-instance-client.ts';
import { AgentSpanClient, type CreateSpan } from '../../src/transport/http/agent-span-client.ts';
import { answer, type Behaviour, openLoopbackServer, type ReceivedRequest } from '../../testing/index.ts';
import { failureOf, openRecordedClient } from './recorded-client.ts';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const anyKey: unknown = expect.stringMatching(UUID);
const AT = '2026-11-21T08:00:00.000Z';

const span: CreateSpan = {
  details: {
    agent_instance_id: 'instance-1',
    schema_name: 'tool_call',
    status: 'active',
    payload: { tool: 'search' },
    parent_span_id: null,
    started_at: AT,
    finished_at: null,
  },
};

async function withCollector<T>(
  behaviour: Behaviour,
  use: (clients: { instances: AgentInstanceClient; spans: AgentSpanClient }) => Promise<T>,
): Promise<{ result: T; requests: readonly ReceivedRequest[] }> {
  await using server = await openLoopbackServer(behaviour);
  await using recorded = openRecordedClient({ apiUrl: `${server.url}/tenant` });
  const { client } = recorded;
  const result = await use({ instances: new AgentInstanceClient(client), spans: new AgentSpanClient(client) });
  return { result, requests: server.requests };
}

const created: Behaviour = (response) => answer(response, 200, { status: 'success', details: { id: 'made-1' } });

describe('the example of the source document', () => {
  test('agent span client posts create and finish to expected endpoints', async () => {
    const urls: string[] = [];
    const bodies: unknown[] = [];
    const fetchFn = async (url: string, init: RequestInit): Promise<Response> => {
      urls.push(url);
      bodies.push(typeof init.body === 'string' ? JSON.parse(init.body) : init.body);
      return Response.json({ status: 'success', details: { id: 'span-1' } });
    };
    await using recorded = openRecordedClient({ apiUrl: 'http://collector.test' }, { fetchFn });
    const spans = new AgentSpanClient(recorded.client);
    await spans.create({ ...span, idempotency_key: 'key-1' });
    await spans.finish('span-1', AT, { status: 'complete', result_payload: { hits: 3 }, idempotency_key: 'key-2' });
    expect(urls).toEqual([
      'http://collector.test/api/v1/agent_spans',
      'http://collector.test/api/v1/agent_spans/span-1/finish',
    ]);
    expect(bodies).toEqual([
      { ...span, idempotency_key: 'key-1' },
      { timestamp: AT, status: 'complete', result_payload: { hits: 3 }, idempotency_key: 'key-2' },
    ]);
  });
});

describe('agent instances', () => {
  test('are registered, started, finished and looked at', async () => {
    const { result, requests } = await withCollector(
      (response, { method }) =>
        answer(response, 200, {
          status: 'success',
          details: { id: 'made-1', ...(method === 'GET' && { status: 'active', termination_reason: 'budget' }) },
        }),
      async ({ instances }) => {
        const { details } = await instances.register({
          agent_version: { external_identifier: 'v1', name: 'agent', description: 'does things' },
        });
        await instances.start(details.id, { timestamp: AT });
        await instances.finish(details.id, { status: 'failed', timestamp: AT });
        return instances.get(details.id);
      },
    );
    expect(result.details).toMatchObject({ status: 'active', termination_reason: 'budget' });
    expect(requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /tenant/api/v1/agent_instance/register',
      'POST /tenant/api/v1/agent_instance/made-1/start',
      'POST /tenant/api/v1/agent_instance/made-1/finish',
      'GET /tenant/api/v1/agent_instance/made-1',
    ]);
    expect(requests.slice(0, 3).map(({ body }) => body)).toEqual([
      {
        agent_version: { external_identifier: 'v1', name: 'agent', description: 'does things' },
        idempotency_key: anyKey,
      },
      { timestamp: AT, idempotency_key: anyKey },
      { status: 'failed', timestamp: AT, idempotency_key: anyKey },
    ]);
  });

  test('can be asked for whether the collector takes the token', async () => {
    const pong: Behaviour = (response) => response.end('pong');
    const { requests } = await withCollector(pong, ({ instances }) => instances.ping());
    expect(requests.map(({ method, path }) => `${method} ${path}`)).toEqual(['GET /tenant/api/v1/ping']);
    for (const status of [401, 403]) {
      await withCollector(
        (response) => answer(response, status, { status: 'error', code: 'unauthorized', message: 'no' }),
        async ({ instances }) => {
          expect(await failureOf(instances.ping())).toMatchObject({ status, kind: 'refused', attempts: 1 });
        },
      );
    }
  });

  test('that have finished already count as finished', async () => {
    const conflict: Behaviour = (response) => answer(response, 409, { status: 'error', code: 'conflict', message: '' });
    await withCollector(conflict, ({ instances }) => instances.finish('made-1'));
    await withCollector(conflict, async ({ instances }) => {
      expect(await failureOf(instances.start('made-1'))).toMatchObject({ status: 409, kind: 'conflict' });
    });
  });

  test('keep their key through retries', async () => {
    const { requests } = await withCollector(
      (response, request, index) => (index < 3 ? answer(response, 503, {}) : created(response, request, index)),
      ({ instances }) =>
        instances.register({ agent_version: { external_identifier: 'v1', name: 'a', description: 'b' } }),
    );
    expect(requests).toHaveLength(4);
    expect(new Set(requests.map(({ text }) => text)).size).toBe(1);
  });

  test.each(['', '.', '..'])('cannot have the id %j', async (id) => {
    const { requests } = await withCollector(created, async ({ instances }) => {
      await expect(instances.start(id)).rejects.toMatchObject({ code: 'collector_call_invalid', kind: 'invalid' });
    });
    expect(requests).toHaveLength(0);
  });

  test('of an odd id stay one segment of the path', async () => {
    const { requests } = await withCollector(created, ({ instances }) => instances.start('a/../b?c#d'));
    expect(requests[0]?.path).toBe('/tenant/api/v1/agent_instance/a%2F..%2Fb%3Fc%23d/start');
  });
});

describe('spans', () => {
  test('give back the id and what the collector wants', async () => {
    const { result } = await withCollector(
      (response) =>
        answer(response, 200, {
          status: 'success',
          details: { id: 'span-1' },
          control: { terminate: true, reason: 'spent' },
        }),
      async ({ spans }) => [await spans.create(span), await spans.finish('span-1', AT)] as const,
    );
    expect(result[0]).toMatchObject({ details: { id: 'span-1' }, control: { terminate: true, reason: 'spent' } });
    expect(result[1].control).toEqual({ terminate: true, reason: 'spent' });
  });

  test('take the key from inside details', async () => {
    const { requests } = await withCollector(created, ({ spans }) =>
      spans.create({ details: { ...span.details, idempotency_key: 'inside' } }),
    );
    expect(requests[0]?.body).toMatchObject({ idempotency_key: 'inside' });
    expect(requests[0]?.headers['idempotency-key']).toBe('inside');
  });

  test('finished already (409 invalid_action) count as finished, other conflicts do not', async () => {
    const conflict =
      (code: string): Behaviour =>
      (response) =>
        answer(response, 409, { status: 'error', code, message: 'no' });
    const { result } = await withCollector(conflict('invalid_action'), ({ spans }) => spans.finish('span-1', AT));
    expect(result).toEqual({});
    await withCollector(conflict('key_reused'), async ({ spans }) => {
      expect(await failureOf(spans.finish('span-1', AT))).toMatchObject({ status: 409 });
    });
  });

  test('need a key of at most 64 characters', async () => {
    await withCollector(created, async ({ spans }) => {
      await expect(spans.finish('span-1', AT, { idempotency_key: 'k'.repeat(65) })).rejects.toThrow('64');
      await spans.finish('span-1', AT, { idempotency_key: 'k'.repeat(64) });
    });
  });

  test('created without an id in the answer are an error', async () => {
    await withCollector(
      (response) => answer(response, 200, { status: 'success', details: {} }),
      async ({ spans }) => {
        expect(await failureOf(spans.create(span))).toMatchObject({ code: 'http_invalid_answer' });
      },
    );
  });
});
