import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Agent } from 'undici';
import { afterEach, describe, expect, it } from 'vitest';
import { post, TooManyBytes } from '../../src/providers/whole-answer.ts';

const opened: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

/** A server that answers so, and how to post to it. */
async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void | Promise<void>) {
  const server = createServer((request, response) => void answer(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('it does not listen');
  const agent = new Agent();
  opened.push(async () => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  });
  opened.push(() => agent.destroy());
  const url = new URL(`http://127.0.0.1:${address.port}/v1/calls?x=1`);
  return (more: { maxBytes?: number; signal?: AbortSignal } = {}) =>
    post(agent, { url, headers: { 'x-key': 'k' }, body: '{"a":1}', maxBytes: 100, signal: undefined, ...more });
}

describe('a post', () => {
  it('brings status, headers and the whole text of the answer', async () => {
    const ask = await serve(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += String(chunk);
      response.writeHead(429, { 'retry-after': '3' });
      response.write(`${request.method} ${request.url} ${String(request.headers['x-key'])} `);
      response.end(`${body} é`);
    });
    const { status, headers, text } = await ask();
    expect([status, headers['retry-after'], text]).toEqual([429, '3', 'POST /v1/calls?x=1 k {"a":1} é']);
  });

  it('takes no more bytes than it may, and ends the connection', async () => {
    const closed = Promise.withResolvers<void>();
    const ask = await serve((_request, response) => {
      response.once('close', closed.resolve);
      response.write('x'.repeat(101));
    });
    await expect(ask()).rejects.toBeInstanceOf(TooManyBytes);
    await closed.promise;
  });

  it.each(['before the answer', 'in the middle of it'])(
    'aborted %s rejects with the reason, and ends the connection',
    async (when) => {
      const arrived = Promise.withResolvers<void>();
      const closed = Promise.withResolvers<void>();
      const ask = await serve((_request, response) => {
        response.once('close', closed.resolve);
        if (when !== 'before the answer') response.write('begun');
        arrived.resolve();
      });
      const controller = new AbortController();
      const answer = ask({ signal: controller.signal });
      await arrived.promise;
      const reason = new Error('enough');
      controller.abort(reason);
      await expect(answer).rejects.toBe(reason);
      await closed.promise;
    },
  );

  it('aborted while it waits for its connection rejects at once', async () => {
    const agent = new Agent({ connect: () => undefined });
    opened.push(() => agent.destroy());
    const reason = new Error('enough');
    const controller = new AbortController();
    const url = new URL('http://127.0.0.1:1/');
    const answer = post(agent, { url, headers: {}, body: null, maxBytes: 1, signal: controller.signal });
    controller.abort(reason);
    await expect(answer).rejects.toBe(reason);
  });

  it('rejects when the connection breaks in the middle of an answer', async () => {
    const ask = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': '50' });
      response.write('half', () => response.destroy());
    });
    await expect(ask()).rejects.toMatchObject({ code: 'UND_ERR_SOCKET' });
  });
});
