/**
 * What a server of the Reflex protocol answers, read leniently: further fields are let be, and types and severities that we
 * do not know are kept as they are. A position that is none, or a status that is none, is no answer.
 */
import { z } from 'zod';

const matchShape = { position: z.int().min(0), confidence: z.number().optional() };

const processSchema = z.object({
  request_id: z.string().optional(),
  /** The protocol has `RateLimited` and `Error` too: then nothing was screened, whatever the HTTP status says. */
  status: z.enum(['Success', 'Blocked']),
  pii_detected: z.boolean().optional(),
  pii_matches: z.array(z.object({ pii_type: z.string(), value: z.string().optional(), ...matchShape })).default([]),
  injection_detected: z.boolean().optional(),
  injection_matches: z
    .array(
      z.object({
        injection_type: z.string(),
        severity: z.string(),
        matched_text: z.string().optional(),
        context_analysis: z
          .object({
            is_quoted: z.boolean().optional(),
            is_academic: z.boolean().optional(),
            is_testing: z.boolean().optional(),
            is_negation: z.boolean().optional(),
          })
          .optional(),
        ...matchShape,
      }),
    )
    .default([]),
  cache_hit: z.boolean().optional(),
  processing_time_ms: z.number().optional(),
});

/** Holds the values that were found: not for logs. */
export type ReflexVerdict = Readonly<z.output<typeof processSchema>>;

const healthSchema = z.object({
  status: z.enum(['healthy', 'unhealthy', 'degraded']),
  version: z.string().optional(),
  uptime_seconds: z.number().optional(),
});

export type ReflexHealth = Readonly<z.output<typeof healthSchema>>;

/** A message of the schema would name only fields; the parser's own would quote the answer, which holds what was found. */
export function readVerdict(answer: unknown): ReflexVerdict {
  const read = processSchema.safeParse(answer);
  if (read.success) return read.data;
  throw new TypeError('it is something else than a verdict');
}

export function readHealth(answer: unknown): ReflexHealth {
  const read = healthSchema.safeParse(answer);
  if (read.success) return read.data;
  throw new TypeError('it is something else than the state of a screen');
}
