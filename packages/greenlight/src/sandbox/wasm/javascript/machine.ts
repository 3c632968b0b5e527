/**
 * The dialogue of one JavaScript box: a job's files, then its steps, each in an engine of its own.
 *
 * Owns: the engines of one job. Leaves to its caller: hard time limits (some builtins never look at the clock).
 * Invariants:
 * 1. A step runs in an instance that has run nothing before, so nothing of another step is there to be seen.
 * 2. The submission gets two host functions (print, read a file of its own), which take and give strings only.
 */
import type { BoxCommand, BoxVerdict } from '../box-messages.ts';
import { type Engine, startEngine } from './engine.ts';
import { checkSyntax, performStep, type StepParts } from './step.ts';

/** Memory of the engine that is made ready before the job is known, MiB: the default of an atom. */
const USUAL_MEMORY_MB = 256;

type Begin = Extract<BoxCommand, { kind: 'begin' }>;
type StepCommand = Extract<BoxCommand, { kind: 'step' }>;

export class JavaScriptMachine {
  readonly #module: WebAssembly.Module;
  readonly #harness: string;
  #spare: Promise<Engine>;
  #job: Begin | undefined;

  constructor(module: WebAssembly.Module, harness: string) {
    this.#module = module;
    this.#harness = harness;
    this.#spare = startEngine(module, USUAL_MEMORY_MB);
  }

  /** Resolves when the first engine is ready. */
  async parked(): Promise<void> {
    await this.#spare;
  }

  /** Answers one command. */
  async answer(command: BoxCommand): Promise<BoxVerdict> {
    return command.kind === 'begin' ? this.#begin(command) : this.#step(command);
  }

  /** Makes the next step's engine ready; to be called off the hot path. */
  refill(): void {
    this.#spare = startEngine(this.#module, this.#job?.memoryMb ?? USUAL_MEMORY_MB);
    // An engine that cannot start rejects the step that takes it.
    this.#spare.catch(() => undefined);
  }

  async #begin(command: Begin): Promise<BoxVerdict> {
    this.#job = command;
    const engine = await this.#spare;
    const error = checkSyntax(engine, command);
    if (engine.memoryMb !== command.memoryMb) this.refill();
    return error === undefined ? { kind: 'began' } : { kind: 'syntax-error', error };
  }

  async #step(command: StepCommand): Promise<BoxVerdict> {
    const job = this.#job;
    if (job === undefined) return { kind: 'lost', reason: 'a step came before its job' };
    const engine = await this.#spare;
    const parts: StepParts = { engine, job, command, harness: this.#harness };
    return performStep(parts);
  }
}
