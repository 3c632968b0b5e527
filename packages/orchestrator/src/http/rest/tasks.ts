/** The routes of a task that is there. */
import { formatTraceparent } from '@switchyard/core';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Cancel } from '../../app/cancel.ts';
import { TaskUnknown } from '../../app/errors.ts';
import type { ReadTask } from '../../app/read-task.ts';
import type { Retry } from '../../app/retry.ts';
import {
  problemSchema,
  submittedSchema,
  taskPageSchema,
  taskQuerySchema,
  taskViewSchema,
} from '../../contract/index.ts';
import type { Store } from '../../ports/store.ts';
import { taskSummary, taskView } from './task-view.ts';

export interface TaskRoutesOptions {
  readonly cancel: Cancel;
  readonly retry: Retry;
  readonly readTask: (taskId: string) => Promise<ReadTask | null>;
  readonly store: Pick<Store, 'list'>;
}

const byId = z.object({ task_id: z.string().describe('the id that POST /submit answered') });

export const taskRoutes: FastifyPluginAsyncZod<TaskRoutesOptions> = async (server, options) => {
  const { cancel, retry, readTask, store } = options;

  server.get(
    '/tasks/:task_id',
    {
      schema: {
        summary: 'How a task stands',
        description: 'What the policy took out of the submission stands in the result again, and nowhere else.',
        tags: ['tasks'],
        params: byId,
        response: { 200: taskViewSchema, 404: problemSchema },
      },
    },
    async (request, reply) => {
      const read = await readTask(request.params.task_id);
      if (read === null) throw new TaskUnknown(request.params.task_id);
      const { task } = read;
      void reply.header(
        'traceparent',
        formatTraceparent({ traceId: task.traceId, spanId: task.spanId, sampled: true }),
      );
      return taskView(read);
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
      return { data: tasks.map(taskSummary), next_cursor: nextCursor };
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
            ? 'cancelled; nobody was at work on it'
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
