/**
 * A circuit breaker for one other side.
 *
 * Owns: whether a call may start now. Leaves to its caller: making the call, its time limit, judging its outcome, retrying
 * (call-pipeline.ts does all of that, and is the way to use this).
 *
 * 1. `failureThreshold` failures in a row open it; an answer in between starts the count again.
 * 2. Open, it refuses at once, with the time left. After `openMs` exactly one call is let through as the probe.
 * 3. While the probe is out, the others are refused at once. A probe that is not settled within `probeTimeoutMs` counts as
 *    failed, whether it ever ends or not: a hung probe blocks nobody for ever.
 * 4. An answered probe closes it, a failed one opens it for `openMs` more, one without an outcome hands its turn to the
 *    next call.
 * 5. After closing, `concurrencyLimit` starts at 1 and grows by 1 with each answer (so doubles with each round), until
 *    `rampTo` ends the ramp: whoever waited does not arrive all at once.
 * 6. Outcomes of calls that were let through before it last opened or closed change nothing.
 *
 * Time is monotonic and injected. There are no timers: state moves when it is asked.
 */
import { CircuitOpen } from './errors.ts';

export const BREAKER_DEFAULTS = { failureThreshold: 5, openMs: 60_000, probeTimeoutMs: 10_000, rampTo: 32 } as const;

export interface CircuitBreakerOptions {
  /** Failures in a row that open it. Default 5. */
  readonly failureThreshold?: number | undefined;
  /** Milliseconds from opening to the probe. Default 60,000. */
  readonly openMs?: number | undefined;
  /** Milliseconds that the probe has. Default 10,000. */
  readonly probeTimeoutMs?: number | undefined;
  /** Calls at once at which the ramp after closing ends. Default 32. */
  readonly rampTo?: number | undefined;
  /** Milliseconds, monotonic. Default `performance.now`. */
  readonly now?: (() => number) | undefined;
}

/** `answered`: the other side works. `failed`: it does not. `neutral`: the call says nothing about it (it was aborted). */
export type CallOutcome = 'answered' | 'failed' | 'neutral';

/** The permission for one call; hand it back with its outcome. */
export interface Admission {
  readonly generation: number;
  readonly probe: boolean;
}

export type BreakerStateName = 'closed' | 'open' | 'half-open';

export interface BreakerState {
  readonly state: BreakerStateName;
  /** Failures in a row; 0 unless closed. */
  readonly failures: number;
  /** Milliseconds until a call may be let through; 0 when closed. */
  readonly retryAfterMs: number;
  /** Times that it opened. */
  readonly opened: number;
  /** Calls that it refused. */
  readonly refused: number;
}

type State =
  | { readonly name: 'closed'; failures: number; limit: number }
  | { readonly name: 'open'; readonly until: number }
  | { readonly name: 'half-open'; readonly probeDeadline: number };

export class CircuitBreaker {
  readonly probeTimeoutMs: number;
  readonly #failureThreshold: number;
  readonly #openMs: number;
  readonly #rampTo: number;
  readonly #now: () => number;
  #state: State = { name: 'closed', failures: 0, limit: Number.POSITIVE_INFINITY };
  #generation = 0;
  #opened = 0;
  #refused = 0;

  constructor(options: CircuitBreakerOptions = {}) {
    this.#failureThreshold = options.failureThreshold ?? BREAKER_DEFAULTS.failureThreshold;
    this.#openMs = options.openMs ?? BREAKER_DEFAULTS.openMs;
    this.probeTimeoutMs = options.probeTimeoutMs ?? BREAKER_DEFAULTS.probeTimeoutMs;
    this.#rampTo = options.rampTo ?? BREAKER_DEFAULTS.rampTo;
    this.#now = options.now ?? (() => performance.now());
  }

  /**
   * Lets a call through.
   *
   * @throws {CircuitOpen} with the time left
   */
  admit(): Admission {
    const state = this.#current();
    if (state.name === 'closed') return { generation: this.#generation, probe: false };
    const left = this.#timeLeft(state);
    if (state.name === 'half-open' || left > 0) {
      this.#refused += 1;
      throw new CircuitOpen(left);
    }
    this.#become({ name: 'half-open', probeDeadline: this.#now() + this.probeTimeoutMs });
    return { generation: this.#generation, probe: true };
  }

  /** False when the breaker has opened since: a call that has waited in between must not be made. */
  stillAdmits(admission: Admission): boolean {
    this.#current();
    return admission.generation === this.#generation;
  }

  settle(admission: Admission, outcome: CallOutcome): void {
    const state = this.#current();
    if (admission.generation !== this.#generation) return;
    if (state.name === 'closed') this.#count(state, outcome);
    else if (outcome === 'answered') this.#become({ name: 'closed', failures: 0, limit: 1 });
    else if (outcome === 'failed') this.#open(this.#now() + this.#openMs);
    else this.#become({ name: 'open', until: this.#now() });
  }

  /** How many calls may run at once while it ramps up; at other times it sets no limit of this kind. */
  get concurrencyLimit(): number {
    return this.#state.name === 'closed' ? this.#state.limit : Number.POSITIVE_INFINITY;
  }

  get isOpen(): boolean {
    return this.#state.name === 'open';
  }

  /** Its state and counters now. */
  snapshot(): BreakerState {
    const state = this.#current();
    return {
      state: state.name,
      failures: state.name === 'closed' ? state.failures : 0,
      retryAfterMs: this.#timeLeft(state),
      opened: this.#opened,
      refused: this.#refused,
    };
  }

  #count(state: State & { name: 'closed' }, outcome: CallOutcome): void {
    if (outcome === 'neutral') return;
    if (outcome === 'answered') {
      state.failures = 0;
      state.limit = state.limit + 1 >= this.#rampTo ? Number.POSITIVE_INFINITY : state.limit + 1;
      return;
    }
    state.failures += 1;
    if (state.failures >= this.#failureThreshold) this.#open(this.#now() + this.#openMs);
    else if (state.limit !== Number.POSITIVE_INFINITY) state.limit = Math.max(1, Math.floor(state.limit / 2));
  }

  /** The state after what time alone has changed. */
  #current(): State {
    if (this.#state.name === 'half-open' && this.#now() >= this.#state.probeDeadline)
      this.#open(this.#state.probeDeadline + this.#openMs);
    return this.#state;
  }

  #timeLeft(state: State): number {
    if (state.name === 'closed') return 0;
    const end = state.name === 'open' ? state.until : state.probeDeadline;
    return Math.max(0, end - this.#now());
  }

  #open(until: number): void {
    this.#opened += 1;
    this.#become({ name: 'open', until });
  }

  #become(state: State): void {
    this.#generation += 1;
    this.#state = state;
  }
}
