import { connect } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { healthSchema, readinessSchema } from '../../src/contract/index.ts';
import { type HandDrivenStore, matching } from '../../testing/index.ts';
import { call, openServer, problemIn } from './open-server.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;

describe('the server', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('answers /health without asking anything it depends on', async () => {
    const server = await openServer({ checks: { database: () => Promise.reject(new Error('it was asked')) } });
    const answer = await call(server, '/health');
    expect(answer.status).toBe(200);
    expect(healthSchema.parse(answer.json)).toMatchObject({ status: 'healthy', version: '1.2.3' });
  });

  it('gives the request id of the caller back, on errors too', async () => {
    const server = await openServer();
    const headers = { 'x-request-id': 'my-request:1.2' };
    expect((await call(server, '/health', { headers })).headers['x-request-id']).toBe('my-request:1.2');
    expect(problemIn(await call(server, '/nowhere', { headers })).request_id).toBe('my-request:1.2');
  });

  it.each(['', 'two words', 'x'.repeat(129), '<script>', 'schl\u00fcssel'])(
    'makes a request id of its own instead of %j',
    async (given) => {
      const server = await openServer();
      const { headers } = await call(server, '/health', { headers: { 'x-request-id': given } });
      expect(headers['x-request-id']).toMatch(UUID);
    },
  );

  it('answers 404 for what there is not, and says where to look', async () => {
    const server = await openServer();
    const problem = problemIn(await call(server, '/nowhere?x=1'));
    expect(problem).toMatchObject({ status: 404, code: 'route_unknown', instance: '/nowhere?x=1' });
    expect(problem.detail).toBe('there is no GET /nowhere?x=1; GET /docs lists what there is');
  });

  it('says that the port is taken, and by what to go around it', async () => {
    const { port } = await openServer();
    await expect(openServer({ port })).rejects.toMatchObject({
      code: 'port_in_use',
      message: matching(new RegExp(`^port ${port} on 127.0.0.1 is in use by another program; stop it, or choose`)),
    });
  });

  it('says that an address is none of this machine', async () => {
    // TEST-NET-1 of RFC 5737: nobody's address.
    await expect(openServer({ host: '192.0.2.1' })).rejects.toMatchObject({ code: 'bind_refused', kind: 'invalid' });
  });

  it('cuts after five seconds of closing the connection of a client that holds it open and says nothing', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const server = await openServer();
    const silent = connect(server.port, '127.0.0.1');
    const gone = new Promise((resolve) => silent.once('close', resolve));
    await new Promise((resolve) => silent.once('connect', resolve));
    // The connection was accepted before this one, which is answered.
    await call(server, '/health');
    const closed = server.server.close();
    await vi.advanceTimersByTimeAsync(5_000);
    await closed;
    await gone;
    expect(vi.getTimerCount()).toBe(0);
  });

  it('lets a request under way be answered before it closes', async () => {
    const gate = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    const insert: HandDrivenStore['insert'] = async (batch) => {
      asked.resolve();
      await gate.promise;
      return batch.map(({ spec }) => ({ kind: 'created', taskId: spec.id }));
    };
    const server = await openServer({ store: { insert } });
    const submitted = fetch(`${server.url}/submit`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"goal": "x"}',
    });
    await asked.promise;
    const closed = server.server.close();
    gate.resolve();
    expect((await submitted).status).toBe(202);
    await closed;
  });
});

describe('GET /ready', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('is 200 when every part says yes', async () => {
    const answer = await call(await openServer(), '/ready');
    expect(answer.status).toBe(200);
    expect(readinessSchema.parse(answer.json)).toMatchObject({
      ready: true,
      checks: { database: true, queue: true, reflex_layer: true, arms: true },
    });
  });

  it('is 503 with the reason when a part says no or fails', async () => {
    const server = await openServer({
      checks: {
        database: () => Promise.reject(new Error('it refuses connections')),
        arms: async () => ({ ok: false, detail: 'greenlight: no box' }),
      },
    });
    const answer = await call(server, '/ready');
    expect(answer.status).toBe(503);
    expect(readinessSchema.parse(answer.json)).toMatchObject({
      ready: false,
      checks: { database: false, queue: true, reflex_layer: true, arms: false },
      details: { database: 'it refuses connections', arms: 'greenlight: no box' },
    });
  });

  it('tells what each driver of the sandbox runs, and leaves that out when it cannot be had', async () => {
    const native = { name: 'native', languages: [], refused: [{ language: 'c', reason: 'no bwrap' }], problems: [] };
    const told = await call(await openServer({ sandboxes: async () => [native] }), '/ready');
    expect(readinessSchema.parse(told.json).sandboxes).toEqual([native]);
    const failing = await openServer({ sandboxes: () => Promise.reject(new Error('it is closed')) });
    const untold = await call(failing, '/ready');
    expect(untold.status).toBe(200);
    expect(readinessSchema.parse(untold.json).sandboxes).toBeUndefined();
  });

  it('is 503 when a part does not answer within two seconds, and that part is told to stop', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const asked = Promise.withResolvers<AbortSignal>();
    const server = await openServer({
      checks: {
        queue: (signal) => {
          asked.resolve(signal);
          return new Promise(() => undefined);
        },
      },
    });
    const answered = call(server, '/ready');
    const signal = await asked.promise;
    await vi.advanceTimersByTimeAsync(2_000);
    const answer = await answered;
    expect(answer.status).toBe(503);
    expect(readinessSchema.parse(answer.json).details.queue).toBe('did not answer within 2000 ms');
    expect(signal.aborted).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('GET /metrics', () => {
  it('holds the names of the contract', async () => {
    const server = await openServer({
      store: { backlog: async () => [{ arm: 'test', depth: 2, oldestAgeSeconds: 1.5 }] },
    });
    await call(server, '/submit', { body: { goal: 'x', assigned_arm: 'test', priority: 'high' } });
    await call(server, `/tasks/${server.store.add().id}/cancel`, { method: 'POST' });
    await call(server, '/nowhere');
    server.metrics.attemptEnded('test', 'complete', 0.2);
    const { text, headers } = await call(server, '/metrics');
    expect(headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(text.split('\n')).toEqual(
      expect.arrayContaining([
        'orchestrator_tasks_submitted_total{priority="high"} 1',
        'orchestrator_task_status_total{status="cancelled"} 1',
        'orchestrator_task_processing_seconds_count 1',
        'orchestrator_http_request_duration_seconds_count{method="POST",endpoint="/submit",status="202"} 1',
        'orchestrator_http_request_duration_seconds_count{method="POST",endpoint="/tasks/:task_id/cancel",status="202"} 1',
        'orchestrator_http_request_duration_seconds_count{method="GET",endpoint="unknown",status="404"} 1',
        'orchestrator_reflex_calls_total{status="Success"} 1',
        'orchestrator_queue_depth{arm="test"} 2',
        'orchestrator_queue_oldest_age_seconds{arm="test"} 1.5',
        'orchestrator_arm_attempts_total{arm="test",outcome="complete"} 1',
      ]),
    );
  });
});
