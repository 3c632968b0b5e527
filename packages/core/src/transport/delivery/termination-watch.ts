/**
 * Asks the collector now and then whether the run that is going on shall end: a program that sends no spans for a while hears
 * of it too.
 *
 * 1. At most one question is under way, about one run: the one that was started last and has not been finished.
 * 2. A question that fails means nothing; nothing is asked while the collector cannot be reached.
 */
import type { Clock } from '../../clock.ts';
import type { AgentInstanceClient } from '../http/agent-instance-client.ts';
import type { AgentRun } from './agent-run.ts';

const TERMINATED = 'terminated';

export interface TerminationWatchOptions {
  readonly client: AgentInstanceClient;
  readonly clock: Clock;
  /** Milliseconds from an answer to the next question. */
  readonly everyMs: number;
  /** Whether to ask at all now. */
  readonly isReachable: () => boolean;
  readonly terminate: (run: AgentRun, reason: string) => void;
}

export class TerminationWatch {
  readonly #options: TerminationWatchOptions;
  readonly #stopped = new AbortController();
  #run: AgentRun | null = null;
  #cancel: (() => void) | null = null;

  constructor(options: TerminationWatchOptions) {
    this.#options = options;
  }

  /** From now on about this run, which has started. */
  watch(run: AgentRun): void {
    this.#run = run;
    this.#plan();
  }

  /** No more about this run. */
  leave(run: AgentRun): void {
    if (this.#run === run) this.#run = null;
  }

  stop(): void {
    this.#run = null;
    this.#cancel?.();
    this.#cancel = null;
    this.#stopped.abort();
  }

  #plan(): void {
    const { clock, everyMs } = this.#options;
    if (!this.#stopped.signal.aborted) this.#cancel ??= clock.schedule(everyMs, () => void this.#ask());
  }

  async #ask(): Promise<void> {
    const run = this.#run;
    if (run !== null && run.state.name === 'started' && this.#options.isReachable()) {
      const reason = await this.#reasonToEnd(run.state.id);
      if (reason !== null) {
        this.leave(run);
        this.#options.terminate(run, reason);
      }
    }
    this.#cancel = null;
    if (this.#run !== null) this.#plan();
  }

  async #reasonToEnd(id: string): Promise<string | null> {
    try {
      const { details } = await this.#options.client.get(id, { signal: this.#stopped.signal });
      if (typeof details.termination_reason === 'string') return details.termination_reason;
      return details.status === TERMINATED ? 'the collector has ended it' : null;
    } catch {
      return null;
    }
  }
}
