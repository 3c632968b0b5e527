/**
 * One job over its boxes: compiled, then step by step, with a fresh box where one is lost.
 *
 * Keeps invariants 1 to 5 of the port: an outcome for each step in order, times measured here, at most two boxes lost.
 */
import type { SandboxJob, SandboxRun, Step, StepOutcome } from '../port.ts';
import type { Box } from './box.ts';
import type { BoxVerdict } from './box-messages.ts';
import type { BoxPool } from './box-pool.ts';
import { MAX_LOST_BOXES, MAX_MEMORY_MB, MIN_MEMORY_MB } from './limits.ts';
import { outputBuffer, readOutput } from './output.ts';

type Captured = Pick<StepOutcome, 'stdout' | 'stderr' | 'truncated' | 'durationMs'>;
type Begun = { readonly kind: 'begun'; readonly box: Box } | { readonly kind: 'failed'; readonly failure: Failure };
type Failure = { readonly verdict: BoxVerdict; readonly captured: Captured };

const NOTHING: Captured = { stdout: '', stderr: '', truncated: false, durationMs: 0 };

/** Runs a job to its end. Rejects with the signal's reason, after the box has ended, or when no box starts. */
export async function runJob(pool: BoxPool, job: SandboxJob, signal: AbortSignal): Promise<SandboxRun> {
  const outcomes: StepOutcome[] = [];
  let lost = 0;
  let box: Box | undefined;
  try {
    const first = await begin(pool, job, signal);
    if (first.kind === 'failed' && first.failure.verdict.kind === 'syntax-error') {
      return { status: 'syntax-error', error: first.failure.verdict.error };
    }
    let begun: Begun | undefined = first;
    for (const step of job.steps) {
      if (lost >= MAX_LOST_BOXES) {
        outcomes.push({ ...NOTHING, status: 'skipped', reason: `${lost} boxes were lost to the steps before` });
        continue;
      }
      begun ??= await begin(pool, job, signal);
      if (begun.kind === 'failed') {
        outcomes.push(outcomeOf(begun.failure, limitOf(job, step)));
        lost += 1;
        begun = undefined;
        continue;
      }
      ({ box } = begun);
      const failure = await perform(box, job, step, signal);
      outcomes.push(outcomeOf(failure, limitOf(job, step)));
      if (box.isAlive && failure.verdict.kind !== 'out-of-memory') continue;
      lost += 1;
      await pool.discard(box);
      box = undefined;
      begun = undefined;
    }
    if (begun?.kind === 'begun') ({ box } = begun);
    return { status: 'ran', outcomes };
  } finally {
    // A box that answered its last command is parked: nothing of the submission runs in it, and its end needs no waiting.
    if (box !== undefined) void pool.discard(box);
  }
}

/** A fresh box with the job's files compiled in it; one that fails there is discarded. */
async function begin(pool: BoxPool, job: SandboxJob, signal: AbortSignal): Promise<Begun> {
  signal.throwIfAborted();
  const memoryMb = Math.min(Math.max(Math.floor(job.limits.memoryMb), MIN_MEMORY_MB), MAX_MEMORY_MB);
  const box = await pool.take(job.language, memoryMb);
  const output = outputBuffer(job.limits.outputKb);
  const { files, entrypoint } = job;
  try {
    const command = { kind: 'begin', files, entrypoint, memoryMb, output } as const;
    const { verdict, durationMs } = await box.ask(command, Math.min(job.limits.cpuMs, job.limits.wallMs), signal);
    if (verdict.kind === 'began') return { kind: 'begun', box };
    await pool.discard(box);
    return { kind: 'failed', failure: { verdict, captured: { ...readOutput(output), durationMs } } };
  } catch (error) {
    await pool.discard(box);
    throw error;
  }
}

async function perform(box: Box, job: SandboxJob, step: Step, signal: AbortSignal): Promise<Failure> {
  const output = outputBuffer(job.limits.outputKb);
  const limitMs = limitOf(job, step);
  const { verdict, durationMs } = await box.ask({ kind: 'step', step, limitMs, output }, limitMs, signal);
  return { verdict, captured: { ...readOutput(output), durationMs } };
}

/** Wall time of a step, milliseconds: a WebAssembly thread's waiting cannot be told from its computing. */
function limitOf(job: SandboxJob, step: Step): number {
  return Math.min(job.limits.cpuMs, job.limits.wallMs, step.timeoutMs ?? Number.POSITIVE_INFINITY);
}

function outcomeOf({ verdict, captured }: Failure, limitMs: number): StepOutcome {
  switch (verdict.kind) {
    case 'returned':
      return { ...captured, status: 'returned', value: verdict.value };
    case 'raised':
      return { ...captured, status: 'raised', error: verdict.error };
    case 'exited':
      return { ...captured, status: 'exited', exitCode: verdict.exitCode };
    case 'timed-out':
      return {
        ...captured,
        status: 'timed-out',
        limitMs,
        ...(verdict.line === undefined ? {} : { line: verdict.line }),
      };
    case 'out-of-memory':
      return { ...captured, status: 'out-of-memory' };
    case 'output-limit':
      return { ...captured, status: 'output-limit' };
    case 'lost':
      return { ...captured, status: 'lost', reason: verdict.reason };
    case 'began':
    case 'syntax-error':
      return { ...captured, status: 'lost', reason: 'its answer is not one to this command' };
    default:
      return verdict satisfies never;
  }
}
