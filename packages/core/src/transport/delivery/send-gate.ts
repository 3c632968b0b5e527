/**
 * Whether the collector may be sent something now.
 *
 * Owns: pausing after a failure that may pass, trying again, stopping after a refusal. Leaves to its users what is sent, and to
 * HttpClient the attempts within one request.
 *
 * 1. A failure that may pass closes the gate for all, for the delay or for as long as the collector asked, never less.
 * 2. After a pause exactly one user is let through; its success opens the gate, its failure begins a longer pause. So an
 *    outage costs one request at a time, and never ends the trying.
 * 3. Failures of those who were let through before a pause do not lengthen it; their successes end it.
 * 4. Once refused or ended, nobody is let through, and whoever waits is told so.
 */
import type { Clock } from '../../clock.ts';

/** Given back by `enter`; hand it to `succeeded` or `failed`, or `leave` without having sent. */
export interface Pass {
  readonly generation: number;
  readonly probe: boolean;
}

export type GateStateName = 'open' | 'paused' | 'probing' | 'refused' | 'ended';

type State =
  | { readonly name: 'open' }
  | { readonly name: 'paused'; readonly failures: number; readonly until: number; readonly cancel: () => void }
  | { readonly name: 'ready-to-probe'; readonly failures: number }
  | { readonly name: 'probing'; readonly failures: number }
  | { readonly name: 'refused' }
  | { readonly name: 'ended' };

export interface SendGateOptions {
  readonly clock: Clock;
  /** Milliseconds of the pause after so many failures before it, 0 for the first. */
  readonly delayMs: (failures: number) => number;
}

export class SendGate {
  readonly #options: SendGateOptions;
  #state: State = { name: 'open' };
  #waiting: (() => void)[] = [];
  #generation = 0;
  #pauses = 0;
  /** Set while closing: a pause past it cannot help. */
  #closeBy: { readonly at: number; readonly onHopeless: () => void } | null = null;

  constructor(options: SendGateOptions) {
    this.#options = options;
  }

  get state(): GateStateName {
    return this.#state.name === 'ready-to-probe' ? 'paused' : this.#state.name;
  }

  /** Times that it closed for a while. */
  get pauses(): number {
    return this.#pauses;
  }

  /** Waits until something may be sent; null when nothing ever will be. */
  async enter(): Promise<Pass | null> {
    for (;;) {
      switch (this.#state.name) {
        case 'open':
          return { generation: this.#generation, probe: false };
        case 'ready-to-probe':
          this.#state = { name: 'probing', failures: this.#state.failures };
          return { generation: this.#generation, probe: true };
        case 'refused':
        case 'ended':
          return null;
        case 'paused':
        case 'probing':
          await new Promise<void>((resolve) => this.#waiting.push(resolve));
      }
    }
  }

  succeeded(): void {
    const { name } = this.#state;
    if (name === 'refused' || name === 'ended' || name === 'open') return;
    if (this.#state.name === 'paused') this.#state.cancel();
    this.#become({ name: 'open' });
  }

  /** The pass was not used, or what came of it says nothing about the collector. */
  leave(pass: Pass): void {
    if (pass.probe && pass.generation === this.#generation && this.#state.name === 'probing')
      this.#become({ name: 'ready-to-probe', failures: this.#state.failures });
  }

  /**
   * A failure that may pass. True when it began a pause.
   *
   * @param atLeastMs how long the collector asked to wait
   */
  failed(pass: Pass, atLeastMs = 0): boolean {
    if (pass.generation !== this.#generation) return false;
    const { name } = this.#state;
    if (name !== 'open' && !(name === 'probing' && pass.probe)) return false;
    const failures = this.#state.name === 'probing' ? this.#state.failures : 0;
    this.#pause(failures + 1, Math.max(this.#options.delayMs(failures), atLeastMs));
    return true;
  }

  /** Nothing more is sent. False when that was so already. */
  refuse(): boolean {
    return this.#stop({ name: 'refused' });
  }

  end(): void {
    this.#stop({ name: 'ended' });
  }

  /** Ends a pause now, and from now on gives up at once when a pause would last longer than until `at`. */
  hurry(at: number, onHopeless: () => void): void {
    this.#closeBy = { at, onHopeless };
    if (this.#state.name !== 'paused') return;
    this.#state.cancel();
    this.#become({ name: 'ready-to-probe', failures: this.#state.failures });
  }

  #pause(failures: number, ms: number): void {
    const { clock } = this.#options;
    const until = clock.now() + ms;
    this.#pauses += 1;
    this.#generation += 1;
    this.#sleepUntil(until, failures);
    if (this.#closeBy !== null && until > this.#closeBy.at) this.#closeBy.onHopeless();
  }

  /** In as many timers as it takes: one may be shorter than asked for. */
  #sleepUntil(until: number, failures: number): void {
    const { clock } = this.#options;
    const cancel = clock.schedule(Math.max(0, until - clock.now()), () => {
      if (clock.now() < until) this.#sleepUntil(until, failures);
      else this.#become({ name: 'ready-to-probe', failures });
    });
    this.#state = { name: 'paused', failures, until, cancel };
  }

  #stop(state: State & { name: 'refused' | 'ended' }): boolean {
    if (this.#state.name === 'refused' || this.#state.name === 'ended') return false;
    if (this.#state.name === 'paused') this.#state.cancel();
    this.#become(state);
    return true;
  }

  #become(state: State): void {
    this.#state = state;
    this.#generation += state.name === 'open' ? 1 : 0;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }
}
