/** What can do tasks. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { ListArms } from '../../app/list-arms.ts';
import { armListSchema } from '../../contract/index.ts';
import type { ArmContract } from '../../ports/arm.ts';

export interface ArmRoutesOptions {
  readonly listArms: ListArms;
  /** Live: what is known of them without asking who works for them. */
  readonly arms: ReadonlyMap<string, ArmContract>;
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
