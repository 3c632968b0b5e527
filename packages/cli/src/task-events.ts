/**
 * The events of a task, each once and in order, however often the connection breaks: it is opened again from the last event
 * that arrived (`Last-Event-ID`).
 */
import { isTransient, sleep } from '@switchyard/core';
import { type TaskEvent, taskEventSchema } from '@switchyard/orchestrator/contract';
import { type ApiClient, taskPath } from './api-client.ts';
import { ServerUnreachable, UnexpectedAnswer } from './errors.ts';
import { readServerSentEvents } from './server-sent-events.ts';

/** The server sends a comment every 15 s; three missed ones and the connection is taken for dead. */
const NO_CONTENT = 204;
const SILENCE_MS = 45_000;
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5_000;
/** Waits in a row without any event before giving up: about 30 s. */
const MOST_FAILURES = 9;

const TERMINAL: ReadonlySet<string> = new Set(['task-completed', 'task-failed', 'task-cancelled']);

export interface TaskEventsOptions {
  readonly signal: AbortSignal;
  /** The number of the last event that is known already. Default 0: none. */
  readonly after?: number;
  /** Called before each wait for another connection. */
  readonly onReconnect?: (waitMs: number, error: unknown) => void;
  /** How long nothing at all may arrive. Default 45 s. */
  readonly silenceMs?: number;
  /** Default: core's. */
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly random?: () => number;
}

/**
 * Ends when the server ends the stream behind an event that ends the task. (A failed task that was tried again has such an event
 * in its middle too.)
 *
 * @throws ApiProblem when the server refuses (an unknown task, say); ServerUnreachable when it stays away
 */
export async function* taskEvents(
  api: ApiClient,
  taskId: string,
  options: TaskEventsOptions,
): AsyncGenerator<TaskEvent, void, undefined> {
  const { signal, wait = sleep, random = Math.random } = options;
  let last = options.after ?? 0;
  let failures = 0;
  for (;;) {
    let failure: unknown;
    let ended = false;
    try {
      const onNothingMore = (): void => {
        ended = true;
      };
      for await (const event of connection(api, taskId, last, options, onNothingMore)) {
        failures = 0;
        // A server may send again what it is not sure of.
        if (event.number <= last) continue;
        last = event.number;
        ended = TERMINAL.has(event.type);
        yield event;
      }
      if (ended) return;
      failure = new ServerUnreachable(api.baseUrl, 'the event stream ended before the task did');
    } catch (error) {
      signal.throwIfAborted();
      if (!isTransient(error)) throw error;
      failure = error;
    }
    failures += 1;
    if (failures > MOST_FAILURES) throw failure;
    const waitMs = Math.min(FIRST_WAIT_MS * 2 ** (failures - 1), LONGEST_WAIT_MS) * (0.5 + random() / 2);
    options.onReconnect?.(waitMs, failure);
    await wait(waitMs, signal);
  }
}

async function* connection(
  api: ApiClient,
  taskId: string,
  last: number,
  { signal, silenceMs = SILENCE_MS }: TaskEventsOptions,
  onNothingMore: () => void,
): AsyncGenerator<TaskEvent, void, undefined> {
  const path = `${taskPath(taskId)}/events`;
  const ending = new AbortController();
  const silence = setTimeout(() => ending.abort(), silenceMs);
  const headers: Record<string, string> = { accept: 'text/event-stream' };
  if (last > 0) headers['last-event-id'] = String(last);
  try {
    const response = await api.open(path, headers, AbortSignal.any([signal, ending.signal]));
    // The standard's way to say that a stream which was broken off has nothing more to tell.
    if (response.status === NO_CONTENT) {
      onNothingMore();
      return;
    }
    if (!response.headers.get('content-type')?.startsWith('text/event-stream')) {
      throw new UnexpectedAnswer(`${api.baseUrl}${path}`, 'answered with something else than an event stream');
    }
    for await (const message of readServerSentEvents(response.body ?? emptyBody())) {
      silence.refresh();
      if (message !== null) yield eventOf(message.data, `${api.baseUrl}${path}`);
    }
  } catch (error) {
    signal.throwIfAborted();
    if (ending.signal.aborted) throw new ServerUnreachable(api.baseUrl, `nothing arrived for ${silenceMs / 1000} s`);
    // A body that breaks off is a TypeError of fetch.
    if (error instanceof TypeError) throw new ServerUnreachable(api.baseUrl, 'the connection broke', { cause: error });
    throw error;
  } finally {
    clearTimeout(silence);
    ending.abort();
  }
}

function eventOf(data: string, url: string): TaskEvent {
  try {
    return taskEventSchema.parse(JSON.parse(data));
  } catch (error) {
    throw new UnexpectedAnswer(url, 'sent an event that cannot be read', { cause: error });
  }
}

async function* emptyBody(): AsyncGenerator<Uint8Array, void, undefined> {}
