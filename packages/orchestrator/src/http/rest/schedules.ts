/** Tasks that are handed in by the clock. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Schedules } from '../../app/schedules.ts';
import {
  problemSchema,
  scheduleListSchema,
  schedulePatchSchema,
  scheduleRequestSchema,
  scheduleViewSchema,
  TICKS_KEPT,
  tickListSchema,
  tickQuerySchema,
  tickViewSchema,
} from '../../contract/index.ts';
import { scheduleSummary, scheduleView, tickView } from './schedule-view.ts';

export interface ScheduleRoutesOptions {
  readonly schedules: Schedules;
}

const byName = z.object({ name: z.string().describe('the name that POST /schedules was given') });
const unknown = { 404: problemSchema, 503: problemSchema };
const refusals = { 400: problemSchema, 409: problemSchema, 422: problemSchema, 503: problemSchema };
const tags = ['schedules'];

export const scheduleRoutes: FastifyPluginAsyncZod<ScheduleRoutesOptions> = async (server, { schedules }) => {
  server.post(
    '/schedules',
    {
      schema: {
        summary: 'Hand in a task by the clock',
        description:
          'The task is validated and screened now, and again at each tick. Each tick makes one task, whose `metadata.schedule` says where it comes from.',
        tags,
        body: scheduleRequestSchema,
        response: { 201: scheduleViewSchema, ...refusals },
      },
    },
    async (request, reply) => {
      const shown = await schedules.create(request.body, { requestId: request.id });
      void reply.status(201).header('location', `/schedules/${shown.schedule.name}`);
      return scheduleView(shown);
    },
  );

  server.get(
    '/schedules',
    { schema: { summary: 'Schedules, by name', tags, response: { 200: scheduleListSchema, 503: problemSchema } } },
    async () => ({ data: (await schedules.list()).map(scheduleSummary) }),
  );

  server.get(
    '/schedules/:name',
    {
      schema: {
        summary: 'A schedule: what it hands in, when next, what came of the last tick, what was missed',
        tags,
        params: byName,
        response: { 200: scheduleViewSchema, ...unknown },
      },
    },
    async ({ params }) => scheduleView(await schedules.get(params.name)),
  );

  server.patch(
    '/schedules/:name',
    {
      schema: {
        summary: 'Change, pause or resume a schedule',
        description:
          'What is not given stays. What comes due while it is paused is not missed. Ticks that were written already use the task as it is when they are handed in.',
        tags,
        params: byName,
        body: schedulePatchSchema,
        response: { 200: scheduleViewSchema, 404: problemSchema, ...refusals },
      },
    },
    async ({ id, params, body }) => scheduleView(await schedules.change(params.name, body, { requestId: id })),
  );

  server.delete(
    '/schedules/:name',
    {
      schema: {
        summary: 'Remove a schedule',
        description: 'With its ticks. Tasks that it has handed in stay, and go on.',
        tags,
        params: byName,
        response: { 204: z.null(), ...unknown },
      },
    },
    async ({ params }, reply) => {
      await schedules.remove(params.name);
      return reply.status(204).send(null);
    },
  );

  server.post(
    '/schedules/:name/run',
    {
      schema: {
        summary: 'Run it now, beside the calendar',
        description:
          'Also while it is paused. Its `on_overlap` holds: with `skip` it is a 409 while an earlier task runs, with `queue` and `cancel-previous` the answer may be a tick that waits.',
        tags,
        params: byName,
        response: { 202: tickViewSchema, 404: problemSchema, ...refusals },
      },
    },
    async ({ params }, reply) => {
      const tick = await schedules.run(params.name);
      void reply.status(202);
      if (tick.taskId !== null) void reply.header('location', `/tasks/${tick.taskId}`);
      return tickView(tick);
    },
  );

  server.get(
    '/schedules/:name/ticks',
    {
      schema: {
        summary: 'What came of its ticks, newest first',
        description: `The last ${TICKS_KEPT} are kept, and those whose task has not ended.`,
        tags,
        params: byName,
        querystring: tickQuerySchema,
        response: { 200: tickListSchema, 422: problemSchema, ...unknown },
      },
    },
    async ({ params, query }) => ({ data: (await schedules.ticks(params.name, query.limit)).map(tickView) }),
  );
};
