/**
 * Server-sent events of one task. Source: WHATWG HTML, "Server-sent events".
 *
 * The tables are the stream's truth: after each wake-up it reads what is newer than what it sent, so a lost signal only
 * delays, and a client that reconnects with `Last-Event-ID` misses nothing. The stream ends behind the event that ends
 * the task; a client that reconnects behind that one is answered 204, which tells it to stop. At most `STREAMS_LIMIT` streams are open; each holds one page of events at a time.
 */
import { Readable } from 'node:stream';
import { SwitchyardError } from '@switchyard/core';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { RequestInvalid, TaskUnknown } from '../app/errors.ts';
import type { EventType, TaskEvent } from '../contract/index.ts';
import { isTerminal } from '../domain/transitions.ts';
import type { Signals } from '../ports/signals.ts';
import type { Store } from '../ports/store.ts';

const PAGE = 200;
/** Proxies close connections that are silent; this is well under their usual minute. */
const HEARTBEAT_MS = 15_000;
/** The floor under lost signals. */
const POLL_MS = 2_000;
const STREAMS_LIMIT = 1_000;
/** Event numbers are 32-bit. */
const LARGEST_NUMBER = 2 ** 31 - 1;
/** How long a client waits before it reconnects. */
const RECONNECT_MS = 1_000;
const ENDING: ReadonlySet<EventType> = new Set(['task-completed', 'task-failed', 'task-cancelled']);

export interface EventRoutesOptions {
  readonly store: Pick<Store, 'get' | 'events'>;
  readonly signals: Signals;
  /** Fired when the server shuts down: every stream ends. */
  readonly closing: AbortSignal;
  readonly heartbeatMs?: number;
}

class StreamsExhausted extends SwitchyardError {
  constructor() {
    super(
      'too_many_streams',
      'transient',
      `${STREAMS_LIMIT} event streams are open already; poll GET /tasks/{id} instead`,
    );
  }
}

export const eventRoutes: FastifyPluginAsyncZod<EventRoutesOptions> = async (server, options) => {
  let open = 0;

  server.get(
    '/tasks/:task_id/events',
    {
      schema: {
        summary: 'What happens to a task, as it happens (server-sent events)',
        description: 'The message id is the number of the event; `Last-Event-ID` (or `?after=`) resumes behind it.',
        tags: ['tasks'],
        params: z.object({ task_id: z.string() }),
        querystring: z.object({ after: z.coerce.number().int().min(0).max(LARGEST_NUMBER).optional() }),
      },
    },
    async (request, reply) => {
      const { task_id } = request.params;
      // A client that reconnects asks for the same address again: what it saw last counts for more.
      const after = lastEventId(request.headers['last-event-id']) ?? request.query.after ?? 0;
      // Before anything is waited for: a client may leave in between.
      const gone = new AbortController();
      reply.raw.once('close', () => gone.abort());
      const task = await options.store.get(task_id);
      if (task === null) throw new TaskUnknown(task_id);
      if (isTerminal(task.status) && (await options.store.events(task_id, after, 1)).length === 0) {
        return reply.status(204).send();
      }
      if (open >= STREAMS_LIMIT) throw new StreamsExhausted();
      open += 1;
      const signal = AbortSignal.any([gone.signal, options.closing]);
      const stream = Readable.from(taskMessages(task_id, after, signal, options), { objectMode: false });
      stream.once('close', () => {
        open -= 1;
      });
      return reply
        .type('text/event-stream')
        .header('cache-control', 'no-cache, no-transform')
        .header('x-accel-buffering', 'no')
        .send(stream);
    },
  );
};

function lastEventId(header: string | string[] | undefined): number | undefined {
  const text = Array.isArray(header) ? header[0] : header;
  if (text === undefined || text === '') return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new RequestInvalid([
    { pointer: 'Last-Event-ID', detail: `must be the number of an event; it was ${JSON.stringify(text.slice(0, 60))}` },
  ]);
}

async function* taskMessages(
  taskId: string,
  after: number,
  signal: AbortSignal,
  { store, signals, heartbeatMs = HEARTBEAT_MS }: EventRoutesOptions,
): AsyncGenerator<string> {
  const bell = createBell();
  const stopListening = [
    signals.subscribe('task', (key) => {
      if (key === taskId) bell.ring();
    }),
    signals.onReconnected(bell.ring),
  ];
  let last = after;
  let newest: TaskEvent | undefined;
  let silentMs = 0;
  try {
    yield `retry: ${RECONNECT_MS}\n\n`;
    while (!signal.aborted) {
      bell.reset();
      const events = await store.events(taskId, last, PAGE);
      for (const event of events) {
        yield messageOf(event);
        last = event.number;
        silentMs = 0;
      }
      newest = events.at(-1) ?? newest;
      if (events.length === PAGE) continue;
      if (newest !== undefined && ENDING.has(newest.type)) return;
      if (!(await bell.rungWithin(POLL_MS, signal))) silentMs += POLL_MS;
      if (silentMs >= heartbeatMs) {
        yield ': still here\n\n';
        silentMs = 0;
      }
    }
  } finally {
    for (const stop of stopListening) stop();
  }
}

function messageOf(event: TaskEvent): string {
  return `id: ${event.number}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}

/** Remembers a ring until it is reset, so that one that comes while nobody waits is not lost. */
function createBell() {
  let rung = false;
  let wake: (() => void) | null = null;
  return {
    ring: (): void => {
      rung = true;
      wake?.();
    },
    reset: (): void => {
      rung = false;
    },
    /** True when it rang; false when the time ran out or the signal fired. */
    rungWithin: (ms: number, signal: AbortSignal): Promise<boolean> =>
      new Promise((resolve) => {
        const done = (): void => {
          clearTimeout(timer);
          signal.removeEventListener('abort', done);
          wake = null;
          resolve(rung);
        };
        const timer = setTimeout(done, ms);
        if (rung || signal.aborted) {
          done();
          return;
        }
        wake = done;
        signal.addEventListener('abort', done, { once: true });
      }),
  };
}
