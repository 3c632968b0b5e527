/** Health, readiness, metrics: for whoever operates the system. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { Check, ReadinessCheck, ReadinessChecks } from '../../app/readiness.ts';
import { healthSchema, type Readiness, readinessSchema } from '../../contract/index.ts';

export interface SystemRoutesOptions {
  readonly version: string;
  readonly checks: ReadinessChecks;
  /** What the drivers of the sandbox run here, where this process has one; it takes a moment the first time. */
  readonly sandboxes?: () => Promise<Readiness['sandboxes']>;
  readonly metrics: { readonly contentType: string; metrics(): Promise<string> };
}

const CHECK_TIMEOUT_MS = 2_000;

export const systemRoutes: FastifyPluginAsyncZod<SystemRoutesOptions> = async (server, options) => {
  const { version, checks, sandboxes, metrics } = options;

  server.get(
    '/health',
    { schema: { summary: 'That the process answers', tags: ['system'], response: { 200: healthSchema } } },
    async () => ({ status: 'healthy' as const, timestamp: new Date().toISOString(), version }),
  );

  server.get(
    '/ready',
    {
      schema: {
        summary: 'Whether it can take work',
        tags: ['system'],
        response: { 200: readinessSchema, 503: readinessSchema },
      },
    },
    async (_request, reply) => {
      const [database, queue, reflex_layer, arms, drivers] = await Promise.all([
        answerOf(checks.database),
        answerOf(checks.queue),
        answerOf(checks.reflex_layer),
        answerOf(checks.arms),
        inTime(sandboxes),
      ]);
      const ready = database.ok && queue.ok && reflex_layer.ok && arms.ok;
      void reply.status(ready ? 200 : 503);
      return {
        ready,
        checks: { database: database.ok, queue: queue.ok, reflex_layer: reflex_layer.ok, arms: arms.ok },
        details: {
          database: database.detail,
          queue: queue.detail,
          reflex_layer: reflex_layer.detail,
          arms: arms.detail,
        },
        ...(drivers === undefined ? {} : { sandboxes: drivers }),
        timestamp: new Date().toISOString(),
      };
    },
  );

  server.get('/metrics', { schema: { summary: 'For Prometheus', tags: ['system'] } }, async (_request, reply) => {
    void reply.type(metrics.contentType);
    return metrics.metrics();
  });
};

/** A check that does not answer in time is a no. */
async function answerOf(check: ReadinessCheck): Promise<Check> {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Check>((resolve) => {
    timer = setTimeout(() => {
      controller.abort(new Error('the check took too long'));
      resolve({ ok: false, detail: `did not answer within ${CHECK_TIMEOUT_MS} ms` });
    }, CHECK_TIMEOUT_MS);
  });
  try {
    return await Promise.race([check(controller.signal), late]);
  } catch (error) {
    return { ok: false, detail: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
  }
}

/** Undefined when it does not come in time, or not at all: what the sandbox runs decides nothing here. */
async function inTime(sandboxes: SystemRoutesOptions['sandboxes']): Promise<Readiness['sandboxes']> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, CHECK_TIMEOUT_MS, undefined);
  });
  try {
    return await Promise.race([sandboxes?.(), late]);
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}
