/**
 * One job over its boxes: compiled, then step by step, with a fresh box where one is lost.
 *
 * Keeps invariants 1 to 5 of the port: an outcome for each step in order, times that are at most what passed here, at most two steps
 * that lose their box.
 */

import { LanguageUnsupported } from '../errors.ts';
import type { BoxVerdict } from '../harness/verdict.ts';
import { JobRoom } from '../job-room.ts';
import type { SandboxJob, SandboxRun, Step, StepOutcome } from '../port.ts';
import type { Box } from './box.ts';
import type { BoxPool } from './box-pool.ts';
import { isWasmLanguage, WASM_LANGUAGES } from './languages.ts';
import { MAX_LOST_BOXES, MAX_MEMORY_MB, MIN_MEMORY_MB } from './limits.ts';
import { NO_OUTPUT } from './output.ts';

type Captured = Pick<StepOutcome, 'stdout' | 'stderr' | 'truncated' | 'durationMs' | 'usage'>;
type Ended = { readonly verdict: BoxVerdict; readonly captured: Captured };
type Begun = { readonly kind: 'begun'; readonly box: Box } | { readonly kind: 'failed'; readonly ended: Ended };

const NOTHING: Captured = { ...NO_OUTPUT, durationMs: 0 };

/** Runs a job to its end. Rejects with the signal's reason, after the box has ended, or when no box starts. */
export async function runJob(pool: BoxPool, job: SandboxJob, signal: AbortSignal): Promise<SandboxRun> {
  const run = new JobRun(pool, job, signal);
  try {
    return await run.perform();
  } finally {
    run.release();
  }
}

class JobRun {
  readonly #pool: BoxPool;
  readonly #job: SandboxJob;
  readonly #signal: AbortSignal;
  /** The box under way, and whether a step has run in it. */
  #current: { readonly box: Box; isUsed: boolean } | undefined;

  constructor(pool: BoxPool, job: SandboxJob, signal: AbortSignal) {
    this.#pool = pool;
    this.#job = job;
    this.#signal = signal;
  }

  async perform(): Promise<SandboxRun> {
    const outcomes: StepOutcome[] = [];
    const room = new JobRoom();
    let begun: Begun | undefined = await this.#begin(this.#job.steps);
    if (begun.kind === 'failed' && begun.ended.verdict.kind === 'syntax-error') {
      return { status: 'syntax-error', error: begun.ended.verdict.error };
    }
    let lost = 0;
    for (const [index, step] of this.#job.steps.entries()) {
      if (lost >= MAX_LOST_BOXES) {
        outcomes.push({ ...NOTHING, status: 'skipped', reason: `${lost} boxes were lost to the steps before` });
        continue;
      }
      const ended: Ended =
        begun?.kind === 'failed' ? begun.ended : await this.#step(this.#job.steps.slice(index), step);
      begun = undefined;
      outcomes.push(room.hold(outcomeOf(ended, limitOf(this.#job, step))));
      const isOver = step.kind === 'program' && ended.verdict.kind === 'exited';
      if (this.#current === undefined && !isOver) lost += 1;
    }
    return { status: 'ran', outcomes };
  }

  /** A box that answered its last command is parked: nothing of the submission runs in it, and its end needs no waiting. */
  release(): void {
    if (this.#current !== undefined) void this.#pool.discard(this.#current.box);
    this.#current = undefined;
  }

  /**
   * One step. When a box breaks that an earlier step was in, the step is not to blame for what was left there (closed
   * descriptors, memory that is gone): it gets one more try, in a fresh box.
   */
  async #step(left: readonly Step[], step: Step): Promise<Ended> {
    const wasUsed = this.#current?.isUsed ?? false;
    const ended = await this.#attempt(left, step);
    const isLost =
      this.#current === undefined && ended.verdict.kind !== 'timed-out' && ended.verdict.kind !== 'output-limit';
    return wasUsed && isLost ? this.#attempt(left, step) : ended;
  }

  /** @param left the step and those after it, which a fresh box is told at once */
  async #attempt(left: readonly Step[], step: Step): Promise<Ended> {
    if (this.#current === undefined) {
      const begun = await this.#begin(left);
      if (begun.kind === 'failed') return begun.ended;
    }
    const current = this.#current;
    if (current === undefined) return { verdict: { kind: 'lost', reason: 'no box was begun' }, captured: NOTHING };
    const { verdict, alive, output, ...measured } = await current.box.next(limitOf(this.#job, step), this.#signal);
    current.isUsed = true;
    if (!alive || verdict.kind === 'out-of-memory') {
      this.#current = undefined;
      await this.#pool.discard(current.box);
    }
    return { verdict, captured: { ...output, ...measured } };
  }

  /** A fresh box with the job's files compiled in it, which has been told its steps; one that fails there is discarded. */
  async #begin(steps: readonly Step[]): Promise<Begun> {
    this.#signal.throwIfAborted();
    const { files, entrypoint, language, limits } = this.#job;
    const memoryMb = Math.min(Math.max(Math.floor(limits.memoryMb), MIN_MEMORY_MB), MAX_MEMORY_MB);
    if (!isWasmLanguage(language)) throw new LanguageUnsupported(language, WASM_LANGUAGES);
    const box = await this.#pool.take(language, memoryMb);
    this.#current = { box, isUsed: false };
    const room = box.roomFor(limits.outputKb);
    const commands = steps.map(
      (step) => ({ kind: 'step', step, limitMs: limitOf(this.#job, step), output: room }) as const,
    );
    box.post([{ kind: 'begin', files, entrypoint, memoryMb, output: room }, ...commands]);
    const {
      verdict,
      alive: _,
      output,
      ...measured
    } = await box.next(Math.min(limits.cpuMs, limits.wallMs), this.#signal);
    if (verdict.kind === 'began') return { kind: 'begun', box };
    this.#current = undefined;
    await this.#pool.discard(box);
    return { kind: 'failed', ended: { verdict, captured: { ...output, ...measured } } };
  }
}

/** Wall time of a step, milliseconds: a WebAssembly thread's waiting cannot be told from its computing. */
function limitOf(job: SandboxJob, step: Step): number {
  return Math.min(job.limits.cpuMs, job.limits.wallMs, step.timeoutMs ?? Number.POSITIVE_INFINITY);
}

function outcomeOf({ verdict, captured }: Ended, limitMs: number): StepOutcome {
  switch (verdict.kind) {
    case 'returned':
      return { ...captured, status: 'returned', value: verdict.value };
    case 'raised':
      return { ...captured, status: 'raised', error: verdict.error };
    case 'exited':
      return {
        ...captured,
        status: 'exited',
        exitCode: verdict.exitCode,
        ...(verdict.error === undefined ? {} : { error: verdict.error }),
      };
    case 'tested':
      return { ...captured, status: 'tested', tests: verdict.tests };
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
