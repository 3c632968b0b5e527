/** Trees of tasks, as they are submitted and shown. */
import { z } from 'zod';

/** Levels below the root. */
export const TREE_DEPTH_LIMIT = 5;
/** Tasks of one tree, the root among them. */
export const TREE_SIZE_LIMIT = 1_001;

const POINTER = 'must be a JSON Pointer into the results, as /partial_score, or "" for the whole';
const pointer = z
  .string()
  .max(500)
  .regex(/^(\/([^~/]|~[01])*)*$/, POINTER);

/** How the results of the children become that of their parent. */
export const aggregateSchema = z.discriminatedUnion(
  'by',
  [
    /** All of them, in order: `{children: [{task_id, status, result, error}]}`. */
    z.object({ by: z.literal('all') }),
    /** Those that completed, one at least. */
    z.object({ by: z.literal('any') }),
    /** The first that completes, `{task_id, result}`; the others are cancelled. */
    z.object({ by: z.literal('first') }),
    /** The one with the highest number at `score`, a JSON Pointer: `{task_id, score, result}`. */
    z.object({ by: z.literal('best'), score: pointer }),
    /** The value that most of them have at `on` (default: the whole result): `{value, votes, of, ballots}`. */
    z.object({ by: z.literal('vote'), on: pointer.default('') }),
    /** The parent's own arm is given them, as `children` of its input. */
    z.object({ by: z.literal('reduce') }),
  ],
  { error: 'must be {"by": "all"}, with by one of: all, any, first, best (with score), vote, reduce' },
);
export type Aggregate = z.output<typeof aggregateSchema>;

export const ON_CHILD_FAILURE = ['fail', 'continue', 'cancel-rest'] as const;
/** `fail`: the others go on, then the parent fails. `continue`: what completed is aggregated. `cancel-rest`: the others are stopped. */
export const onChildFailureSchema = z.enum(ON_CHILD_FAILURE);
export type OnChildFailure = z.infer<typeof onChildFailureSchema>;

/** How a parent's children stand. */
export const childCountsSchema = z.object({
  total: z.int(),
  pending: z.int(),
  processing: z.int(),
  completed: z.int(),
  failed: z.int(),
  cancelled: z.int(),
});
export type ChildCounts = z.infer<typeof childCountsSchema>;
