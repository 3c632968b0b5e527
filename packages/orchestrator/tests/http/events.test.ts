import { request as httpRequest } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { TaskEvent } from '../../src/contract/index.ts';
import { turn } from '../../testing/index.ts';
import { call, type OpenServer, openServer, problemIn } from './open-server.ts';

const POLL_MS = 2_000;

/** The blocks of an event stream as they come, without their blank lines. */
async function* blocksOf(response: Response): AsyncGenerator<string> {
  let rest = '';
  for await (const text of (response.body ?? new ReadableStream<Uint8Array>()).pipeThrough(new TextDecoderStream())) {
    const blocks = (rest + text).split('\n\n');
    rest = blocks.pop() ?? '';
    yield* blocks;
  }
  expect(rest).toBe('');
}

/** The next `count` blocks; the stream stays open. */
async function take(blocks: AsyncGenerator<string>, count: number): Promise<string[]> {
  const taken: string[] = [];
  while (taken.length < count) {
    const next = await blocks.next();
    if (next.done === true) throw new Error(`the stream ended after ${taken.length} of ${count} blocks`);
    taken.push(next.value);
  }
  return taken;
}

async function all(blocks: AsyncGenerator<string>): Promise<string[]> {
  const taken: string[] = [];
  for await (const block of blocks) taken.push(block);
  return taken;
}

function messageOf(event: TaskEvent): string {
  return `id: ${event.number}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}`;
}

function open(server: OpenServer, id: string, headers: Record<string, string> = {}, query = ''): Promise<Response> {
  return fetch(`${server.url}/tasks/${id}/events${query}`, { headers });
}

/** Waits until the stream has stopped listening; the closing of a connection is seen in its own time. */
async function untilNobodyListens({ signals }: OpenServer): Promise<void> {
  while (signals.listeners > 0) await turn();
}

describe('GET /tasks/{id}/events', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('tells every event in order with its number as id, as it happens, and ends behind the last', async () => {
    const server = await openServer();
    const { id } = server.store.add({ status: 'processing' });
    const told = [server.store.tell(id, 'task-submitted', { arm: 'test' }), server.store.tell(id, 'task-started')];
    const response = await open(server, id);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    expect(response.headers.get('cache-control')).toBe('no-cache, no-transform');
    expect(response.headers.get('x-accel-buffering')).toBe('no');
    const blocks = blocksOf(response);
    expect(await take(blocks, 3)).toEqual(['retry: 1000', ...told.map(messageOf)]);
    const progressed = server.store.tell(id, 'task-progressed', { progress: 'two\nlines' });
    server.signals.publish([{ topic: 'task', key: id }]);
    expect(await take(blocks, 1)).toEqual([messageOf(progressed)]);
    const completed = server.store.tell(id, 'task-completed');
    server.signals.publish([{ topic: 'task', key: id }]);
    expect(await all(blocks)).toEqual([messageOf(completed)]);
    expect(server.signals.listeners).toBe(0);
  });

  it('finds what happened although its signal was lost, by polling and after a reconnection', async () => {
    const server = await openServer();
    const { id } = server.store.add({ status: 'processing' });
    const blocks = blocksOf(await open(server, id));
    await take(blocks, 1);
    const started = server.store.tell(id, 'task-started');
    await vi.advanceTimersByTimeAsync(POLL_MS);
    expect(await take(blocks, 1)).toEqual([messageOf(started)]);
    const completed = server.store.tell(id, 'task-completed');
    while (vi.getTimerCount() === 0) await turn();
    server.signals.reconnect();
    expect(await all(blocks)).toEqual([messageOf(completed)]);
  });

  it('resumes behind Last-Event-ID, behind ?after, and trusts the former more', async () => {
    const server = await openServer();
    const { id } = server.store.add({ status: 'completed' });
    const types = ['task-submitted', 'task-started', 'task-completed'] as const;
    const told = types.map((type) => messageOf(server.store.tell(id, type)));
    const seen = async (headers: Record<string, string>, query?: string) =>
      (await all(blocksOf(await open(server, id, headers, query)))).slice(1);
    expect(await seen({ 'last-event-id': '1' })).toEqual(told.slice(1));
    expect(await seen({}, '?after=2')).toEqual(told.slice(2));
    expect(await seen({ 'last-event-id': '2' }, '?after=0')).toEqual(told.slice(2));
    expect(await seen({ 'last-event-id': '' })).toEqual(told);
  });

  it.each(['one', '-1', '1.5', '99999999999', '1; drop'])('answers a Last-Event-ID of %j with 422', async (header) => {
    const server = await openServer();
    const { id } = server.store.add();
    const answer = await call(server, `/tasks/${id}/events`, { headers: { 'last-event-id': header } });
    expect(problemIn(answer)).toMatchObject({ status: 422, errors: [{ pointer: 'Last-Event-ID' }] });
    expect(server.signals.listeners).toBe(0);
  });

  it.each(['-1', '1.5', 'x', '2147483648'])('answers ?after=%s with 422', async (after) => {
    const server = await openServer();
    const { id } = server.store.add();
    const answer = await call(server, `/tasks/${id}/events?after=${after}`);
    expect(problemIn(answer)).toMatchObject({ status: 422, errors: [{ pointer: 'after' }] });
  });

  it('tells a client that has seen the end of the task to stop reconnecting', async () => {
    const server = await openServer();
    const { id } = server.store.add({ status: 'completed' });
    server.store.tell(id, 'task-submitted');
    server.store.tell(id, 'task-completed');
    const answer = await call(server, `/tasks/${id}/events`, { headers: { 'last-event-id': '2' } });
    expect(answer).toMatchObject({ status: 204, text: '' });
  });

  it('goes on behind the failure of a task that is tried again', async () => {
    const server = await openServer();
    const { id } = server.store.add({ status: 'pending' });
    const types = ['task-submitted', 'task-failed', 'task-retried'] as const;
    const told = types.map((type) => messageOf(server.store.tell(id, type)));
    const blocks = blocksOf(await open(server, id));
    expect((await take(blocks, 4)).slice(1)).toEqual(told);
    const completed = server.store.tell(id, 'task-completed');
    server.signals.publish([{ topic: 'task', key: id }]);
    expect(await all(blocks)).toEqual([messageOf(completed)]);
  });

  it.each([199, 200, 201, 400, 401])('tells all of %i events, page by page, and ends', async (count) => {
    const server = await openServer();
    const { id } = server.store.add({ status: 'completed' });
    for (let number = 1; number < count; number += 1) server.store.tell(id, 'task-progressed');
    server.store.tell(id, 'task-completed');
    const blocks = await all(blocksOf(await open(server, id)));
    expect(blocks.slice(1).map((block) => Number(/^id: (\d+)/.exec(block)?.[1]))).toEqual(
      Array.from({ length: count }, (_, index) => index + 1),
    );
  });

  it('sends a comment when there has been nothing to tell for the heartbeat time', async () => {
    const server = await openServer({ heartbeatMs: 3 * POLL_MS });
    const { id } = server.store.add({ status: 'processing' });
    const blocks = blocksOf(await open(server, id));
    await take(blocks, 1);
    for (let poll = 0; poll < 3; poll += 1) {
      while (vi.getTimerCount() === 0) await turn();
      await vi.advanceTimersByTimeAsync(POLL_MS);
    }
    expect(await take(blocks, 1)).toEqual([': still here']);
    server.store.tell(id, 'task-completed');
    while (vi.getTimerCount() === 0) await turn();
    server.signals.publish([{ topic: 'task', key: id }]);
    expect(await all(blocks)).toHaveLength(1);
  });

  it('leaves no listener and no timer behind when the client goes', async () => {
    const server = await openServer();
    const { id } = server.store.add({ status: 'processing' });
    const leaving = new AbortController();
    const response = await fetch(`${server.url}/tasks/${id}/events`, { signal: leaving.signal });
    await take(blocksOf(response), 1);
    expect(server.signals.listeners).toBe(2);
    leaving.abort();
    await untilNobodyListens(server);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('opens nothing for a client that goes before the task is found', async () => {
    const gate = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    const server = await openServer();
    const { id } = server.store.add({ status: 'processing' });
    const slow = await openServer({
      store: {
        get: async (taskId) => {
          asked.resolve();
          await gate.promise;
          return server.store.get(taskId);
        },
      },
    });
    const request = httpRequest({ host: '127.0.0.1', port: slow.port, path: `/tasks/${id}/events`, agent: false });
    request.on('error', () => undefined);
    request.end();
    await asked.promise;
    request.destroy();
    // The server sees the other side go; then the store answers.
    await call(slow, '/health');
    gate.resolve();
    await call(slow, '/health');
    await untilNobodyListens(slow);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('ends open streams when the server closes, without waiting for their clients', async () => {
    const server = await openServer();
    const { id } = server.store.add({ status: 'processing' });
    const blocks = blocksOf(await open(server, id));
    await take(blocks, 1);
    const closed = server.server.close();
    expect(await all(blocks)).toEqual([]);
    await closed;
    expect(server.signals.listeners).toBe(0);
  });

  it('answers HEAD without opening a stream for good', async () => {
    const server = await openServer();
    const { id } = server.store.add({ status: 'processing' });
    const answer = await call(server, `/tasks/${id}/events`, { method: 'HEAD' });
    expect(answer).toMatchObject({ status: 200, text: '' });
    await untilNobodyListens(server);
  });
});
