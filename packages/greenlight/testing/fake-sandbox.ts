import type { Language, Sandbox, SandboxJob, SandboxRun, SandboxStatus, StepOutcome } from '../src/index.ts';
import { LANGUAGES } from '../src/index.ts';

type Answer = (job: SandboxJob, signal?: AbortSignal) => SandboxRun | Promise<SandboxRun>;

/** A sandbox driven by hand: it runs nothing, keeps each job it was given and answers what it was told to. */
export class FakeSandbox implements Sandbox {
  readonly name = 'fake';
  readonly languages: readonly Language[];
  readonly jobs: SandboxJob[] = [];
  readonly #answer: Answer;

  constructor(answer: Answer, languages: readonly Language[] = LANGUAGES) {
    this.#answer = answer;
    this.languages = languages;
  }

  /** One that answers these outcomes, in order, to every job. */
  static answering(...outcomes: readonly StepOutcome[]): FakeSandbox {
    return new FakeSandbox(() => ({ status: 'ran', outcomes }));
  }

  async run(job: SandboxJob, signal?: AbortSignal): Promise<SandboxRun> {
    this.jobs.push(job);
    signal?.throwIfAborted();
    return this.#answer(job, signal);
  }

  status(): SandboxStatus {
    return { name: this.name, languages: this.languages, parked: 0, busy: 0, problems: [], refused: [] };
  }

  async close(): Promise<void> {}
}
