/**
 * The REST API as the commands use it. One request for one call: nothing is retried here but the event stream, which goes on
 * from its last event (see `task-events.ts`).
 */
import { errorCodeOf, messageOf } from '@switchyard/core';
import {
  type ArmList,
  armListSchema,
  type BatchSubmitted,
  batchSubmittedSchema,
  type Health,
  healthSchema,
  type JsonValue,
  problemSchema,
  type Readiness,
  type Retried,
  type RetryRequest,
  readinessSchema,
  retriedSchema,
  type ScheduleList,
  type SchedulePatchRequest,
  type ScheduleRequest,
  type ScheduleView,
  type Submitted,
  scheduleListSchema,
  scheduleViewSchema,
  submittedSchema,
  type TaskPage,
  type TaskRequest,
  type TaskView,
  type TickList,
  type TickView,
  taskPageSchema,
  taskViewSchema,
  tickListSchema,
  tickViewSchema,
} from '@switchyard/orchestrator/contract';
import { ApiProblem } from './api-errors.ts';
import { ServerTimeout, ServerUnreachable, UnexpectedAnswer } from './errors.ts';

const TIMEOUT_MS = 30_000;
/** A result may be large; an answer beyond this is not read on. */
const LARGEST_ANSWER_BYTES = 64 * 1024 * 1024;

export interface ApiClientOptions {
  /** A path prefix is kept. */
  readonly baseUrl: string;
  /** For one answer, headers and body. Default 30 s. */
  readonly timeoutMs?: number;
  readonly fetch?: typeof fetch;
}

export interface TaskListQuery {
  readonly status?: string | undefined;
  readonly arm?: string | undefined;
  readonly parent?: string | undefined;
  readonly q?: string | undefined;
  readonly cursor?: string | undefined;
  readonly limit?: string | undefined;
}

/**
 * Every method rejects with the signal's reason when aborted, else with ApiProblem, ServerUnreachable, ServerTimeout or
 * UnexpectedAnswer.
 */
export interface ApiClient {
  /** Without a slash at its end. */
  readonly baseUrl: string;
  submit(
    request: TaskRequest,
    options: { idempotencyKey?: string | undefined; signal: AbortSignal },
  ): Promise<Submitted>;
  /** All of them are stored or none. */
  submitBatch(
    requests: JsonValue,
    options: { idempotencyKey?: string | undefined; signal: AbortSignal },
  ): Promise<BatchSubmitted>;
  task(taskId: string, signal: AbortSignal): Promise<TaskView>;
  tasks(query: TaskListQuery, signal: AbortSignal): Promise<TaskPage>;
  /** Resolves when the request was taken, which is before the work has stopped. */
  cancel(taskId: string, signal: AbortSignal): Promise<void>;
  retry(taskId: string, signal: AbortSignal): Promise<void>;
  /** One bounded call; what remains is for the next. */
  retryMany(request: RetryRequest, signal: AbortSignal): Promise<Retried>;
  arms(signal: AbortSignal): Promise<ArmList>;
  addSchedule(schedule: ScheduleRequest, signal: AbortSignal): Promise<ScheduleView>;
  schedules(signal: AbortSignal): Promise<ScheduleList>;
  schedule(name: string, signal: AbortSignal): Promise<ScheduleView>;
  changeSchedule(name: string, patch: SchedulePatchRequest, signal: AbortSignal): Promise<ScheduleView>;
  removeSchedule(name: string, signal: AbortSignal): Promise<void>;
  runSchedule(name: string, signal: AbortSignal): Promise<TickView>;
  /** Newest first, at most `limit`. */
  ticks(name: string, limit: number, signal: AbortSignal): Promise<TickList>;
  health(signal: AbortSignal): Promise<Health>;
  /** Also when it is not ready. */
  ready(signal: AbortSignal): Promise<Readiness>;
  /** The answer itself, its body not yet read and not limited in time, of a stream. */
  open(path: string, headers: Record<string, string>, signal: AbortSignal): Promise<Response>;
}

interface Schema<T> {
  safeParse(value: unknown): { success: true; data: T } | { success: false; error: Error };
}

interface Call {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  readonly signal: AbortSignal;
  /** Statuses beside 2xx whose body is the answer. */
  readonly alsoFine?: readonly number[];
}

export function createApiClient(options: ApiClientOptions): ApiClient {
  const { timeoutMs = TIMEOUT_MS, fetch: fetchFunction = fetch } = options;
  const baseUrl = options.baseUrl.replace(/\/+$/, '');

  const send = async (path: string, call: Call): Promise<{ response: Response; text: string }> => {
    const url = `${baseUrl}${path}`;
    const timeout = AbortSignal.timeout(timeoutMs);
    const signal = AbortSignal.any([call.signal, timeout]);
    try {
      const response = await fetchFunction(url, requestOf(call, signal));
      return { response, text: await readText(response, url) };
    } catch (error) {
      call.signal.throwIfAborted();
      if (timeout.aborted) throw new ServerTimeout(url, timeoutMs);
      throw error instanceof UnexpectedAnswer ? error : unreachable(baseUrl, error);
    }
  };

  const ask = async <T>(path: string, schema: Schema<T>, call: Call): Promise<T> => {
    const { response, text } = await send(path, call);
    const url = `${baseUrl}${path}`;
    if (!response.ok && !call.alsoFine?.includes(response.status)) throw problemOf(response, text, url);
    const parsed = schema.safeParse(jsonOf(text));
    if (!parsed.success)
      throw new UnexpectedAnswer(url, `answered ${response.status} with another body`, { cause: parsed.error });
    return parsed.data;
  };

  const command = async (path: string, signal: AbortSignal, method: 'POST' | 'DELETE' = 'POST'): Promise<void> => {
    const { response, text } = await send(path, { method, signal });
    if (!response.ok) throw problemOf(response, text, `${baseUrl}${path}`);
  };

  return {
    baseUrl,
    submit: (body, options) => ask('/submit', submittedSchema, submission(body, options)),
    submitBatch: (body, options) => ask('/submit/batch', batchSubmittedSchema, submission(body, options)),
    task: (taskId, signal) => ask(taskPath(taskId), taskViewSchema, { signal }),
    tasks: (query, signal) => ask(`/tasks${searchOf(query)}`, taskPageSchema, { signal }),
    cancel: (taskId, signal) => command(`${taskPath(taskId)}/cancel`, signal),
    retry: (taskId, signal) => command(`${taskPath(taskId)}/retry`, signal),
    arms: (signal) => ask('/arms', armListSchema, { signal }),
    retryMany: (body, signal) => ask('/tasks/retry', retriedSchema, { method: 'POST', body, signal }),
    addSchedule: (body, signal) => ask('/schedules', scheduleViewSchema, { method: 'POST', body, signal }),
    schedules: (signal) => ask('/schedules', scheduleListSchema, { signal }),
    schedule: (name, signal) => ask(schedulePath(name), scheduleViewSchema, { signal }),
    changeSchedule: (name, body, signal) =>
      ask(schedulePath(name), scheduleViewSchema, { method: 'PATCH', body, signal }),
    removeSchedule: (name, signal) => command(schedulePath(name), signal, 'DELETE'),
    runSchedule: (name, signal) => ask(`${schedulePath(name)}/run`, tickViewSchema, { method: 'POST', signal }),
    ticks: (name, limit, signal) => ask(`${schedulePath(name)}/ticks?limit=${limit}`, tickListSchema, { signal }),
    health: (signal) => ask('/health', healthSchema, { signal }),
    ready: (signal) => ask('/ready', readinessSchema, { signal, alsoFine: [503] }),
    open: async (path, headers, signal) => {
      const url = `${baseUrl}${path}`;
      const response = await fetchFunction(url, { headers, signal }).catch((error: unknown) => {
        signal.throwIfAborted();
        throw unreachable(baseUrl, error);
      });
      if (response.ok) return response;
      throw problemOf(response, await readText(response, url), url);
    },
  };
}

function submission(
  body: unknown,
  { idempotencyKey, signal }: { idempotencyKey?: string | undefined; signal: AbortSignal },
): Call {
  const headers: Record<string, string> = idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey };
  return { method: 'POST', body, headers, signal };
}

export function taskPath(taskId: string): string {
  return `/tasks/${encodeURIComponent(taskId)}`;
}

function schedulePath(name: string): string {
  return `/schedules/${encodeURIComponent(name)}`;
}

function requestOf(call: Call, signal: AbortSignal): RequestInit {
  const headers: Record<string, string> = { accept: 'application/json, application/problem+json', ...call.headers };
  if (call.body === undefined) return { method: call.method ?? 'GET', headers, signal };
  headers['content-type'] = 'application/json';
  return { method: call.method ?? 'GET', headers, body: JSON.stringify(call.body), signal };
}

async function readText(response: Response, url: string): Promise<string> {
  if (response.body === null) return '';
  const chunks: AsyncIterable<Uint8Array> = response.body;
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.byteLength;
    if (bytes > LARGEST_ANSWER_BYTES) throw new UnexpectedAnswer(url, `answered over ${LARGEST_ANSWER_BYTES} bytes`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function problemOf(response: Response, text: string, url: string): Error {
  const parsed = problemSchema.safeParse(jsonOf(text));
  if (!parsed.success) return new UnexpectedAnswer(url, `answered ${response.status} without a problem document`);
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
  return new ApiProblem(parsed.data, Number.isFinite(retryAfter) ? retryAfter : undefined);
}

/** fetch says "fetch failed"; its cause says what did. */
function unreachable(url: string, error: unknown): ServerUnreachable {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = errorCodeOf(cause);
  const detail = code === 'ECONNREFUSED' ? 'connection refused' : (code ?? messageOf(cause ?? error));
  return new ServerUnreachable(url, detail, { cause: error });
}

function searchOf(query: TaskListQuery): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries<string | undefined>({ ...query })) {
    if (value !== undefined) search.set(name, value);
  }
  return search.size === 0 ? '' : `?${search.toString()}`;
}
