/** The task routes. */
import { formatTraceparent, parseTraceparent } from '@switchyard/core';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Cancel } from '../../app/cancel.ts';
import { RequestInvalid, TaskUnknown } from '../../app/errors.ts';
import type { Retry } from '../../app/retry.ts';
import type { Submit } from '../../app/submit.ts';
import {
  problemSchema,
  submittedSchema,
  taskPageSchema,
  taskQuerySchema,
  taskRequestSchema,
  taskViewSchema,
} from '../../contract/index.ts';
import type { Store } from '../../ports/store.ts';
import { taskView } from './task-view.ts';

export interface TaskRoutesOptions {
  readonly submit: Submit;
  readonly cancel: Cancel;
  readonly retry: Retry;
  readonly store: Pick<Store, 'get' | 'list'>;
}

/** Suggested to a client that polls. */
const POLL_AFTER_SECONDS = 1;
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;
const byId = z.object({ task_id: z.string().describe('the id that POST /submit answered') });

export const taskRoutes: FastifyPluginAsyncZod<TaskRoutesOptions> = async (server, options) => {
  const { submit, cancel, retry, store } = options;

  server.post(
    '/submit',
    {
      schema: {
        summary: 'Hand in a task',
        description:
          'Validated, screened, stored; only then answered. With an `Idempotency-Key` header the same request gives the same answer for 24 hours.',
        tags: ['tasks'],
        body: taskRequestSchema,
        response: {
          202: submittedSchema,
          400: problemSchema,
          409: problemSchema,
          422: problemSchema,
          503: problemSchema,
        },
      },
    },
    async (request, reply) => {
      const { taskId, trace } = await submit(request.body, {
        requestId: request.id,
        idempotencyKey: idempotencyKeyOf(request.headers['idempotency-key']),
        parent: parseTraceparent(firstOf(request.headers['traceparent'])),
      });
      void reply.status(202).header('location', `/tasks/${taskId}`).header('retry-after', String(POLL_AFTER_SECONDS));
      if (trace !== null) void reply.header('traceparent', formatTraceparent(trace));
      return {
        task_id: taskId,
        status: 'pending' as const,
        message: `accepted; GET /tasks/${taskId} tells how it stands, GET /tasks/${taskId}/events tells it as it happens`,
      };
    },
  );

  server.get(
    '/tasks/:task_id',
    {
      schema: {
        summary: 'How a task stands',
        tags: ['tasks'],
        params: byId,
        response: { 200: taskViewSchema, 404: problemSchema },
      },
    },
    async (request, reply) => {
      const task = await store.get(request.params.task_id);
      if (task === null) throw new TaskUnknown(request.params.task_id);
      void reply.header(
        'traceparent',
        formatTraceparent({ traceId: task.traceId, spanId: task.spanId, sampled: true }),
      );
      return taskView(task);
    },
  );

  server.get(
    '/tasks',
    {
      schema: {
        summary: 'Tasks, newest first',
        tags: ['tasks'],
        querystring: taskQuerySchema,
        response: { 200: taskPageSchema, 422: problemSchema },
      },
    },
    async (request) => {
      const { tasks, nextCursor } = await store.list(request.query);
      return { data: tasks.map(taskView), next_cursor: nextCursor };
    },
  );

  server.post(
    '/tasks/:task_id/cancel',
    {
      schema: {
        summary: 'Cancel a task',
        description: 'A running task is `cancelled` only once its work has stopped; watch its events.',
        tags: ['tasks'],
        params: byId,
        response: { 202: submittedSchema, 404: problemSchema, 409: problemSchema },
      },
    },
    async (request, reply) => {
      const { task_id } = request.params;
      const status = await cancel(task_id);
      void reply.status(202);
      return {
        task_id,
        status,
        message:
          status === 'cancelled'
            ? 'cancelled before it began'
            : 'asked to stop; it is cancelled once its work has ended',
      };
    },
  );

  server.post(
    '/tasks/:task_id/retry',
    {
      schema: {
        summary: 'Try a failed task again',
        tags: ['tasks'],
        params: byId,
        response: { 202: submittedSchema, 404: problemSchema, 409: problemSchema },
      },
    },
    async (request, reply) => {
      const { task_id } = request.params;
      await retry(task_id);
      void reply.status(202).header('location', `/tasks/${task_id}`);
      return { task_id, status: 'pending' as const, message: 'queued again' };
    },
  );
};

function idempotencyKeyOf(header: string | string[] | undefined): string | undefined {
  const key = firstOf(header);
  if (key === undefined) return undefined;
  if (IDEMPOTENCY_KEY.test(key)) return key;
  throw new RequestInvalid([
    { pointer: 'Idempotency-Key', detail: `must be 1 to 255 visible ASCII characters; it had ${key.length}` },
  ]);
}

function firstOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}
