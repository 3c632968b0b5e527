import { z } from 'zod';
import { runnerLimitsSchema } from './limits.ts';

/** Worst first: the class of a result is the first of these that any test shows. */
export const ERROR_CLASSES = ['syntax', 'timeout', 'runtime', 'logic'] as const;

export const testResultSchema = z.object({
  name: z.string(),
  passed: z.boolean(),
  /** What happened, with the line of the learner's own code. */
  message: z.string().optional(),
  /** In the language's own notation, shortened. */
  expected: z.string().optional(),
  actual: z.string().optional(),
  /** Measured outside the box; always 0 for a hidden test, so that time tells nothing about its input. */
  duration_ms: z.number(),
  /** Compute time and most memory held, where the sandbox can tell; never of a hidden test. */
  cpu_ms: z.number().optional(),
  peak_memory_mb: z.number().optional(),
  hidden: z.boolean().optional(),
  points: z.number(),
  /** `inside`: judged by code that ran beside the submission, which a submission may have tampered with. */
  trust: z.literal('inside').optional(),
});

/** The answer of run-atom, and what a finished execution holds. A failing submission is a result, never an error. */
export const atomResultSchema = z.object({
  atom_id: z.string(),
  /** Points earned over points, 0 to 1. */
  partial_score: z.number().min(0).max(1),
  tests_passed: z.int().nonnegative(),
  tests_total: z.int().nonnegative(),
  test_results: z.array(testResultSchema),
  error_class: z.enum(ERROR_CLASSES).nullable(),
  /** What to look at next, likeliest first. */
  git_suggestions: z.array(z.string()),
  /** Time in the box over all tests, milliseconds. */
  execution_time_ms: z.int().nonnegative(),
  meta_cognitive: z.object({ difficulty_rating: z.number().optional(), confidence: z.number().optional() }),
  /** All tests passed, and there was one. */
  correct: z.boolean(),
  feedback: z.string(),
  /** Of the tests that are not hidden, one after the other. */
  stdout: z.string(),
  stderr: z.string(),
  /** What each test was allowed. Absent in results of an earlier version. */
  limits: runnerLimitsSchema.optional(),
  /** What all tests used together: time in the box, compute time, most memory at once. Null: the sandbox cannot tell. */
  used: z
    .object({ wall_ms: z.number(), cpu_ms: z.number().nullable(), peak_memory_mb: z.number().nullable() })
    .optional(),
});

export type ErrorClass = (typeof ERROR_CLASSES)[number];
export type TestResult = z.infer<typeof testResultSchema>;
export type AtomResult = z.infer<typeof atomResultSchema>;
