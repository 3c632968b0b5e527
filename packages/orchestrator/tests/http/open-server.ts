import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { onTestFinished } from 'vitest';
import { createPrometheusMetrics, type PrometheusMetrics } from '../../src/adapters/metrics/prometheus.ts';
import { createCancel } from '../../src/app/cancel.ts';
import { createListArms } from '../../src/app/list-arms.ts';
import { createReadTask } from '../../src/app/read-task.ts';
import { createRetry } from '../../src/app/retry.ts';
import { createRetryMany } from '../../src/app/retry-many.ts';
import { createSubmit } from '../../src/app/submit.ts';
import { createSubmitBatch } from '../../src/app/submit-batch.ts';
import { createSubmitTree } from '../../src/app/submit-tree.ts';
import { type Problem, problemSchema } from '../../src/contract/index.ts';
import { createServer, type HttpServer, type ServerOptions } from '../../src/http/server.ts';
import type { ArmContract } from '../../src/ports/arm.ts';
import type { Screen } from '../../src/ports/screen.ts';
import {
  createHandDrivenArm,
  createHandDrivenScreen,
  createHandDrivenStore,
  createLocalSignals,
  createRecordingLogger,
  type HandDrivenStore,
  type LocalSignals,
  noSchedules,
  noTrees,
  type RecordingLogger,
} from '../../testing/index.ts';

export interface OpenServer {
  readonly url: string;
  readonly port: number;
  readonly store: HandDrivenStore;
  readonly signals: LocalSignals;
  readonly logger: RecordingLogger;
  readonly metrics: PrometheusMetrics;
  readonly server: HttpServer;
  /** What may be submitted for; live. */
  readonly arms: Map<string, ArmContract>;
}

export interface OpenServerOptions {
  readonly store?: Partial<HandDrivenStore>;
  /** Beside `test` and `generalist`. */
  readonly arms?: readonly ArmContract[];
  readonly screen?: Screen;
  readonly corsOrigins?: readonly string[];
  readonly checks?: Partial<ServerOptions['system']['checks']>;
  readonly sandboxes?: ServerOptions['system']['sandboxes'];
  readonly heartbeatMs?: number;
  readonly bodyBudgetBytes?: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default any free one. */
  readonly port?: number;
}

const fine = async () => ({ ok: true, detail: 'answers' });

/** A real server on a free loopback port before a hand-driven store; closed when the test has finished. */
export async function openServer(options: OpenServerOptions = {}): Promise<OpenServer> {
  const store: HandDrivenStore = { ...createHandDrivenStore(), ...options.store };
  const signals = createLocalSignals();
  const logger = createRecordingLogger();
  const metrics = createPrometheusMetrics(() => store.backlog());
  const arm = createHandDrivenArm();
  const contracts: readonly ArmContract[] = [arm, { ...arm, name: 'generalist' }, ...(options.arms ?? [])];
  const arms = new Map(contracts.map((one) => [one.name, one]));
  const screen = options.screen ?? createHandDrivenScreen();
  const server = await createServer({
    tasks: {
      submit: createSubmit({ store, screen, arms, signals, metrics }),
      submitTree: createSubmitTree({ store, screen, arms, signals, metrics }),
      submitBatch: createSubmitBatch({ store, screen, arms, signals, metrics }),
      cancel: createCancel(store, signals, metrics, noTrees),
      retry: createRetry(store, signals, noTrees),
      retryMany: createRetryMany(store, signals),
      listArms: createListArms(arms, store),
      arms,
      readTask: createReadTask({ store, keys: null, logger }),
      schedules: noSchedules,
      transcripts: { ofTask: async () => null },
      store,
    },
    reflex: {},
    events: { store, signals, ...(options.heartbeatMs === undefined ? {} : { heartbeatMs: options.heartbeatMs }) },
    system: {
      version: '1.2.3',
      checks: { database: fine, queue: fine, reflex_layer: fine, arms: fine, ...options.checks },
      ...(options.sandboxes === undefined ? {} : { sandboxes: options.sandboxes }),
    },
    registry: metrics.registry,
    guard: { host: '127.0.0.1', corsOrigins: options.corsOrigins ?? [] },
    ...(options.bodyBudgetBytes === undefined ? {} : { bodyBudgetBytes: options.bodyBudgetBytes }),
    logger,
  });
  onTestFinished(() => server.close());
  const port = await server.listen(options.host ?? '127.0.0.1', options.port ?? 0);
  return { url: `http://127.0.0.1:${port}`, port, store, signals, logger, metrics, server, arms };
}

export interface Call {
  readonly method?: string;
  readonly headers?: Record<string, string | string[]>;
  /** Sent as it is when text, else as JSON. */
  readonly body?: unknown;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body read as JSON. */
  readonly json: unknown;
}

/** One request over a connection of its own, with any header at all: fetch does not let a Host through. */
export function call({ port }: Pick<OpenServer, 'port'>, path: string, options: Call = {}): Promise<Answer> {
  const { body } = options;
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  const method = options.method ?? (text === undefined ? 'GET' : 'POST');
  const headers = { ...(text === undefined ? {} : { 'content-type': 'application/json' }), ...options.headers };
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port, path, method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const whole = Buffer.concat(chunks).toString('utf8');
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: whole,
          get json(): unknown {
            const value: unknown = JSON.parse(whole);
            return value;
          },
        });
      });
    });
    request.on('error', reject);
    request.end(text);
  });
}

/** The answer as the problem that it must be. */
export function problemIn(answer: Answer): Problem {
  if (answer.headers['content-type']?.startsWith('application/problem+json') !== true) {
    throw new Error(`no problem+json but ${answer.headers['content-type']}: ${answer.text}`);
  }
  const problem = problemSchema.parse(answer.json);
  if (problem.status !== answer.status) throw new Error(`${problem.status} in the body of a ${answer.status}`);
  if (problem.request_id !== answer.headers['x-request-id'])
    throw new Error('the request id is not that of the header');
  if (/\bat .*\.ts:\d/.test(answer.text)) throw new Error(`a stack trace: ${answer.text}`);
  return problem;
}
