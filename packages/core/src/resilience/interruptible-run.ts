/**
 * One call on its way through waits and attempts, of which exactly one step is under way at any time.
 *
 * Owns: the step's AbortSignal and its time limit. Leaves to its caller: the order of the steps.
 *
 * 1. `end(reason)` rejects the step under way at once, and every later one before it starts, even when what the step waits
 *    for ignores its signal.
 * 2. A step that is over holds no timer. One that was ended, or failed, has its signal aborted, so that nothing it started
 *    (a body half read) goes on; one that succeeded has not.
 */
import type { Clock } from '../clock.ts';

export interface StepLimit {
  readonly ms: number;
  readonly makeError: () => Error;
}

export class InterruptibleRun {
  readonly #schedule: Clock['schedule'];
  #interrupt: ((reason: unknown) => void) | null = null;
  #ended: { readonly reason: unknown } | null = null;

  constructor(schedule: Clock['schedule']) {
    this.#schedule = schedule;
  }

  get ended(): boolean {
    return this.#ended !== null;
  }

  end(reason: unknown): void {
    this.#ended ??= { reason };
    this.#interrupt?.(reason);
  }

  /** Starts a step and settles as it does, or rejects when its limit is over or the run ends. */
  step<T>(start: (signal: AbortSignal) => Promise<T>, limit: StepLimit | null): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== null) {
        reject(this.#ended.reason);
        return;
      }
      const controller = new AbortController();
      let cancelTimer: (() => void) | null = null;
      /** False when the step was over already. */
      const close = (): boolean => {
        if (this.#interrupt !== interrupt) return false;
        this.#interrupt = null;
        cancelTimer?.();
        return true;
      };
      const interrupt = (reason: unknown): void => {
        if (!close()) return;
        reject(reason);
        controller.abort(reason);
      };
      const fail = (error: unknown): void => {
        if (!close()) return;
        reject(error);
        controller.abort(error);
      };
      this.#interrupt = interrupt;
      if (limit !== null) cancelTimer = this.#schedule(limit.ms, () => interrupt(limit.makeError()));
      try {
        start(controller.signal).then((value) => {
          if (close()) resolve(value);
        }, fail);
      } catch (error) {
        fail(error);
      }
    });
  }
}
