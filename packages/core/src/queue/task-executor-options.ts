/**
 * Handles one item. The signal aborts when the executor does; a handler that heeds it makes `stop` quick.
 * It is the same signal for all items of an executor: remove listeners that outlast the item.
 */
export type TaskHandler<T> = (item: T, signal: AbortSignal) => void | Promise<void>;

export interface TaskExecutorOptions<T> {
  /** Handlers at once, 1 or more. Default 1. */
  readonly workerCount?: number | undefined;
  /** Calls of the handler after a first that failed, 0 or more. Default 3; 0 where the handler retries by itself. */
  readonly maxRetries?: number | undefined;
  /**
   * Wait before the first retry, in ms, 0 or more. Default 1000. The n-th retry (from 0) waits
   * `min(retryDelayMs · 2^n, 60000) × (0.5 + random()/2)`.
   */
  readonly retryDelayMs?: number | undefined;
  /**
   * Told once of each item that is given up, with the last error. Awaited before the worker goes on; what it throws is
   * counted and otherwise ignored. Without it, given up items show in `counts().failed` only.
   */
  readonly onError?: ((error: unknown, item: T) => void | Promise<void>) | undefined;
  /** Which failures to try again. Default: `isWorthRetrying`. */
  readonly shouldRetry?: ((error: unknown) => boolean) | undefined;
  /** Aborts the executor when it aborts. */
  readonly signal?: AbortSignal | undefined;
  /** Default: `sleep` of this package. */
  readonly sleep?: ((ms: number, signal: AbortSignal) => Promise<void>) | undefined;
  /** Default: `Math.random`. */
  readonly random?: (() => number) | undefined;
}

export interface StopOptions {
  /** Ends the drain: when it aborts, the executor is aborted. Default: the drain takes as long as it takes. */
  readonly signal?: AbortSignal | undefined;
  /** How long to wait after an abort for handlers to end, in ms. Default 1000. */
  readonly graceMs?: number | undefined;
}

export interface TaskCounts {
  /** Items whose handler succeeded. */
  readonly handled: number;
  /** Items given up. */
  readonly failed: number;
  /** Calls of the handler after a failed one. */
  readonly retries: number;
  /** Items taken and not settled yet. */
  readonly running: number;
  /** Times that `onError` itself failed. */
  readonly onErrorFailures: number;
}
