/** A bounded line before a bounded number of places. */
import { SandboxSaturated } from './errors.ts';

export interface RunLineOptions {
  readonly driver: string;
  /** Runs at once. */
  readonly maxConcurrent: number;
  /** Runs that may wait for their turn; the next one is refused. */
  readonly maxWaiting: number;
  /** Seconds after which a refused run is worth another try. */
  readonly retryAfterSeconds: () => number;
}

export class RunLine {
  readonly #options: RunLineOptions;
  readonly #waiting = new Set<() => void>();
  #busy = 0;

  constructor(options: RunLineOptions) {
    this.#options = options;
  }

  /** Runs that have a place, now. */
  get busy(): number {
    return this.#busy;
  }

  /**
   * Does the work once there is a place for it.
   *
   * @throws SandboxSaturated when the line is full; the signal's reason when it aborts while it waits
   */
  async pass<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    await this.#place(signal);
    try {
      return await work();
    } finally {
      this.#busy -= 1;
      const [next] = this.#waiting;
      next?.();
    }
  }

  async #place(signal: AbortSignal): Promise<void> {
    const { driver, maxConcurrent, maxWaiting, retryAfterSeconds } = this.#options;
    signal.throwIfAborted();
    if (this.#busy >= maxConcurrent) {
      if (this.#waiting.size >= maxWaiting) throw new SandboxSaturated(driver, this.#waiting.size, retryAfterSeconds());
      await this.#turn(signal);
      return;
    }
    this.#busy += 1;
  }

  /** Waits; the place is taken in the moment that it is given. */
  async #turn(signal: AbortSignal): Promise<void> {
    const turn = Promise.withResolvers<void>();
    const leave = () => {
      this.#waiting.delete(come);
      turn.reject(signal.reason);
    };
    const come = () => {
      this.#waiting.delete(come);
      signal.removeEventListener('abort', leave);
      this.#busy += 1;
      turn.resolve();
    };
    this.#waiting.add(come);
    signal.addEventListener('abort', leave, { once: true });
    await turn.promise;
  }
}
