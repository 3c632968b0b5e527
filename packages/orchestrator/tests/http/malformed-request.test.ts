import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { problemSchema } from '../../src/contract/index.ts';
import { call, openServer } from './open-server.ts';

/** Sends bytes as they are and reads until the server hangs up. */
async function exchange(port: number, bytes: string): Promise<{ head: string; body: string }> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(bytes);
  const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n');
  return { head, body };
}

describe('bytes that are no request', () => {
  it.each([
    ['no HTTP at all', 'hello\r\n\r\n', 400, 'what arrived is no HTTP request'],
    [
      'endless headers',
      `GET / HTTP/1.1\r\nhost: localhost\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`,
      431,
      'the headers are longer than this server takes',
    ],
  ])('are answered as a problem: %s', async (_what, bytes, status, detail) => {
    const server = await openServer();
    const { head, body } = await exchange(server.port, bytes);
    expect(head).toContain(`HTTP/1.1 ${status} `);
    expect(head).toContain('content-type: application/problem+json');
    expect(problemSchema.parse(JSON.parse(body))).toMatchObject({ status, code: 'malformed_request', detail });
  });

  it('do not disturb others', async () => {
    const server = await openServer();
    const socket = connect(server.port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write('POST /submit HTTP/1.1\r\nhost: localhost\r\ncontent-length: 99\r\n\r\n{');
    socket.resetAndDestroy();
    expect((await call(server, '/health')).status).toBe(200);
  });
});
