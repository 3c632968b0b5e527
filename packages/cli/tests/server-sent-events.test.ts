import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readServerSentEvents, type ServerSentEvent } from '../src/server-sent-events.ts';

async function read(chunks: readonly Uint8Array[]): Promise<ServerSentEvent[]> {
  const events: ServerSentEvent[] = [];
  const source = (async function* () {
    yield* chunks;
  })();
  for await (const event of readServerSentEvents(source)) if (event !== null) events.push(event);
  return events;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('readServerSentEvents', () => {
  it('reads fields, comments, several data lines and every kind of line end', async () => {
    const text =
      ': a comment\nretry: 1000\n\nid: 1\nevent: task-started\ndata: one\ndata:two\n\r\ndata\r\rid: 7\r\ndata: x: y\r\n\r\nid\ndata: last\n\ndata: cut off';
    expect(await read([bytes(text)])).toEqual([
      { id: '1', event: 'task-started', data: 'one\ntwo' },
      { id: '1', event: 'message', data: '' },
      { id: '7', event: 'message', data: 'x: y' },
      { id: '', event: 'message', data: 'last' },
    ]);
  });

  it('reads the same however the bytes are cut', async () => {
    const text = '\ufeffid: 1\r\nevent: é\r\ndata: 你好 👩‍🚀\r\n\r\n: hm\r\n\r\nid: 2\rdata: b\r\rid: 3\ndata: c\n\n';
    const whole = await read([bytes(text)]);
    expect(whole).toHaveLength(3);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 40 }), async (sizes) => {
        const all = bytes(text);
        const chunks: Uint8Array[] = [];
        for (let at = 0, turn = 0; at < all.length; turn += 1) {
          const size = sizes[turn % sizes.length] ?? 1;
          chunks.push(all.slice(at, at + size));
          at += size;
        }
        expect(await read(chunks)).toEqual(whole);
      }),
    );
  });

  it('stops at a line that does not end', async () => {
    const chunk = bytes('x'.repeat(1024 * 1024));
    await expect(read(Array.from({ length: 20 }, () => chunk))).rejects.toThrow(RangeError);
  });

  it('stops at an event that does not end, in lines as long as they may be', async () => {
    const line = bytes(`data: ${'x'.repeat(1024 * 1024)}\n`);
    await expect(read(Array.from({ length: 20 }, () => line))).rejects.toThrow(RangeError);
  });

  it('ignores an id with a NUL in it, as the standard says', async () => {
    expect(await read([bytes('id: 1\ndata: a\n\nid: 2\0\ndata: b\n\n')])).toMatchObject([{ id: '1' }, { id: '1' }]);
  });
});
