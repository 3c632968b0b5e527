import { describe, expect, it } from 'vitest';
import { createApiClient } from '../src/api-client.ts';
import { ServerUnreachable, UnexpectedAnswer } from '../src/errors.ts';
import { type TaskEventsOptions, taskEvents } from '../src/task-events.ts';
import { fakeServer, type Handler, problem, sendEvents, TASK_ID, taskEvent } from './support/fake-server.ts';

const submitted = taskEvent(1, 'task-submitted');
const started = taskEvent(2, 'task-started', { attempt: 1, node: 5, pid: 6 });
const completed = taskEvent(3, 'task-completed');

async function collect(handler: Handler, options: Partial<TaskEventsOptions> = {}) {
  await using server = await fakeServer(handler);
  const waits: number[] = [];
  const numbers: number[] = [];
  const all: TaskEventsOptions = {
    signal: new AbortController().signal,
    wait: async (ms) => void waits.push(ms),
    random: () => 1,
    ...options,
  };
  const failure = await (async () => {
    for await (const { number } of taskEvents(createApiClient({ baseUrl: server.url }), TASK_ID, all))
      numbers.push(number);
  })().catch((error: unknown) => error);
  return { numbers, waits, failure, requests: server.requests };
}

describe('taskEvents', () => {
  it('ends when the stream ends behind the event that ends the task', async () => {
    const { numbers, failure, requests } = await collect((_, response) => {
      sendEvents(response, [submitted, started, completed]);
      response.end();
    });
    expect([numbers, failure]).toEqual([[1, 2, 3], undefined]);
    expect(requests[0]).toMatchObject({ url: `/tasks/${TASK_ID}/events`, headers: { accept: 'text/event-stream' } });
    expect(requests[0]?.headers).not.toHaveProperty('last-event-id');
  });

  it('ends when the server has nothing more to tell (204) behind what was seen', async () => {
    const { numbers, waits, failure } = await collect(
      (_, response) => {
        response.writeHead(204).end();
      },
      { after: 3 },
    );
    expect([numbers, waits, failure]).toEqual([[], [], undefined]);
  });

  it('goes on behind the failure of a task that was tried again', async () => {
    const events = [
      submitted,
      taskEvent(2, 'task-failed'),
      taskEvent(3, 'task-retried', { asked: true }),
      taskEvent(4, 'task-completed'),
    ];
    const { numbers } = await collect((_, response) => {
      sendEvents(response, events);
      response.end();
    });
    expect(numbers).toEqual([1, 2, 3, 4]);
  });

  it('goes on from the last event, each event once, when the connection breaks', async () => {
    const { numbers, waits, requests } = await collect((request, response) => {
      if (request.headers['last-event-id'] === undefined) {
        sendEvents(response, [submitted, started]);
        setImmediate(() => response.destroy());
      } else {
        // It may send again what it is not sure of.
        sendEvents(response, [started, completed]);
        response.end();
      }
    });
    expect(numbers).toEqual([1, 2, 3]);
    expect(requests.map(({ headers }) => headers['last-event-id'])).toEqual([undefined, '2']);
    expect(waits).toEqual([250]);
  });

  it('comes back when the server is away for a while, and waits longer each time', async () => {
    let asked = 0;
    const { numbers, waits } = await collect((_, response) => {
      asked += 1;
      if (asked <= 3) problem(response, 503, 'database_unavailable');
      else {
        sendEvents(response, [submitted, completed]);
        response.end();
      }
    });
    expect(numbers).toEqual([1, 3]);
    expect(waits).toEqual([250, 500, 1000]);
  });

  it('gives up when it stays away', async () => {
    const { failure, waits } = await collect((_, response) => response.destroy());
    expect(failure).toBeInstanceOf(ServerUnreachable);
    expect(waits).toHaveLength(9);
    expect(Math.max(...waits)).toBe(5000);
  });

  it('does not try again what cannot help', async () => {
    const unknown = await collect((_, response) => problem(response, 404, 'task_unknown'));
    expect(unknown.failure).toMatchObject({ code: 'task_unknown' });
    const page = await collect((_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'));
    expect(page.failure).toBeInstanceOf(UnexpectedAnswer);
    const other = await collect((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end('data: {"a": 1}\n\n');
    });
    expect(other.failure).toBeInstanceOf(UnexpectedAnswer);
    expect([unknown.waits, page.waits, other.waits]).toEqual([[], [], []]);
  });

  it('takes a connection on which nothing arrives for dead', async () => {
    let asked = 0;
    const { numbers, requests } = await collect(
      (_, response) => {
        asked += 1;
        sendEvents(response, asked === 1 ? [submitted] : [completed]);
        if (asked > 1) response.end();
      },
      { silenceMs: 100 },
    );
    expect(numbers).toEqual([1, 3]);
    expect(requests).toHaveLength(2);
  });

  it('stops with the reason of the caller who aborts', async () => {
    const controller = new AbortController();
    const { failure } = await collect(
      (_, response) => {
        sendEvents(response, [submitted]);
        setImmediate(() => controller.abort(new RangeError('enough')));
      },
      { signal: controller.signal },
    );
    expect(failure).toMatchObject({ message: 'enough' });
  });
});
