import { describe, expect, it } from 'vitest';
import { call, openServer, problemIn } from './open-server.ts';

describe('a method that a path does not take', () => {
  it.each([
    ['DELETE', '/submit', 'POST'],
    ['GET', '/submit/batch', 'POST'],
    ['PUT', '/tasks/abc', 'GET, HEAD'],
    ['GET', '/tasks/abc/cancel', 'POST'],
    ['POST', '/metrics', 'GET, HEAD'],
  ])('%s %s is answered 405 with what it takes', async (method, path, allow) => {
    const server = await openServer();
    const answer = await call(server, path, { method });
    expect(problemIn(answer)).toMatchObject({ status: 405, code: 'method_not_allowed', title: 'Method Not Allowed' });
    expect(answer.headers['allow']).toBe(allow);
  });

  it('is told before a body of any kind is read', async () => {
    const server = await openServer();
    const headers = { 'content-type': 'application/xml' };
    expect(problemIn(await call(server, '/tasks', { method: 'PUT', body: '<a/>', headers })).status).toBe(405);
  });

  it('leaves HEAD and unknown paths as they were', async () => {
    const server = await openServer();
    expect((await call(server, '/health', { method: 'HEAD' })).status).toBe(200);
    expect(problemIn(await call(server, '/nowhere', { method: 'DELETE' })).status).toBe(404);
  });
});
