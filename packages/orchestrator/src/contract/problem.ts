/** The error body of the REST API. Source: RFC 9457, Problem Details for HTTP APIs. */
import { z } from 'zod';

/** One wrong field: where (JSON Pointer, RFC 6901, into the body; or the name of a query parameter) and what. */
export const fieldErrorSchema = z.object({ pointer: z.string(), detail: z.string() });
export type FieldError = z.infer<typeof fieldErrorSchema>;

export const findingSchema = z.object({
  type: z.string(),
  /** JSON Pointer to the field it was found in. */
  field: z.string(),
  /** UTF-16 offset in that field. The value itself is never repeated. */
  position: z.int(),
});
export type FindingView = z.infer<typeof findingSchema>;

export const problemSchema = z.object({
  /** A URI reference that names the kind of problem; its page is docs/errors.md. */
  type: z.string(),
  title: z.string(),
  status: z.int(),
  /** Stable, for programs; the table is docs/errors.md. */
  code: z.string(),
  detail: z.string(),
  instance: z.string(),
  request_id: z.string(),
  errors: z.array(fieldErrorSchema).optional(),
  pii_detected: z.boolean().optional(),
  injection_detected: z.boolean().optional(),
  findings: z.array(findingSchema).optional(),
});
export type Problem = z.infer<typeof problemSchema>;
