/**
 * One call on its way through waits and attempts, of which exactly one step is under way at any time.
 *
 * Owns: the interruption of the step and its time limit. Leaves to its caller: the order of the steps.
 *
 * 1. `end(reason)` rejects the step under way at once, and every later one before it starts, even when what the step waits
 *    for ignores its interruption.
 * 2. A step that is over holds no timer. One that was ended, or failed, is interrupted, so that nothing it started (a body
 *    half read) goes on; one that succeeded is not.
 */
import type { Clock } from '../clock.ts';

export interface StepLimit {
  readonly ms: number;
  readonly makeError: () => Error;
}

/** How a step learns that it is no longer wanted. */
export interface Interruption {
  /** Aborts then. Made when it is first asked for: an AbortController costs more than all else that a step takes. */
  readonly signal: AbortSignal;
  /** Calls back then; at once when it has happened. For one listener, the last one. */
  onInterrupt(listener: (reason: unknown) => void): void;
}

export class InterruptibleRun {
  readonly #schedule: Clock['schedule'];
  #step: Step | null = null;
  #ended: { readonly reason: unknown } | null = null;

  constructor(schedule: Clock['schedule']) {
    this.#schedule = schedule;
  }

  get ended(): boolean {
    return this.#ended !== null;
  }

  end(reason: unknown): void {
    this.#ended ??= { reason };
    this.#step?.fail(reason);
  }

  /** Starts a step and settles as it does, or rejects when its limit is over or the run ends. */
  step<T>(start: (interruption: Interruption) => Promise<T>, limit: StepLimit | null): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== null) {
        reject(this.#ended.reason);
        return;
      }
      const step = new Step(reject);
      this.#step = step;
      if (limit !== null) step.cancelTimer = this.#schedule(limit.ms, () => step.fail(limit.makeError()));
      const fail = (error: unknown): void => step.fail(error);
      try {
        start(step).then((value) => {
          if (step.close()) resolve(value);
        }, fail);
      } catch (error) {
        fail(error);
      }
    });
  }
}

class Step implements Interruption {
  cancelTimer: (() => void) | null = null;
  readonly #reject: (reason: unknown) => void;
  #over = false;
  #interrupted: { readonly reason: unknown } | null = null;
  #controller: AbortController | null = null;
  #listener: ((reason: unknown) => void) | null = null;

  constructor(reject: (reason: unknown) => void) {
    this.#reject = reject;
  }

  get signal(): AbortSignal {
    if (this.#controller === null) {
      this.#controller = new AbortController();
      if (this.#interrupted !== null) this.#controller.abort(this.#interrupted.reason);
    }
    return this.#controller.signal;
  }

  onInterrupt(listener: (reason: unknown) => void): void {
    if (this.#interrupted === null) this.#listener = listener;
    else listener(this.#interrupted.reason);
  }

  /** False when the step was over already. */
  close(): boolean {
    if (this.#over) return false;
    this.#over = true;
    this.cancelTimer?.();
    return true;
  }

  fail(reason: unknown): void {
    if (!this.close()) return;
    this.#interrupted = { reason };
    this.#reject(reason);
    this.#controller?.abort(reason);
    this.#listener?.(reason);
  }
}
