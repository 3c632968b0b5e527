/**
 * The one place where retry, circuit breaker, bulkhead and time limits are put together.
 *
 * Owns: the order below, the life of each call, the counters. Leaves to its user: the call itself, what its failures mean
 * (`judge`), how long to wait (`retry.delayMs`).
 *
 * From the outside in: retry, breaker, bulkhead, time limit, call.
 *
 * 1. A call is attempted at most `1 + maxRetries` times, and only once when it is not repeatable.
 * 2. Every attempt passes the breaker by itself, so five failed attempts open it, whoever made them. What the breaker or
 *    the bulkhead refuses is not tried again, and no call waits for a retry while the breaker is open.
 * 3. Whoever waited in the bulkhead while the breaker opened is refused, not sent.
 * 4. A hint of the other side (`retryAfterMs`) is never shortened. One that is past the longest wait or the deadline ends
 *    the call with the failure that carried it.
 * 5. The caller's signal ends the call at once with its reason: before, during and between attempts.
 * 6. A call that is over leaves no timer, no listener and no slot behind.
 */
import type { Clock } from '../clock.ts';
import { Bulkhead, type BulkheadOptions, type BulkheadState } from './bulkhead.ts';
import type { Admission, BreakerState, CallOutcome, CircuitBreaker } from './circuit-breaker.ts';
import { AttemptTimedOut, BulkheadFull, CircuitOpen, DeadlineExceeded, PipelineClosed } from './errors.ts';
import { InterruptibleRun, type Interruption, type StepLimit } from './interruptible-run.ts';
import type { RetryBudget, RetryBudgetState } from './retry-budget.ts';

export interface RetrySettings {
  /** Attempts after the first. */
  readonly maxRetries: number;
  /** Milliseconds to wait before the retry, 0 for the first; a longer hint of the other side goes first. */
  readonly delayMs: (retry: number) => number;
  /** The longest hint that is waited for, in milliseconds. */
  readonly longestHintMs: number;
}

/** What a failure means. */
export interface Verdict {
  readonly outcome: CallOutcome;
  /** Whether the same call may succeed when made again. */
  readonly retry: boolean;
  /** How long the other side asks to wait, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
}

export interface CallPipelineOptions {
  readonly retry: RetrySettings;
  readonly breaker: CircuitBreaker;
  readonly bulkhead?: BulkheadOptions | undefined;
  readonly budget: RetryBudget;
  /** Judges what the call rejected with. */
  readonly judge: (error: unknown) => Verdict;
  readonly clock: Clock;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface CallLimits {
  /** Milliseconds for each attempt, from its slot to its result. */
  readonly timeoutMs: number;
  /** Milliseconds for all attempts and waits. */
  readonly totalTimeoutMs: number;
  /** Whether it may be made more than once. */
  readonly repeatable: boolean;
  readonly signal?: AbortSignal | undefined;
}

export interface Attempt {
  /** 1 for the first. */
  readonly number: number;
  /** Comes when the attempt is out of time or no longer wanted. */
  readonly interruption: Interruption;
}

export interface PipelineState {
  readonly attempts: number;
  readonly retries: number;
  readonly breaker: BreakerState;
  readonly bulkhead: BulkheadState;
  readonly budget: RetryBudgetState;
}

const NOT_LET_THROUGH: Verdict = { outcome: 'neutral', retry: false };
const TIMED_OUT: Verdict = { outcome: 'failed', retry: true };
const OUT_OF_TIME: Verdict = { outcome: 'failed', retry: false };

export class CallPipeline {
  readonly #options: CallPipelineOptions;
  readonly #breaker: CircuitBreaker;
  readonly #bulkhead: Bulkhead;
  readonly #underWay = new Set<InterruptibleRun>();
  #closed = false;
  #attempts = 0;
  #retries = 0;

  constructor(options: CallPipelineOptions) {
    this.#options = options;
    this.#breaker = options.breaker;
    this.#bulkhead = new Bulkhead(options.bulkhead, () => options.breaker.concurrencyLimit);
  }

  /**
   * Makes the call until it succeeds, may not be repeated, or the limits are reached; rejects with its last failure.
   *
   * @throws {CircuitOpen | BulkheadFull | AttemptTimedOut | DeadlineExceeded | PipelineClosed}, what the call rejected
   *   with, or the signal's reason
   */
  async run<T>(call: (attempt: Attempt) => Promise<T>, limits: CallLimits): Promise<T> {
    const { signal } = limits;
    signal?.throwIfAborted();
    if (this.#closed) throw new PipelineClosed();
    const run = new InterruptibleRun(this.#options.clock.schedule);
    const onAbort = (): void => run.end(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#underWay.add(run);
    try {
      return await this.#repeat(run, call, limits);
    } finally {
      this.#underWay.delete(run);
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /** Ends what is under way with PipelineClosed, and takes nothing more. */
  close(): void {
    this.#closed = true;
    for (const run of this.#underWay) run.end(new PipelineClosed());
  }

  snapshot(): PipelineState {
    return {
      attempts: this.#attempts,
      retries: this.#retries,
      breaker: this.#breaker.snapshot(),
      bulkhead: this.#bulkhead.snapshot(),
      budget: this.#options.budget.snapshot(),
    };
  }

  async #repeat<T>(run: InterruptibleRun, call: (attempt: Attempt) => Promise<T>, limits: CallLimits): Promise<T> {
    const deadline = this.#options.clock.now() + limits.totalTimeoutMs;
    let previous: unknown;
    this.#options.budget.countCall();
    for (let retry = 0; ; retry += 1) {
      try {
        return await this.#attempt(run, call, retry + 1, limits, deadline);
      } catch (error) {
        if (error instanceof CircuitOpen && retry > 0) throw new CircuitOpen(error.retryAfterMs, { cause: previous });
        const wait = run.ended ? null : this.#waitBeforeRetry(retry, error, limits, deadline);
        if (wait === null) throw error;
        previous = error;
        await run.step(({ signal }) => this.#options.sleep(wait, signal), null);
      }
    }
  }

  async #attempt<T>(
    run: InterruptibleRun,
    call: (attempt: Attempt) => Promise<T>,
    number: number,
    limits: CallLimits,
    deadline: number,
  ): Promise<T> {
    let admission = this.#breaker.admit();
    if (!this.#bulkhead.tryAcquire()) admission = await this.#waitForSlot(run, admission, limits, deadline);
    let outcome: CallOutcome = 'neutral';
    this.#attempts += 1;
    if (number > 1) this.#retries += 1;
    try {
      const limit = this.#timeLimit(limits, deadline, admission);
      const result = await run.step((interruption) => call({ number, interruption }), limit);
      outcome = 'answered';
      return result;
    } catch (error) {
      if (!run.ended) outcome = this.#judge(error).outcome;
      throw error;
    } finally {
      this.#breaker.settle(admission, outcome);
      if (this.#breaker.isOpen) this.#refuseWaiting();
      this.#bulkhead.release();
    }
  }

  /** Waits for a slot; what it returns is the permission that counts by then. */
  async #waitForSlot(
    run: InterruptibleRun,
    admission: Admission,
    limits: CallLimits,
    deadline: number,
  ): Promise<Admission> {
    const limit = {
      ms: Math.max(0, deadline - this.#options.clock.now()),
      makeError: () => new DeadlineExceeded(limits.totalTimeoutMs),
    };
    let granted = false;
    try {
      await run.step(async ({ signal }) => {
        await this.#bulkhead.acquire(signal);
        granted = true;
      }, limit);
      return this.#breaker.stillAdmits(admission) ? admission : this.#breaker.admit();
    } catch (error) {
      this.#breaker.settle(admission, 'neutral');
      if (granted) this.#bulkhead.release();
      throw error;
    }
  }

  #timeLimit(limits: CallLimits, deadline: number, admission: Admission): StepLimit {
    const left = Math.max(0, deadline - this.#options.clock.now());
    const own = admission.probe ? Math.min(limits.timeoutMs, this.#breaker.probeTimeoutMs) : limits.timeoutMs;
    return left < own
      ? { ms: left, makeError: () => new DeadlineExceeded(limits.totalTimeoutMs) }
      : { ms: own, makeError: () => new AttemptTimedOut(own) };
  }

  /** Milliseconds to wait before trying again; null when it is not to be tried again. */
  #waitBeforeRetry(retry: number, error: unknown, limits: CallLimits, deadline: number): number | null {
    const { retry: settings, budget, clock } = this.#options;
    if (!limits.repeatable || retry >= settings.maxRetries) return null;
    const verdict = this.#judge(error);
    if (!verdict.retry || this.#breaker.isOpen) return null;
    const hint = verdict.retryAfterMs;
    if (hint !== undefined && hint > settings.longestHintMs) return null;
    const wait = Math.max(settings.delayMs(retry), hint ?? 0);
    if (clock.now() + wait >= deadline) return null;
    return budget.tryTake() ? wait : null;
  }

  #judge(error: unknown): Verdict {
    if (error instanceof AttemptTimedOut) return TIMED_OUT;
    if (error instanceof DeadlineExceeded) return OUT_OF_TIME;
    if (error instanceof CircuitOpen || error instanceof BulkheadFull || error instanceof PipelineClosed)
      return NOT_LET_THROUGH;
    return this.#options.judge(error);
  }

  #refuseWaiting(): void {
    const { retryAfterMs } = this.#breaker.snapshot();
    this.#bulkhead.refuseWaiting(() => new CircuitOpen(retryAfterMs));
  }
}
