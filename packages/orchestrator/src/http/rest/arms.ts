/** What can do tasks. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { ListArms } from '../../app/list-arms.ts';
import { armListSchema } from '../../contract/index.ts';

export interface ArmRoutesOptions {
  readonly listArms: ListArms;
}

export const armRoutes: FastifyPluginAsyncZod<ArmRoutesOptions> = async (server, { listArms }) => {
  server.get(
    '/arms',
    {
      schema: {
        summary: 'What can do tasks',
        description: 'Every arm by name, with the schema of its input and how it stands over all nodes.',
        tags: ['arms'],
        response: { 200: armListSchema },
      },
    },
    async () => ({ data: await listArms() }),
  );
};
