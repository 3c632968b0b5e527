import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { call, openServer, problemIn } from './open-server.ts';

describe('a body', () => {
  it('that is compressed, or is not UTF-8, is refused with the reason', async () => {
    const server = await openServer();
    const send = (body: Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}): Promise<Response> =>
      fetch(`${server.url}/submit`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body,
      });
    const compressed = await send(gzipSync('{"goal":"x"}'), { 'content-encoding': 'gzip' });
    expect(compressed.status).toBe(415);
    expect(await compressed.json()).toMatchObject({ code: 'encoding_unsupported' });
    const broken = await send(new Uint8Array([...Buffer.from('{"goal":"'), 0xff, 0xfe, ...Buffer.from('"}')]));
    expect(broken.status).toBe(400);
    expect(await broken.json()).toMatchObject({
      code: 'malformed_json',
      detail: 'the body is not valid JSON: its bytes are not UTF-8',
    });
    expect(server.store.inserted).toEqual([]);
  });

  it.each(['subtasks', 'aggregate', 'on_child_failure'])(
    'that uses %s, which is not there yet, is refused',
    async (field) => {
      const server = await openServer();
      const { status, json } = await call(server, '/submit', { body: { goal: 'x', [field]: 'all' } });
      expect(status).toBe(422);
      expect(json).toMatchObject({ errors: [{ pointer: `/${field}` }] });
    },
  );
});

describe('bodies that are held at once', () => {
  it('have a bound: one more is answered 503, and taken when others have been answered', async () => {
    const away = Promise.withResolvers<void>();
    const waiting = Promise.withResolvers<void>();
    const server = await openServer({
      bodyBudgetBytes: 1_000,
      store: {
        insert: async (tasks) => {
          waiting.resolve();
          await away.promise;
          return tasks.map(({ spec }) => ({ kind: 'created', taskId: spec.id }));
        },
      },
    });
    const first = call(server, '/submit', { body: { goal: 'x'.repeat(600) } });
    await waiting.promise;
    const second = await call(server, '/submit', { body: { goal: 'x'.repeat(600) } });
    expect(problemIn(second)).toMatchObject({ status: 503, code: 'too_many_bodies' });
    expect((await call(server, '/health')).status).toBe(200);
    away.resolve();
    expect((await first).status).toBe(202);
    expect((await call(server, '/submit', { body: { goal: 'x'.repeat(600) } })).status).toBe(202);
  });
});
