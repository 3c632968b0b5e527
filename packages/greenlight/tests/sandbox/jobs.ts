/** Jobs, and readings of their outcomes. */
import { expect } from 'vitest';
import type { Sandbox, SandboxJob, StepOutcome } from '../../src/sandbox/index.ts';

export { assertion, call, callNamed, job, LIMITS } from './jobs-plain.ts';

/** The outcomes of a job that compiles. */
export async function outcomesOf(sandbox: Sandbox, submitted: SandboxJob): Promise<readonly StepOutcome[]> {
  const run = await sandbox.run(submitted);
  if (run.status !== 'ran') throw new Error(`it did not compile: ${run.error.message}`);
  expect(run.outcomes).toHaveLength(submitted.steps.length);
  return run.outcomes;
}

/** The one outcome of a job of one step. */
export async function outcomeOf(sandbox: Sandbox, submitted: SandboxJob): Promise<StepOutcome> {
  const [outcome] = await outcomesOf(sandbox, submitted);
  if (outcome === undefined) throw new Error('the job has no step');
  return outcome;
}
