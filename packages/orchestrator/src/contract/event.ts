/** What happened to a task, in order. Numbers are gapless per task from 1; the number is the `id:` of the SSE message. */
import { z } from 'zod';
import { jsonObjectSchema } from './json.ts';

export const EVENT_TYPES = [
  'task-submitted',
  /** An attempt began. data: attempt, node */
  'task-started',
  /** The worker of the attempt before died or was cut off; another attempt follows. data: lost_attempt */
  'task-recovered',
  /** data: what the arm reported */
  'task-progressed',
  /** The attempt failed for a reason that may pass. data: attempt, error, retry_at */
  'task-retried',
  /** Its arm gave up on it, and the next is asked; failures are counted anew. data: attempt, from, to, error */
  'task-rerouted',
  /** A node that was shutting down gave the work back. data: attempt */
  'task-released',
  /** Its subtasks have ended; its own arm makes the result of theirs. */
  'task-children-ended',
  'task-cancel-requested',
  'task-completed',
  /** data: error */
  'task-failed',
  /** data: stopped_after_ms, from the request to the end of the work */
  'task-cancelled',
] as const;

export const eventTypeSchema = z.enum(EVENT_TYPES);
export type EventType = z.infer<typeof eventTypeSchema>;

export const taskEventSchema = z.object({
  task_id: z.uuid(),
  number: z.int().min(1),
  type: eventTypeSchema,
  at: z.iso.datetime(),
  data: jsonObjectSchema,
});
export type TaskEvent = z.infer<typeof taskEventSchema>;
