import { z } from 'zod';

/** GET /health: that the process answers; no dependency is asked. */
export const healthSchema = z.object({
  status: z.literal('healthy'),
  timestamp: z.iso.datetime(),
  version: z.string(),
});
export type Health = z.infer<typeof healthSchema>;

const READINESS_PARTS = ['database', 'queue', 'reflex_layer', 'arms'] as const;
const partSchema = z.enum(READINESS_PARTS);
export type ReadinessPart = z.infer<typeof partSchema>;

/** What one sandbox driver runs on the machine that answers, and why not the rest. */
const sandboxDriverSchema = z.object({
  name: z.string(),
  languages: z.array(z.string()).readonly(),
  /** Every other language, each with the reason. */
  refused: z.array(z.object({ language: z.string(), reason: z.string() })).readonly(),
  /** Walls that do not hold: the driver then runs nothing. */
  problems: z.array(z.string()).readonly(),
});

/** GET /ready: 200 when every check is true, else 503 with the same body. */
export const readinessSchema = z.object({
  ready: z.boolean(),
  checks: z.record(partSchema, z.boolean()),
  /** What each part says of itself; where its check is false, what is wrong. */
  details: z.record(partSchema, z.string()),
  /** The drivers of the greenlight sandbox; absent where this process runs no code, or while they are being probed. */
  sandboxes: z.array(sandboxDriverSchema).readonly().optional(),
  timestamp: z.iso.datetime(),
});
export type Readiness = z.infer<typeof readinessSchema>;
