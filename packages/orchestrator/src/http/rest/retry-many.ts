/** Trying many failed tasks again. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { RetryMany } from '../../app/retry-many.ts';
import { problemSchema, retriedSchema, retryRequestSchema } from '../../contract/index.ts';

export interface RetryManyRoutesOptions {
  readonly retryMany: RetryMany;
}

export const retryManyRoutes: FastifyPluginAsyncZod<RetryManyRoutesOptions> = async (server, { retryMany }) => {
  server.post(
    '/tasks/retry',
    {
      schema: {
        summary: 'Try many failed tasks again',
        description:
          'By their ids, or all that failed narrowed by `arm`, `code`, `since` and `before`; `dry_run` only counts. One call takes up to 5,000, in batches: call again with the `before` of its answer until `remaining` is 0.',
        tags: ['tasks'],
        body: retryRequestSchema,
        response: { 200: retriedSchema, 422: problemSchema, 503: problemSchema },
      },
    },
    async ({ body: { arm, code, since, before, task_ids: taskIds, dry_run: dryRun } }) => {
      const answer = await retryMany({ arm, code, taskIds, dryRun, since: timeOf(since), before: timeOf(before) });
      return {
        retried: answer.retried,
        remaining: Object.values(answer.remaining).reduce((sum, count) => sum + count, 0),
        remaining_by_code: { ...answer.remaining },
        before: answer.before.toISOString(),
      };
    },
  );
};

function timeOf(text: string | undefined): Date | undefined {
  return text === undefined ? undefined : new Date(text);
}
