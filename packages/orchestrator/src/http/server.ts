/** The HTTP server: all routes of the orchestrator on one port, each error as problem+json. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createNetServer } from 'node:net';
import cors from '@fastify/cors';
import { errorCodeOf, SwitchyardError } from '@switchyard/core';
import { type GreenlightPluginOptions, greenlightPlugin } from '@switchyard/greenlight';
import { type ReflexPluginOptions, reflexPlugin } from '@switchyard/reflex';
import fastify, { type FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { Histogram, type Registry } from 'prom-client';
import type { z } from 'zod';
import type { Logger } from '../ports/logger.ts';
import { addBodyBudget } from './body-budget.ts';
import { addDocs } from './docs.ts';
import { type EventRoutesOptions, eventRoutes } from './events.ts';
import { addGuard, type GuardOptions } from './guard.ts';
import { addJsonBody } from './json-body.ts';
import { answerMalformed } from './malformed-request.ts';
import { addMethodGuard } from './method-guard.ts';
import { BODY_LIMIT_BYTES, problemOf, sendProblem } from './problem.ts';
import { type ArmRoutesOptions, armRoutes } from './rest/arms.ts';
import { type RetryManyRoutesOptions, retryManyRoutes } from './rest/retry-many.ts';
import { type ScheduleRoutesOptions, scheduleRoutes } from './rest/schedules.ts';
import { type SubmitRoutesOptions, submitRoutes } from './rest/submit.ts';
import { type SystemRoutesOptions, systemRoutes } from './rest/system.ts';
import { type TaskRoutesOptions, taskRoutes } from './rest/tasks.ts';
import { type TranscriptRoutesOptions, transcriptRoutes } from './rest/transcripts.ts';
import { parseWith } from './validation.ts';

const REQUEST_ID = /^[\w.:-]{1,128}$/;
/** A client that sends its body slower than this is cut off. */
const REQUEST_TIMEOUT_MS = 30_000;
/** How long a shutdown waits for requests under way; then their connections are cut. */
const CLOSE_WITHIN_MS = 5_000;
const IDLE_CHECK_MS = 20;

export interface ServerOptions {
  /** Undefined: this server takes no tasks. */
  readonly tasks:
    | (SubmitRoutesOptions &
        TaskRoutesOptions &
        RetryManyRoutesOptions &
        ArmRoutesOptions &
        ScheduleRoutesOptions &
        TranscriptRoutesOptions)
    | undefined;
  readonly events: Omit<EventRoutesOptions, 'closing'>;
  /** Undefined: this server does not speak the handoff protocol. */
  readonly greenlight?: Omit<GreenlightPluginOptions, 'onBug'> | undefined;
  /** Undefined: this server screens nothing but what is handed in. */
  readonly reflex?: Pick<ReflexPluginOptions, 'piiPolicy'> | undefined;
  readonly system: Omit<SystemRoutesOptions, 'metrics'>;
  readonly registry: Registry;
  readonly guard: GuardOptions;
  /** Bytes of bodies held at once. Default 128 MiB. */
  readonly bodyBudgetBytes?: number;
  readonly logger: Logger;
}

export interface HttpServer {
  /** @returns the port it got. @throws PortInUse */
  listen(host: string, port: number): Promise<number>;
  /** Takes no more requests, ends the event streams, waits for the others (5 s at most). */
  close(): Promise<void>;
}

export class PortInUse extends SwitchyardError {
  constructor(host: string, port: number) {
    super(
      'port_in_use',
      'conflict',
      `port ${port} on ${host} is in use by another program; stop it, or choose another with --port (0 takes any free one)`,
    );
  }
}

/** The system does not let us listen there. */
export class BindRefused extends SwitchyardError {
  constructor(host: string, port: number, reason: string) {
    super(
      'bind_refused',
      'invalid',
      `cannot listen on ${host}, port ${port} (${reason}); choose another --host or --port`,
    );
  }
}

export async function createServer(options: ServerOptions): Promise<HttpServer> {
  const closing = new AbortController();
  const server = fastify({
    logger: false,
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    requestIdHeader: false,
    genReqId: (request) => {
      const given = request.headers['x-request-id'];
      return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
    },
    forceCloseConnections: 'idle',
    return503OnClosing: true,
    clientErrorHandler: answerMalformed,
    // What never gets as far as a route: an address that cannot be decoded.
    frameworkErrors: (error, request, reply) => {
      void sendProblem(error, request, reply.header('x-request-id', request.id), () => undefined);
    },
  }).withTypeProvider<ZodTypeProvider>();

  server.setValidatorCompiler<z.ZodType>(({ schema, httpPart }) => (value) => {
    try {
      return { value: parseWith(schema, value, httpPart === 'body' ? 'body' : 'query') };
    } catch (error) {
      return { error: error instanceof Error ? error : new Error(String(error)) };
    }
  });
  // Answers are built from our own types; checking them again at run time would cost every request.
  server.setSerializerCompiler(() => (value) => JSON.stringify(value));
  addJsonBody(server);
  addErrors(server, options.logger);
  addMetrics(server, options.registry);
  server.addHook('onRequest', async (request, reply) => {
    void reply.header('x-request-id', request.id);
  });
  addGuard(server, options.guard);
  addBodyBudget(server, options.bodyBudgetBytes);
  if (options.guard.corsOrigins.length > 0) {
    await server.register(cors, {
      origin: [...options.guard.corsOrigins],
      exposedHeaders: [
        'location',
        'retry-after',
        'x-request-id',
        'traceparent',
        'idempotency-key-expires',
        'idempotent-replayed',
      ],
    });
  }
  const refuseOtherMethods = addMethodGuard(server);
  await addDocs(server, options.system.version, options.tasks?.arms ?? new Map());
  // Until there is a page of our own, the documentation is what a browser is shown.
  server.get('/', { schema: { hide: true } }, async (_request, reply) => reply.redirect('/docs'));
  if (options.tasks !== undefined) {
    await server.register(submitRoutes, options.tasks);
    await server.register(taskRoutes, options.tasks);
    await server.register(transcriptRoutes, options.tasks);
    await server.register(retryManyRoutes, options.tasks);
    await server.register(armRoutes, options.tasks);
    await server.register(scheduleRoutes, options.tasks);
    await server.register(eventRoutes, { ...options.events, closing: closing.signal });
  }
  const onBug = (error: unknown, requestId: string): void => logBug(options.logger, error, requestId);
  if (options.greenlight !== undefined) {
    await server.register(greenlightPlugin, { ...options.greenlight, onBug });
  }
  if (options.reflex !== undefined) {
    await server.register(reflexPlugin, { ...options.reflex, registry: options.registry, onBug });
  }
  await server.register(systemRoutes, { ...options.system, metrics: options.registry });
  refuseOtherMethods();

  return {
    listen: (host, port) => listen(server, host, port),
    close: async () => {
      closing.abort();
      // A client that does not read its answer must not hold up the shutdown.
      const cutOff = setTimeout(() => server.server.closeAllConnections(), CLOSE_WITHIN_MS);
      // A connection that falls idle only now would be kept for its next request, for over a minute.
      const idle = setInterval(() => server.server.closeIdleConnections(), IDLE_CHECK_MS);
      try {
        await server.close();
      } finally {
        clearTimeout(cutOff);
        clearInterval(idle);
      }
    },
  };
}

function addErrors(server: FastifyInstance, logger: Logger): void {
  server.setErrorHandler((error, request, reply) =>
    sendProblem(error, request, reply, (bug) => logBug(logger, bug, request.id)),
  );
  server.setNotFoundHandler((request, reply) => {
    const detail = `there is no ${request.method} ${request.url.slice(0, 100)}; GET /docs lists what there is`;
    return reply
      .status(404)
      .type('application/problem+json')
      .send(problemOf({ status: 404, code: 'route_unknown', detail }, request));
  });
}

function logBug(logger: Logger, error: unknown, requestId: string): void {
  logger.error({ err: error, request_id: requestId }, 'a request failed by our fault');
}

function addMetrics(server: FastifyInstance, registry: Registry): void {
  const seconds = new Histogram({
    name: 'orchestrator_http_request_duration_seconds',
    help: 'How long requests took',
    labelNames: ['method', 'endpoint', 'status'],
    registers: [registry],
  });
  server.addHook('onResponse', async (request, reply) => {
    const endpoint = request.routeOptions.url ?? 'unknown';
    seconds.observe({ method: request.method, endpoint, status: String(reply.statusCode) }, reply.elapsedTime / 1000);
  });
}

/**
 * Whether the server will be able to listen there, before anything else is started for it: a busy port should not cost a
 * database start. Another program may still take the port before `listen`, which then says so.
 *
 * @throws PortInUse, BindRefused
 */
export async function checkBind(host: string, port: number): Promise<void> {
  const probe = createNetServer();
  try {
    probe.listen({ host, port });
    await once(probe, 'listening');
  } catch (error) {
    throw bindErrorOf(error, host, port);
  } finally {
    probe.close();
  }
}

function bindErrorOf(error: unknown, host: string, port: number): unknown {
  const code = errorCodeOf(error);
  if (code === 'EADDRINUSE') return new PortInUse(host, port);
  if (code === 'EACCES' || code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return new BindRefused(host, port, code);
  return error;
}

async function listen(server: FastifyInstance, host: string, port: number): Promise<number> {
  try {
    await server.listen({ host, port });
  } catch (error) {
    throw bindErrorOf(error, host, port);
  }
  const address = server.server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}
