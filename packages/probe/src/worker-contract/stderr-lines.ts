/** What a probe worker writes to stderr, one JSON object a line; any other line is a log line without a level. */
import { z } from 'zod';

export const logLineSchema = z.looseObject({
  level: z.enum(['debug', 'info', 'warn', 'error']),
  /** ISO 8601. */
  time: z.string(),
  /** The part of the worker that says it, as `probe` or `adapters.openai`. */
  context: z.string(),
  msg: z.string(),
});
export type LogLine = z.output<typeof logLineSchema>;

/** Without texts: a line has to stay short. */
export const progressLineSchema = z.looseObject({
  type: z.literal('progress'),
  event: z.enum(['turn-started', 'turn-completed']),
  turnNumber: z.int().min(1),
  /** How many turns there will be. */
  turns: z.int().min(1),
  promptLabel: z.string(),
  inputTokens: z.int().optional(),
  outputTokens: z.int().optional(),
});
export type ProgressLine = z.output<typeof progressLineSchema>;
