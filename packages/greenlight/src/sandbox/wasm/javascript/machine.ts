/**
 * The dialogue of one JavaScript box: a job's files, then its steps, each in a context of its own.
 *
 * Owns: the engines of one job. Leaves to its caller: hard time limits (some builtins never look at the clock).
 * Invariants:
 * 1. A step runs in a context that has run nothing before, so nothing of another step is there to be seen.
 * 2. After a step that ended otherwise than by a value or an exception, or that took much memory, the next one gets
 *    an engine of its own.
 */

import type { BoxVerdict } from '../../harness/verdict.ts';
import type { JavaScriptBoxData } from '../box-data.ts';
import type { BoxCommand } from '../box-messages.ts';
import { MIB } from '../limits.ts';
import { type Engine, startEngine } from './engine.ts';
import { Stage } from './stage.ts';
import { checkSyntax, performStep } from './step.ts';
import { failureOf } from './step-ended.ts';
import { stripFiles } from './strip-types.ts';

/** Contexts made ready before the job is known, 3 ms each: two before the box is parked, the rest while it waits. */
const STAGES_PARKED = 2;
const STAGES_AHEAD = 5;

/** Size up to which an engine's memory may grow before the next step gets another engine, bytes. */
const REUSED_UP_TO = 48 * MIB;

type Begin = Extract<BoxCommand, { kind: 'begin' }>;
type StepCommand = Extract<BoxCommand, { kind: 'step' }>;

export class JavaScriptMachine {
  readonly #data: JavaScriptBoxData;
  readonly #stages: Stage[] = [];
  #engine: Engine | undefined;
  /** Of the engine of the last command, bytes. */
  #lastSize = 0;
  #job: Begin | undefined;

  constructor(data: JavaScriptBoxData) {
    this.#data = data;
  }

  /** Makes an engine of `memoryMb` MiB and its contexts ready; a job with another limit waits for another engine. */
  async park(memoryMb: number): Promise<void> {
    const engine = await this.#replace(memoryMb);
    while (this.#stages.length < STAGES_PARKED) this.#stages.push(new Stage(engine, this.#data));
  }

  /** Makes one more context ready; false when there are enough, or a job is under way. */
  prepare(): boolean {
    if (this.#engine === undefined || this.#job !== undefined || this.#stages.length >= STAGES_AHEAD) return false;
    this.#stages.push(new Stage(this.#engine, this.#data));
    return true;
  }

  /** Answers one command. Rejects when the engine does not start. */
  async answer(command: BoxCommand): Promise<BoxVerdict> {
    return command.kind === 'begin' ? this.#begin(command) : this.#step(command);
  }

  /** The engine's memory never shrinks: what it has is the most it has had. */
  peakMemoryMb(): number {
    return this.#lastSize / MIB;
  }

  async #begin(command: Begin): Promise<BoxVerdict> {
    const stripped = this.#data.stripsTypes ? stripFiles(command.files, command.entrypoint) : undefined;
    if (stripped?.ok === false) return { kind: 'syntax-error', error: stripped.error };
    const job = stripped === undefined ? command : { ...command, files: stripped.files };
    this.#job = job;
    const parked = this.#engine;
    const engine = parked?.memoryMb === command.memoryMb ? parked : await this.#replace(command.memoryMb);
    try {
      const error = checkSyntax(engine.newContext(), job);
      return error === undefined ? { kind: 'began' } : { kind: 'syntax-error', error };
    } catch (error) {
      this.#engine = undefined;
      return failureOf(error, engine);
    }
  }

  async #step(command: StepCommand): Promise<BoxVerdict> {
    const job = this.#job;
    if (job === undefined) return { kind: 'lost', reason: 'a step came before its job' };
    const stage = await this.#stage(job);
    const verdict = performStep({ stage, job, command, stripsTypes: this.#data.stripsTypes });
    this.#lastSize = stage.engine.size();
    const isWell = verdict.kind === 'returned' || verdict.kind === 'raised';
    if (!isWell || this.#lastSize > REUSED_UP_TO) this.#engine = undefined;
    return verdict;
  }

  /** A context that has run nothing. */
  async #stage(job: Begin): Promise<Stage> {
    const engine = this.#engine ?? (await this.#replace(job.memoryMb));
    return this.#stages.pop() ?? new Stage(engine, this.#data);
  }

  async #replace(memoryMb: number): Promise<Engine> {
    this.#stages.length = 0;
    const engine = await startEngine(this.#data.module, memoryMb);
    this.#engine = engine;
    return engine;
  }
}
