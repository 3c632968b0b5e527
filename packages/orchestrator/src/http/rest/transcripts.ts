/** What was said in the conversation of a task. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { TranscriptMissing } from '../../app/errors.ts';
import { problemSchema, transcriptViewSchema } from '../../contract/index.ts';
import type { TranscriptReader } from '../../ports/transcripts.ts';

export interface TranscriptRoutesOptions {
  readonly transcripts: TranscriptReader;
}

const byId = z.object({ task_id: z.string().describe('the id that POST /submit answered') });

export const transcriptRoutes: FastifyPluginAsyncZod<TranscriptRoutesOptions> = async (server, { transcripts }) => {
  server.get(
    '/tasks/:task_id/transcript',
    {
      schema: {
        summary: 'What was said in the conversation of a task',
        description:
          'Of a task of the probe arm, once an attempt at it has ended. A conversation that broke off has its turns until then, and `error`.',
        tags: ['tasks'],
        params: byId,
        response: { 200: transcriptViewSchema, 404: problemSchema },
      },
    },
    async (request) => {
      const { task_id: taskId } = request.params;
      const transcript = await transcripts.ofTask(taskId);
      if (transcript === null) throw new TranscriptMissing(taskId);
      return transcript;
    },
  );
};
