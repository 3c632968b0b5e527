/**
 * One job in its box: laid out, compiled or checked once, then step by step.
 *
 * Keeps invariants 1 to 5 of the port: an outcome for each step in order, times that are at most what passed here, at most two losses. A step has a process of
 * its own (Node: a context of its own), so losing one costs the box only when the box itself gives no report.
 */
import { JobRoom } from '../job-room.ts';
import type { ProgramError, SandboxJob, SandboxRun, Step, StepOutcome } from '../port.ts';
import type { NativeBox } from './box.ts';
import type { BoxGroup } from './cgroup.ts';
import {
  COMPILE_CPU_MS,
  COMPILE_WALL_MS,
  type Commands,
  commandsFor,
  type ReadyToolchain,
  type StepLimits,
} from './commands.ts';
import { compileError } from './compile-messages.ts';
import type { NativeLanguage } from './languages.ts';
import { COMPILER_MEMORY_MB, GRACE_MS, MAX_LOST_STEPS, MAX_MEMORY_MB, MIN_MEMORY_MB } from './limits.ts';
import { capturedOf, checkFailure, isLoss, NOTHING, outcomeOf, type Reported, syntaxErrorOf } from './outcomes.ts';
import { isStepReport, type StepReport } from './reports.ts';
import { Slots } from './slots.ts';

const MAX_COMPILER_OUTPUT = 16_384;

export interface JobParts {
  readonly job: SandboxJob;
  readonly language: NativeLanguage;
  readonly ready: ReadyToolchain | undefined;
  /** A parked box for this job; what it hands out is ended by `discard`. */
  readonly take: () => Promise<NativeBox>;
  readonly discard: (box: NativeBox) => Promise<void>;
  readonly signal: AbortSignal;
}

/** Runs a job to its end. Rejects with the signal's reason, after the box has ended, or when no box starts. */
export async function runJob(parts: JobParts): Promise<SandboxRun> {
  const run = new JobRun(parts);
  try {
    return await run.perform();
  } finally {
    run.release();
  }
}

type StepDone =
  | { readonly outcome: StepOutcome; readonly isLost: boolean }
  /** The step did not begin: the submission does not compile. */
  | { readonly error: ProgramError };

type Begun = { readonly kind: 'begun' } | { readonly kind: 'failed'; readonly run: SandboxRun };

class JobRun {
  readonly #parts: JobParts;
  readonly #memoryMb: number;
  readonly #commands: Commands;
  #box: NativeBox | undefined;
  /** Steps before this one have been told to the box. */
  #told = 0;
  #kills = 0;

  constructor(parts: JobParts) {
    const { job, language, ready } = parts;
    this.#parts = parts;
    this.#memoryMb = Math.min(Math.max(Math.floor(job.limits.memoryMb), MIN_MEMORY_MB), MAX_MEMORY_MB);
    this.#commands = commandsFor(job, language, ready, this.#memoryMb);
  }

  async perform(): Promise<SandboxRun> {
    const { steps } = this.#parts.job;
    const begun = await this.#begin(0);
    if (begun.kind === 'failed') return begun.run;
    const outcomes: StepOutcome[] = [];
    const room = new JobRoom();
    let lost = 0;
    for (const [index, step] of steps.entries()) {
      if (lost >= MAX_LOST_STEPS) {
        outcomes.push({ ...NOTHING, status: 'skipped', reason: `${lost} boxes were lost to the steps before` });
        continue;
      }
      const done = await this.#step(step, index);
      if ('error' in done) return { status: 'syntax-error', error: done.error };
      outcomes.push(room.hold(done.outcome));
      if (done.isLost) lost += 1;
    }
    return { status: 'ran', outcomes };
  }

  /** Between steps nothing of the submission runs in a box, so that its end needs no waiting. */
  release(): void {
    const box = this.#box;
    this.#box = undefined;
    // After the result has gone out: ending a box takes a moment of this thread.
    if (box !== undefined) setImmediate(() => void this.#parts.discard(box));
  }

  /** @param index the step's place; a new box is told of it and of those after it when the last one is gone */
  async #step(step: Step, index: number): Promise<StepDone> {
    if (this.#box === undefined) {
      const begun = await this.#begin(index);
      if (begun.kind === 'failed') {
        return { outcome: { ...NOTHING, status: 'lost', reason: 'it did not compile again' }, isLost: true };
      }
    }
    if (index >= this.#told) this.#postSteps(this.#box, this.#tellFrom(index));
    const { limits } = this.#commands.step(step);
    const { group } = this.#box?.slot ?? {};
    const startedAt = performance.now();
    const reported = await this.#next(limits.wallMs);
    if (reported === undefined) {
      const gone = { ...NOTHING, durationMs: performance.now() - startedAt };
      return { outcome: this.#goneOutcome(gone, limits, group), isLost: true };
    }
    // The first step tells whether the sources compile. What says so later, or could be of a withheld step, was written by the submission.
    const error = index === 0 && this.#parts.job.withheldFrom !== 0 ? syntaxErrorOf(reported.report) : undefined;
    if (error !== undefined) return { error };
    const outcome = outcomeOf(step, reported, limits, this.#parts.job.files);
    return { outcome, isLost: isLoss(step, outcome, reported.report) };
  }

  /** The box went with its step: out of memory, out of time, or by something that it cannot tell. */
  #goneOutcome(gone: typeof NOTHING, { wallMs }: StepLimits, group: BoxGroup | undefined): StepOutcome {
    if ((group?.kills() ?? 0) > this.#kills) return { ...gone, status: 'out-of-memory' };
    if (gone.durationMs >= wallMs) return { ...gone, status: 'timed-out', limitMs: wallMs };
    return { ...gone, status: 'lost', reason: 'its box broke down' };
  }

  /** The commands of the steps that a box may know of once it is the turn of this one. */
  #tellFrom(index: number): readonly object[] {
    const { steps, withheldFrom = steps.length } = this.#parts.job;
    this.#told = index < withheldFrom ? withheldFrom : steps.length;
    return steps.slice(index, this.#told).map((step) => this.#commands.step(step).command);
  }

  #postSteps(box: NativeBox | undefined, told: readonly object[]): void {
    box?.post([this.#commands.batch(told.length), ...told], told.length);
  }

  /** A fresh box with the job's files, compiled, that has been told its steps from `index` on. */
  async #begin(index: number): Promise<Begun> {
    const { signal, language, ready, take } = this.#parts;
    signal.throwIfAborted();
    const box = await take();
    this.#box = box;
    const { check, files } = this.#commands;
    const compiles = ready?.toolchain.compile !== undefined;
    Slots.hold(box.slot, compiles ? Math.max(COMPILER_MEMORY_MB, this.#memoryMb) : this.#memoryMb);
    this.#kills = box.slot.kills;
    const told = this.#tellFrom(index);
    if (check === undefined) {
      box.post([files, this.#commands.batch(told.length), ...told], told.length);
      return { kind: 'begun' };
    }
    const atOnce = compiles ? [] : told;
    box.post([files, this.#commands.batch(atOnce.length + 1), check, ...atOnce], atOnce.length + 1);
    const failed = await this.#checked(language, compiles);
    if (failed !== undefined) return { kind: 'failed', run: failed };
    if (compiles) {
      box.post([this.#commands.keep], 1);
      await box.next(GRACE_MS * 4, signal);
      Slots.hold(box.slot, this.#memoryMb);
      this.#postSteps(box, told);
    }
    return { kind: 'begun' };
  }

  /** What the check says, when it is against the submission. */
  async #checked(language: NativeLanguage, compiles: boolean): Promise<SandboxRun | undefined> {
    const { job, discard } = this.#parts;
    const box = this.#box;
    const limits = compiles ? { cpuMs: COMPILE_CPU_MS, wallMs: COMPILE_WALL_MS } : job.limits;
    const reported = await this.#next(limits.wallMs);
    const failed = compiles ? this.#compileFailure(reported, language) : failureOf(reported, limits, job);
    if (failed === undefined) return undefined;
    this.#box = undefined;
    if (box !== undefined) await discard(box);
    return failed;
  }

  #compileFailure(reported: Reported | undefined, language: NativeLanguage): SandboxRun | undefined {
    const { job } = this.#parts;
    if (reported?.report.endedBy === null && !reported.isOutOfMemory) {
      const { stdout, stderr } = capturedOf(reported);
      if (reported.report.exitCode === 0) return undefined;
      const output = `${stderr}${stdout}`.slice(0, MAX_COMPILER_OUTPUT);
      return { status: 'syntax-error', error: compileError(language, output), output };
    }
    return failureOf(reported, { cpuMs: COMPILE_CPU_MS, wallMs: COMPILE_WALL_MS }, job);
  }

  /** Whether the control group has killed something since it was last asked; a step that answered was not the one. */
  #wasKilled(box: NativeBox, report: StepReport): boolean {
    if (report.answer !== '' || report.exitCode === 0) return false;
    const before = this.#kills;
    this.#kills = box.slot.group?.kills() ?? 0;
    return this.#kills > before;
  }

  /** Undefined when the box gave no report, and is gone. */
  async #next(wallMs: number): Promise<Reported | undefined> {
    const box = this.#box;
    if (box === undefined) return undefined;
    const answer = await box.next(wallMs + GRACE_MS, this.#parts.signal);
    if ('gone' in answer || !isStepReport(answer.report)) {
      this.#box = undefined;
      await this.#parts.discard(box);
      return undefined;
    }
    const { report, durationMs } = answer;
    const peakMb = report.peakKb > 0 ? undefined : box.slot.group?.peakMb();
    return { report, durationMs, isOutOfMemory: this.#wasKilled(box, report), peakMb };
  }
}

/** A job that fails before its first step: the same outcome for each, as if each had begun it anew. */
function failureOf(reported: Reported | undefined, limits: StepLimits, job: SandboxJob): SandboxRun | undefined {
  const failed: ReturnType<typeof checkFailure> =
    reported === undefined
      ? { ...NOTHING, status: 'lost', reason: 'its box broke down while it compiled' }
      : checkFailure(reported, limits);
  if (failed === undefined) return undefined;
  if (!('status' in failed)) return { status: 'syntax-error', error: failed };
  return { status: 'ran', outcomes: job.steps.map(() => failed) };
}
