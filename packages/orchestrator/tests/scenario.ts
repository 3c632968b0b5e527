/** A whole system on a database, spoken to over HTTP, as the scenarios need it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonObject } from '@switchyard/core';
import { loadConfig } from '../src/config.ts';
import {
  type Problem,
  problemSchema,
  type Submitted,
  submittedSchema,
  type TaskEvent,
  type TaskRequest,
  type TaskStatus,
  type TaskView,
  taskEventSchema,
  taskViewSchema,
} from '../src/contract/index.ts';
import { startSystem } from '../src/main.ts';
import type { Logger } from '../src/ports/logger.ts';
import type { System } from '../src/system.ts';
import { eventually } from './eventually.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
  readonly text: string;
}

export interface ScenarioSystem extends AsyncDisposable {
  readonly system: System;
  /** All that it wrote to its log. */
  readonly log: string[];
  request(
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Answer>;
  submit(task: TaskRequest, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  /** Submits what must be accepted. */
  accept(task: TaskRequest, headers?: Readonly<Record<string, string>>): Promise<Submitted>;
  task(taskId: string): Promise<TaskView>;
  /** The task once it has this status. @throws when it ended in another one */
  reached(taskId: string, status: TaskStatus): Promise<TaskView>;
  /** The whole stream of a task that has ended. */
  events(taskId: string): Promise<TaskEvent[]>;
}

export interface ScenarioOptions {
  readonly databaseUrl: string;
  /** What the scripted model answers; JSON of a script file. */
  readonly script?: JsonObject;
  readonly env?: Readonly<Record<string, string>>;
  /** Its switchyard.config.json. Default: none. */
  readonly settings?: JsonObject;
  /** Which arms it works for. Default: the generalist. */
  readonly arms?: readonly string[];
}

/** Answers for the goals of the scenarios. */
export const SCRIPT = {
  rules: [
    { match: { contains: 'take very long' }, answer: 'too late', delay_ms: 60_000 },
    { match: { contains: 'take half a second' }, answer: 'half', delay_ms: 500 },
    { match: { contains: 'take a moment' }, answer: 'there', delay_ms: 40 },
    { match: { contains: 'be limited' }, error: 'RATE_LIMIT', message: 'slow down' },
    { match: { contains: 'be refused' }, error: 'AUTH_ERROR', message: 'no such key' },
    { match: { contains: 'say hello' }, answer: 'hello' },
  ],
  default: { answer: 'done' },
};

const ENDED: ReadonlySet<TaskStatus> = new Set(['completed', 'failed', 'cancelled']);

/** An API and a worker in one process, on any free port. */
export async function startScenario({
  databaseUrl,
  script,
  env = {},
  settings,
  arms = ['generalist'],
}: ScenarioOptions): Promise<ScenarioSystem> {
  const folder = await mkdtemp(join(tmpdir(), 'swy-scenario-'));
  try {
    const scriptFile = join(folder, 'script.json');
    await writeFile(scriptFile, JSON.stringify(script ?? { rules: [] }));
    if (settings !== undefined) await writeFile(join(folder, 'switchyard.config.json'), JSON.stringify(settings));
    const { config } = loadConfig({
      env: { PORT: '0', DATABASE_URL: databaseUrl, SWITCHYARD_SCRIPT: scriptFile, ...env },
      cwd: folder,
    });
    const { logger, log } = recordingLogger();
    const system = await startSystem({ config, roles: ['api', 'worker'], arms, logger, env });
    const dispose = async (): Promise<void> => {
      await system.stop({ deadlineMs: 0 });
      await rm(folder, { recursive: true, force: true, maxRetries: 20 });
    };
    return { system, log, ...clientOf(system), [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await rm(folder, { recursive: true, force: true, maxRetries: 20 });
    throw error;
  }
}

function recordingLogger(): { logger: Logger; log: string[] } {
  const log: string[] = [];
  const write = (facts: object, message: string): void => {
    log.push(`${message} ${JSON.stringify(facts)}`);
  };
  return { logger: { debug: write, info: write, warn: write, error: write }, log };
}

function clientOf({ url }: System): Omit<ScenarioSystem, 'system' | 'log' | typeof Symbol.asyncDispose> {
  if (url === null) throw new Error('a scenario has the api role');
  const request: ScenarioSystem['request'] = async (method, path, body, headers = {}) => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    const parsed: unknown = isJson ? JSON.parse(text) : null;
    return { status: response.status, headers: response.headers, body: parsed, text };
  };
  const submit: ScenarioSystem['submit'] = (task, headers) => request('POST', '/submit', task, headers);
  const task = async (taskId: string): Promise<TaskView> =>
    taskViewSchema.parse((await request('GET', `/tasks/${taskId}`)).body);
  return {
    request,
    submit,
    task,
    accept: async (body, headers) => {
      const answer = await submit(body, headers);
      if (answer.status !== 202) throw new Error(`not accepted: ${answer.status} ${answer.text}`);
      return submittedSchema.parse(answer.body);
    },
    reached: (taskId, status) =>
      eventually(`task ${taskId} is ${status}`, async () => {
        const view = await task(taskId);
        if (view.status === status) return view;
        if (ENDED.has(view.status)) throw new Error(`it is ${view.status}: ${JSON.stringify(view.error)}`);
        return undefined;
      }),
    events: async (taskId) => {
      const { text } = await request('GET', `/tasks/${taskId}/events`);
      return [...text.matchAll(/^data: (.*)$/gm)].map(([, data = '']) => taskEventSchema.parse(JSON.parse(data)));
    },
  };
}

/** The body of an error, which must be problem+json. */
export function problemOf(answer: Answer): Problem {
  const type = answer.headers.get('content-type') ?? '';
  if (!type.startsWith('application/problem+json')) throw new Error(`the error is ${type}: ${answer.text}`);
  return problemSchema.parse(answer.body);
}

/** A port of this machine on which nothing listens. */
export async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => {
    server.close(resolve);
  });
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return address.port;
}
