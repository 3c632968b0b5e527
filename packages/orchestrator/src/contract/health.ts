import { z } from 'zod';

/** GET /health: that the process answers; no dependency is asked. */
export const healthSchema = z.object({ status: z.literal('ok'), timestamp: z.iso.datetime(), version: z.string() });
export type Health = z.infer<typeof healthSchema>;

export const checkSchema = z.object({ ok: z.boolean(), detail: z.string() });
export type Check = z.infer<typeof checkSchema>;

/** GET /ready: 200 when every check is ok, else 503 with the same body. */
export const readinessSchema = z.object({
  ready: z.boolean(),
  checks: z.object({ database: checkSchema, queue: checkSchema, reflex_layer: checkSchema, arms: checkSchema }),
  timestamp: z.iso.datetime(),
});
export type Readiness = z.infer<typeof readinessSchema>;
