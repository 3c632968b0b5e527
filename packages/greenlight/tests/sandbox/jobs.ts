/** Jobs and readings of their outcomes, in the few words that a test needs. */
import { expect } from 'vitest';
import type { JsonValue, Language, Limits, Sandbox, SandboxJob, Step, StepOutcome } from '../../src/sandbox/index.ts';

/** Short enough that a test of a time-out is short, long enough for a loaded machine. */
export const LIMITS: Limits = { cpuMs: 3000, wallMs: 3000, memoryMb: 256, outputKb: 64 };

export function call(name: string | undefined, ...values: JsonValue[]): Step {
  return { kind: 'call', ...(name === undefined ? {} : { function: name }), arguments: { by: 'position', values } };
}

export function callNamed(name: string, values: { readonly [name: string]: JsonValue }): Step {
  return { kind: 'call', function: name, arguments: { by: 'name', values } };
}

export function assertion(code: string): Step {
  return { kind: 'assertion', code };
}

/** A job of one file, whose name is the language's. */
export function job(
  language: Language,
  source: string,
  steps: readonly Step[],
  limits: Partial<Limits> = {},
): SandboxJob {
  const entrypoint = language === 'python' ? 'solution.py' : 'solution.js';
  return { language, files: { [entrypoint]: source }, entrypoint, steps, limits: { ...LIMITS, ...limits } };
}

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
