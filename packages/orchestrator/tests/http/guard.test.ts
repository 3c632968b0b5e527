import { describe, expect, it } from 'vitest';
import { call, openServer, problemIn } from './open-server.ts';

const PAGE = 'http://localhost:5173';

describe('the guard', () => {
  it.each(['127.0.0.1', 'localhost', 'LOCALHOST', '[::1]'])(
    'answers to the name %s, with and without port',
    async (host) => {
      const server = await openServer();
      expect((await call(server, '/health', { headers: { host } })).status).toBe(200);
      expect((await call(server, '/health', { headers: { host: `${host}:${server.port}` } })).status).toBe(200);
    },
  );

  it.each([
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example:8000',
    '10.0.0.1',
    'localhost:80:80',
    '[::2]',
  ])('does not answer to the name %s', async (host) => {
    const server = await openServer();
    const answer = await call(server, '/submit', { headers: { host }, body: { goal: 'x' } });
    expect(problemIn(answer)).toMatchObject({ status: 403, code: 'host_refused' });
    expect(server.store.inserted).toEqual([]);
  });

  it.each(['https://evil.example', 'null', 'http://localhost:1', 'http://127.0.0.1', 'nonsense'])(
    'refuses pages of %s, in whatever they send',
    async (origin) => {
      const server = await openServer();
      for (const type of ['application/json', 'text/plain']) {
        const headers = { origin, 'content-type': type };
        const answer = await call(server, '/submit', { headers, body: '{"goal": "x"}' });
        expect(problemIn(answer)).toMatchObject({ status: 403, code: 'origin_refused' });
      }
      expect(problemIn(await call(server, '/tasks', { headers: { origin } }))).toMatchObject({ status: 403 });
      expect(server.store.inserted).toEqual([]);
    },
  );

  it('refuses a foreign page also where there is no route, and its preflight', async () => {
    const server = await openServer();
    const headers = { origin: 'https://evil.example', 'access-control-request-method': 'POST' };
    const preflight = await call(server, '/submit', { method: 'OPTIONS', headers });
    expect(problemIn(preflight)).toMatchObject({ status: 403 });
    expect(preflight.headers).not.toHaveProperty('access-control-allow-origin');
    expect(problemIn(await call(server, '/nowhere', { headers }))).toMatchObject({ status: 403 });
  });

  it('lets pages through that this server itself served', async () => {
    const server = await openServer();
    const answer = await call(server, '/submit', { headers: { origin: server.url }, body: { goal: 'x' } });
    expect(answer.status).toBe(202);
  });

  it('lets the pages of a configured origin through, with what a browser wants to read', async () => {
    const server = await openServer({ corsOrigins: [PAGE] });
    const answer = await call(server, '/submit', { headers: { origin: PAGE }, body: { goal: 'x' } });
    expect(answer.status).toBe(202);
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': PAGE,
      'access-control-expose-headers':
        'location, retry-after, x-request-id, traceparent, idempotency-key-expires, idempotent-replayed',
    });
    const refused = await call(server, '/submit', { headers: { origin: PAGE }, body: {} });
    expect(problemIn(refused)).toMatchObject({ status: 422 });
    expect(refused.headers['access-control-allow-origin']).toBe(PAGE);
  });

  it('answers the preflight of a configured origin', async () => {
    const server = await openServer({ corsOrigins: [PAGE] });
    const headers = {
      origin: PAGE,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type,idempotency-key',
    };
    const answer = await call(server, '/submit', { method: 'OPTIONS', headers });
    expect(answer.status).toBe(204);
    expect(answer.headers['access-control-allow-origin']).toBe(PAGE);
    expect(answer.headers['access-control-allow-methods']).toContain('POST');
    expect(answer.headers['access-control-allow-headers']).toContain('idempotency-key');
  });

  it('still refuses every other origin beside a configured one', async () => {
    const server = await openServer({ corsOrigins: [PAGE] });
    const answer = await call(server, '/tasks', { headers: { origin: 'http://localhost:5174' } });
    expect(problemIn(answer)).toMatchObject({ status: 403, code: 'origin_refused' });
    expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
  });
});
