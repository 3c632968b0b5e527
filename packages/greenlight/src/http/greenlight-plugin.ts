/**
 * The routes of the handoff protocol as a Fastify plugin: `/greenlight/run-atom`, `/greenlight/queue-atom`,
 * `/greenlight/execution/{id}`.
 *
 * Owns: the wire, its variants, its errors, replays of run-atom. Leaves to its ports: running an atom, keeping executions.
 *
 * 1. A submission that fails is a 200 with a score. An HTTP error is the sender's mistake or a fault of ours.
 * 2. run-atom is answered directly: nothing of it is stored. When its client goes away it is stopped, unless it came with
 *    a key: then somebody will ask for the result.
 * 3. It parses bodies and answers errors by itself, whatever the server that it is mounted on does.
 */
import { parseTraceparent } from '@switchyard/core';
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { type AtomResult, atomResultSchema } from '../contract/atom-result.ts';
import { InvalidAtom } from '../contract/invalid-atom.ts';
import { parseRunAtomRequest, type RunAtomRequest } from '../contract/run-atom-request.ts';
import { BODY_LIMIT_BYTES, sendError } from './error-answers.ts';
import { ExecutionUnknown } from './errors.ts';
import type { Executions } from './executions.ts';
import { type ReplayOptions, Replays } from './replays.ts';

export interface GreenlightPluginOptions {
  /** Runs and grades an atom; rejects with the signal's reason once it aborts. */
  readonly run: (atom: RunAtomRequest, signal?: AbortSignal) => Promise<AtomResult>;
  readonly executions: Executions;
  /** Told of errors that are our fault. */
  readonly onBug?: (error: unknown, requestId: string) => void;
  readonly replays?: ReplayOptions;
}

const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;
/** Suggested to a client that polls. */
const POLL_AFTER_SECONDS = 1;

const EXECUTION_STATUSES = ['pending', 'running', 'complete', 'failed'] as const;
const TAGS = ['greenlight'];

/** What the documentation shows of a body; what is taken is wider (GREENLIGHT.md, "Protocol") and read by the parser. */
const bodyShape = z.object({
  atom_id: z.string(),
  atom_type: z.string(),
  front: z.string(),
  back: z.string(),
  content_json: z.looseObject({ language: z.string(), tests: z.array(z.looseObject({})) }),
  session_context: z.looseObject({ recent_errors: z.array(z.string()).optional() }).optional(),
});
const errorShape = z.object({ error: z.string(), message: z.string(), pointer: z.string().optional() });
const queuedShape = z.object({ execution_id: z.string(), status: z.literal('pending') });
const executionShape = z.object({
  execution_id: z.string(),
  atom_id: z.string(),
  status: z.enum(EXECUTION_STATUSES),
  result: atomResultSchema.extend({ status: z.literal('complete') }).optional(),
  error_message: z.string().optional(),
});

export const greenlightPlugin: FastifyPluginAsync<GreenlightPluginOptions> = async (server, options) => {
  const replays = new Replays(options.replays);
  await server.register(
    async (routes) => {
      prepare(routes, options);
      addRunAtom(routes, options, replays);
      addQueueAtom(routes, options.executions);
      addExecution(routes, options.executions);
    },
    { prefix: '/greenlight' },
  );
};

function prepare(routes: FastifyInstance, { onBug = () => undefined }: GreenlightPluginOptions): void {
  routes.setValidatorCompiler(() => (value: unknown) => ({ value }));
  routes.setSerializerCompiler(() => (value) => JSON.stringify(value));
  routes.setErrorHandler((error, request, reply) => sendError(error, reply, (bug) => onBug(bug, request.id)));
  routes.setNotFoundHandler((request, reply) =>
    reply.status(404).send({
      error: 'route_unknown',
      message: `there is no ${request.method} ${request.url.slice(0, 100)}; there are POST run-atom, POST queue-atom and GET execution/{id}`,
    }),
  );
}

function addRunAtom(routes: FastifyInstance, { run }: GreenlightPluginOptions, replays: Replays): void {
  routes.post(
    '/run-atom',
    {
      bodyLimit: BODY_LIMIT_BYTES,
      schema: {
        summary: 'Run and grade an atom, and wait for it',
        description:
          'A failing submission is a 200 with a score. With an `Idempotency-Key` a repetition gives the first result.',
        tags: TAGS,
        body: bodyShape,
        response: { 200: atomResultSchema, 400: errorShape, 413: errorShape, 503: errorShape },
      },
    },
    async (request, reply) => {
      const atom = parseRunAtomRequest(request.body);
      const key = idempotencyKeyOf(request);
      return key === undefined ? run(atom, goneSignal(reply)) : replays.get(key, atom, () => run(atom));
    },
  );
}

function addQueueAtom(routes: FastifyInstance, executions: Executions): void {
  routes.post(
    '/queue-atom',
    {
      bodyLimit: BODY_LIMIT_BYTES,
      schema: {
        summary: 'Hand in an atom to be run later',
        description: 'A durable task of the greenlight arm; its id is the execution id. Takes an `Idempotency-Key`.',
        tags: TAGS,
        body: bodyShape,
        response: { 202: queuedShape, 400: errorShape, 413: errorShape, 503: errorShape },
      },
    },
    async (request, reply) => {
      const atom = parseRunAtomRequest(request.body);
      const parent = request.headers['traceparent'];
      const executionId = await executions.queue(atom, {
        idempotencyKey: idempotencyKeyOf(request),
        requestId: request.id,
        parent: parseTraceparent(Array.isArray(parent) ? parent[0] : parent),
      });
      void reply
        .status(202)
        .header('location', `/greenlight/execution/${executionId}`)
        .header('retry-after', String(POLL_AFTER_SECONDS));
      return { execution_id: executionId, status: 'pending' };
    },
  );
}

function addExecution(routes: FastifyInstance, executions: Executions): void {
  routes.get<{ Params: { execution_id: string } }>(
    '/execution/:execution_id',
    {
      schema: {
        summary: 'How an execution stands',
        tags: TAGS,
        params: z.object({ execution_id: z.string() }),
        response: { 200: executionShape, 404: errorShape },
      },
    },
    async (request) => {
      const { execution_id: id } = request.params;
      const execution = await executions.find(id);
      if (execution === null) throw new ExecutionUnknown(id);
      const { executionId, atomId, status } = execution;
      return {
        execution_id: executionId,
        atom_id: atomId,
        status,
        ...(execution.status === 'complete' ? { result: { ...execution.result, status } } : {}),
        ...(execution.status === 'failed' ? { error_message: execution.message } : {}),
      };
    },
  );
}

function idempotencyKeyOf(request: FastifyRequest): string | undefined {
  const header = request.headers['idempotency-key'];
  const key = Array.isArray(header) ? header[0] : header;
  if (key === undefined || IDEMPOTENCY_KEY.test(key)) return key;
  throw new InvalidAtom('the request', [
    { pointer: 'Idempotency-Key', detail: `had ${key.length} characters; it may be 1 to 255 visible ASCII characters` },
  ]);
}

/** Aborts when the client goes away before it was answered. */
function goneSignal(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort(new Error('the client went away'));
  });
  return gone.signal;
}
