/** GET /arms: what can do tasks, and how it stands. */
import { z } from 'zod';
import { jsonObjectSchema } from './json.ts';
import { SCREENING_MODES } from './screening.ts';

export const ARM_HEALTHS = ['healthy', 'troubled', 'unattended'] as const;

export const armViewSchema = z.object({
  name: z.string(),
  /** `greenlight`, `generalist`, `process`, `http`, `module` … */
  type: z.string(),
  screening: z.enum(SCREENING_MODES),
  /** Types of findings of which the values are taken out before a task is stored. */
  redacts: z.array(z.string()),
  /** Arms that are asked instead when it has given up. */
  fallback: z.array(z.string()),
  /** JSON Schema of a task's `input`; null: any. */
  input_schema: jsonObjectSchema.nullable(),
  /** `troubled`: a node that works for it has a problem; `unattended`: no node works for it. */
  health: z.enum(ARM_HEALTHS),
  /** The problems, in words; empty when there are none. */
  problems: z.array(z.string()),
  /** Nodes that work for it. */
  nodes: z.int(),
  /** Attempts that they run at once, together. */
  slots: z.int(),
  /** Tasks that wait for it, and for how long the oldest has. */
  waiting: z.int(),
  oldest_waiting_seconds: z.number(),
});
export type ArmView = z.infer<typeof armViewSchema>;

export const armListSchema = z.object({ data: z.array(armViewSchema) });
export type ArmList = z.infer<typeof armListSchema>;
