/**
 * What servers of the protocol answer, read as widely as they write it: only the score and its counts are needed of a
 * result, null counts as left out, and fields that we do not know are kept.
 */
import { z } from 'zod';

const text = z.string().nullish();
const number = z.number().nullish();

const testOutcomeSchema = z.looseObject({
  name: z.string().nullish(),
  passed: z.boolean().nullish(),
  message: text,
  duration_ms: number,
});

const resultSchema = z
  .looseObject({
    atom_id: text,
    partial_score: number,
    tests_passed: number,
    tests_total: number,
    test_results: z.array(testOutcomeSchema).nullish(),
    error_class: text,
    git_suggestions: z.array(z.string()).nullish(),
    execution_time_ms: number,
    meta_cognitive: z.looseObject({ difficulty_rating: number, confidence: number }).nullish(),
    correct: z.boolean().nullish(),
    feedback: text,
    stdout: text,
    stderr: text,
  })
  .transform((answer) => ({
    ...answer,
    atom_id: answer.atom_id ?? '',
    partial_score: answer.partial_score ?? 0,
    tests_passed: answer.tests_passed ?? 0,
    tests_total: answer.tests_total ?? 0,
    test_results: answer.test_results ?? [],
    error_class: answer.error_class ?? null,
    git_suggestions: answer.git_suggestions ?? [],
    execution_time_ms: answer.execution_time_ms ?? 0,
    meta_cognitive: answer.meta_cognitive ?? {},
    correct: answer.correct ?? (answer.partial_score ?? 0) >= 1,
    feedback: answer.feedback ?? '',
    stdout: answer.stdout ?? '',
    stderr: answer.stderr ?? '',
  }));

/** A result as any server of the protocol gives it, with the protocol's defaults for what it left out. */
export type GreenlightAtomResult = z.output<typeof resultSchema>;

const queuedSchema = z.looseObject({ execution_id: z.string().min(1) });

const executionSchema = z.looseObject({
  execution_id: text,
  atom_id: text,
  status: z.string(),
  result: resultSchema.nullish(),
  error_message: text,
});
export type ExecutionAnswer = z.output<typeof executionSchema>;

export function readResult(answer: unknown): GreenlightAtomResult {
  return resultSchema.parse(answer);
}

export function readExecutionId(answer: unknown): string {
  return queuedSchema.parse(answer).execution_id;
}

/** A complete execution without its result is not an answer. */
export function readExecution(answer: unknown): ExecutionAnswer {
  const execution = executionSchema.parse(answer);
  if (execution.status === 'complete' && !execution.result) throw new TypeError('it is complete but holds no result');
  return execution;
}
