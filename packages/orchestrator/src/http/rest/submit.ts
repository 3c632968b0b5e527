/** The routes that take work. */
import { formatTraceparent, parseTraceparent } from '@switchyard/core';
import type { FastifyReply } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { RequestInvalid } from '../../app/errors.ts';
import type { Submit } from '../../app/submit.ts';
import type { SubmitBatch } from '../../app/submit-batch.ts';
import type { SubmitTree } from '../../app/submit-tree.ts';
import {
  BATCH_LIMIT,
  batchRequestSchema,
  batchSubmittedSchema,
  problemSchema,
  submittedSchema,
  taskRequestSchema,
} from '../../contract/index.ts';
import { shownValue } from '../../domain/shown-value.ts';

export interface SubmitRoutesOptions {
  readonly submit: Submit;
  readonly submitTree: SubmitTree;
  readonly submitBatch: SubmitBatch;
}

/** Suggested to a client that polls. */
const POLL_AFTER_SECONDS = 1;
/** A thousand tasks of a few pages each. */
const BATCH_BODY_LIMIT_BYTES = 16 * 1024 * 1024;
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;
const KEYS =
  'With an `Idempotency-Key` header the same request gives the same answer until the time in the `Idempotency-Key-Expires` header of the answer; another request under the key is a 422, one that is still in flight a 409.';
const refusals = { 400: problemSchema, 409: problemSchema, 413: problemSchema, 422: problemSchema, 503: problemSchema };

export const submitRoutes: FastifyPluginAsyncZod<SubmitRoutesOptions> = async (server, options) => {
  const { submit, submitTree, submitBatch } = options;
  server.post(
    '/submit',
    {
      schema: {
        summary: 'Hand in a task',
        description: `Validated, screened, stored; only then answered. With subtasks the whole tree is taken or nothing of it. ${KEYS}`,
        tags: ['tasks'],
        body: taskRequestSchema,
        response: { 202: submittedSchema, ...refusals },
      },
    },
    async (request, reply) => {
      const take = request.body.subtasks === undefined ? submit : submitTree;
      const accepted = await take(request.body, contextOf(request));
      const { taskId, trace } = accepted;
      void reply.header('location', `/tasks/${taskId}`);
      if (trace !== null) void reply.header('traceparent', formatTraceparent(trace));
      acknowledge(reply, accepted);
      return {
        task_id: taskId,
        status: 'pending' as const,
        message: `accepted; GET /tasks/${taskId} tells how it stands, GET /tasks/${taskId}/events tells it as it happens`,
      };
    },
  );

  server.post(
    '/submit/batch',
    {
      bodyLimit: BATCH_BODY_LIMIT_BYTES,
      schema: {
        summary: `Hand in up to ${BATCH_LIMIT} tasks as one`,
        description: `An array of what POST /submit takes. All of them are stored or none; what is wrong is told with its place, as \`/3/goal\`. ${KEYS}`,
        tags: ['tasks'],
        body: batchRequestSchema,
        response: { 202: batchSubmittedSchema, ...refusals },
      },
    },
    async (request, reply) => {
      const accepted = await submitBatch(request.body, contextOf(request));
      acknowledge(reply, accepted);
      return {
        data: accepted.taskIds.map((task_id) => ({ task_id, status: 'pending' as const })),
        message: `${accepted.taskIds.length} accepted; GET /tasks/{task_id} tells how each stands`,
      };
    },
  );
};

function contextOf({ id, headers }: { id: string; headers: Record<string, string | string[] | undefined> }) {
  return {
    requestId: id,
    idempotencyKey: idempotencyKeyOf(headers['idempotency-key']),
    parent: parseTraceparent(firstOf(headers['traceparent'])),
  };
}

function acknowledge(
  reply: FastifyReply,
  { replayed, keyExpiresAt }: { readonly replayed: boolean; readonly keyExpiresAt: Date | null },
): void {
  void reply.status(202).header('retry-after', String(POLL_AFTER_SECONDS));
  if (keyExpiresAt !== null) void reply.header('idempotency-key-expires', keyExpiresAt.toISOString());
  if (replayed) void reply.header('idempotent-replayed', 'true');
}

function idempotencyKeyOf(header: string | string[] | undefined): string | undefined {
  const key = firstOf(header);
  if (key === undefined) return undefined;
  if (IDEMPOTENCY_KEY.test(key)) return key;
  throw new RequestInvalid([
    { pointer: 'Idempotency-Key', detail: `must be 1 to 255 visible ASCII characters; it was ${shownValue(key)}` },
  ]);
}

function firstOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}
