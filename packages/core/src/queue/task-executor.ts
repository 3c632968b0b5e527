/**
 * Workers that take items from a queue and hand each to a handler.
 *
 * Owns the workers, the retries of a failed handler and the queue's end (stopping or aborting closes the queue). Leaves to
 * the queue its bounds and order, and to `onError` what becomes of an item that was given up.
 *
 * Invariants:
 * 1. At most `workerCount` handlers run at once; with one worker items are handled in the order of the queue, and a
 *    retried item holds back those behind it.
 * 2. An item that was taken is settled exactly once: its handler succeeded, or `onError` was told.
 * 3. A handler is called at most 1 + maxRetries times for an item.
 * 4. A worker outlives whatever a handler or `onError` throws.
 * 5. Items that no worker took before an abort stay in the queue, where their owner can still take them.
 */
import { sleep as realSleep } from '../sleep.ts';
import type { Queue, QueueGet } from './base.ts';
import { ExecutorBusy, ExecutorStopped, QueueOptionInvalid } from './errors.ts';
import { EventLoopTurns } from './event-loop-turns.ts';
import type { StopOptions, TaskCounts, TaskExecutorOptions, TaskHandler } from './task-executor-options.ts';
import { isWorthRetrying } from './worth-retrying.ts';

const DEFAULT_WORKER_COUNT = 1;
const DEFAULT_MAX_RETRIES = 3;
const DEFAULT_RETRY_DELAY_MS = 1_000;
const MAX_RETRY_DELAY_MS = 60_000;
const RETRY_MULTIPLIER = 2;
const DEFAULT_GRACE_MS = 1_000;

/** Items between two looks at the clock: a look costs about as much as an item. */
const ITEMS_BETWEEN_LOOKS = 64;

/** In the place of a worker's item: it has none. */
const IDLE = Symbol('idle');

const END: { readonly done: true } = { done: true };

/** What was asked of the executor so far; `ended` settles when its last worker has. */
type State =
  | { readonly phase: 'new' }
  | { readonly phase: 'started'; readonly ended: Promise<unknown> }
  | { readonly phase: 'stopped'; readonly ended: Promise<unknown> };

export class TaskExecutor<T> {
  readonly #queue: Queue<T>;
  readonly #handler: TaskHandler<T>;
  readonly #workerCount: number;
  readonly #maxRetries: number;
  readonly #retryDelayMs: number;
  readonly #onError: TaskExecutorOptions<T>['onError'];
  readonly #shouldRetry: (error: unknown) => boolean;
  readonly #sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly #random: () => number;
  readonly #outerSignal: AbortSignal | undefined;
  readonly #controller = new AbortController();
  readonly #signal = this.#controller.signal;
  readonly #turns = new EventLoopTurns();
  #state: State = { phase: 'new' };
  /** `#signal.aborted`, without its getter's cost for every item. */
  #aborted = false;
  /** Workers that have an item. */
  #running = 0;
  #handled = 0;
  #failed = 0;
  #retries = 0;
  #onErrorFailures = 0;

  /** @throws QueueOptionInvalid for a number outside its range. */
  constructor(queue: Queue<T>, handler: TaskHandler<T>, options: TaskExecutorOptions<T> = {}) {
    this.#queue = queue;
    this.#handler = handler;
    this.#workerCount = wholeNumber('workerCount', options.workerCount ?? DEFAULT_WORKER_COUNT, 1);
    this.#maxRetries = wholeNumber('maxRetries', options.maxRetries ?? DEFAULT_MAX_RETRIES, 0);
    this.#retryDelayMs = options.retryDelayMs ?? DEFAULT_RETRY_DELAY_MS;
    if (!(this.#retryDelayMs >= 0)) throw new QueueOptionInvalid('retryDelayMs', this.#retryDelayMs, '0 or more');
    this.#onError = options.onError;
    this.#shouldRetry = options.shouldRetry ?? isWorthRetrying;
    this.#sleep = options.sleep ?? realSleep;
    this.#random = options.random ?? Math.random;
    this.#outerSignal = options.signal;
  }

  /**
   * Starts the workers. A second call does nothing.
   *
   * @throws ExecutorStopped after `stop` or `abort`.
   */
  start(): void {
    if (this.#state.phase === 'started') return;
    if (this.#state.phase === 'stopped') throw new ExecutorStopped();
    if (this.#outerSignal?.aborted) {
      this.#onOuterAbort();
      return;
    }
    // Not within this call: a handler that stops the executor at once finds it started.
    const workers = Array.from({ length: this.#workerCount }, () => Promise.resolve().then(() => this.#work()));
    this.#state = { phase: 'started', ended: Promise.all(workers).finally(this.#stopListening) };
    ignoreUntilAwaited(this.#state.ended);
    this.#outerSignal?.addEventListener('abort', this.#onOuterAbort, { once: true });
  }

  /**
   * Closes the queue and resolves once every item in it is settled, retries included. Never started, it only closes the
   * queue. May be called again, also with a signal that ends a drain already under way. Not to be awaited in a handler,
   * which it would wait for.
   *
   * @throws ExecutorBusy when handlers go on although aborted; what the queue's own `get` or `close` rejected with.
   */
  async stop({ signal, graceMs = DEFAULT_GRACE_MS }: StopOptions = {}): Promise<void> {
    const ended = this.#close();
    if (signal !== undefined && !(await settlesBefore(ended, signal))) this.abort(signal.reason);
    if (this.#aborted) await this.#awaitAborted(ended, graceMs);
    else await ended;
  }

  /**
   * Takes no more items, aborts the handlers' signal and ends the waits before retries; an item so interrupted is given
   * up. Returns at once: await `stop` for the end.
   */
  abort(reason: unknown = new DOMException('The executor was aborted', 'AbortError')): void {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#controller.abort(reason);
    void this.#close();
  }

  counts(): TaskCounts {
    return {
      handled: this.#handled,
      failed: this.#failed,
      retries: this.#retries,
      running: this.#running,
      onErrorFailures: this.#onErrorFailures,
    };
  }

  /**
   * One worker, from start to end. Callbacks instead of a loop with `await`, which cost a third more for each item.
   */
  #work(): Promise<void> {
    return new Promise((resolve, reject) => {
      let item: T | typeof IDLE = IDLE;
      const takeNext = (): void => {
        const next = this.#aborted ? END : (this.#queue.tryGet?.() ?? null);
        if (next !== null && !next.done) {
          item = next.item;
          this.#call(item).then(onSuccess, onFailure);
          return;
        }
        item = IDLE;
        this.#running -= 1;
        if (next === null) this.#waitForItem().then(handle, reject);
        else resolve();
      };
      const handle = (next: QueueGet<T>): void => {
        if (next.done) return resolve();
        item = next.item;
        this.#call(item).then(onSuccess, onFailure);
      };
      const onSuccess = (): void => {
        const handled = this.#handled + 1;
        this.#handled = handled;
        const turn = handled % ITEMS_BETWEEN_LOOKS === 0 ? this.#turns.look() : null;
        if (turn === null) takeNext();
        else giveTurn(turn);
      };
      const onFailure = (cause: unknown): void => {
        if (item === IDLE) return;
        this.#recover(item, cause).then(() => giveTurn(this.#turns.look()), reject);
      };
      const giveTurn = (turn: Promise<void> | null): void => {
        this.#running -= 1;
        Promise.resolve(turn).then(begin, reject);
      };
      const begin = (): void => {
        this.#running += 1;
        takeNext();
      };
      begin();
    });
  }

  /** An item that arrives together with an abort is given up here: its handler is not called any more. */
  async #waitForItem(): Promise<QueueGet<T>> {
    const next = await this.#queue.get();
    if (next.done) return END;
    this.#running += 1;
    if (!this.#aborted) return next;
    await this.#giveUp(next.item, this.#signal.reason);
    this.#running -= 1;
    return END;
  }

  /** The handler's promise, whatever it returns or throws. */
  #call(item: T): Promise<void> {
    try {
      const result = this.#handler(item, this.#signal);
      return result instanceof Promise ? result : Promise.resolve(result);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** After a failed call: tries again as often as it may, then gives the item up. Never rejects. */
  async #recover(item: T, firstError: unknown): Promise<void> {
    let error = firstError;
    try {
      for (let retry = 0; retry < this.#maxRetries && !this.#aborted && this.#shouldRetry(error); retry += 1) {
        await this.#sleep(this.#delayBefore(retry), this.#signal);
        this.#retries += 1;
        try {
          await this.#handler(item, this.#signal);
          this.#handled += 1;
          return;
        } catch (nextError) {
          error = nextError;
        }
      }
    } catch {
      // The wait was aborted, or shouldRetry threw: the handler's own error says more than either.
    }
    await this.#giveUp(item, error);
  }

  async #giveUp(item: T, error: unknown): Promise<void> {
    try {
      await this.#onError?.(error, item);
    } catch {
      this.#onErrorFailures += 1;
    }
    this.#failed += 1;
  }

  #delayBefore(retry: number): number {
    const full = Math.min(this.#retryDelayMs * RETRY_MULTIPLIER ** retry, MAX_RETRY_DELAY_MS);
    return full * (0.5 + this.#random() / 2);
  }

  #close(): Promise<unknown> {
    if (this.#state.phase === 'stopped') return this.#state.ended;
    const workers = this.#state.phase === 'started' ? this.#state.ended : undefined;
    const ended = Promise.all([this.#queue.close(), workers]);
    ignoreUntilAwaited(ended);
    this.#state = { phase: 'stopped', ended };
    return ended;
  }

  async #awaitAborted(ended: Promise<unknown>, graceMs: number): Promise<void> {
    const grace = new AbortController();
    const graceOver = realSleep(graceMs, grace.signal).then(
      () => true,
      () => false,
    );
    try {
      const late = await Promise.race([ended.then(() => false), graceOver]);
      if (late) throw new ExecutorBusy(this.counts().running, graceMs);
    } finally {
      grace.abort();
    }
  }

  readonly #onOuterAbort = (): void => this.abort(this.#outerSignal?.reason);
  readonly #stopListening = (): void => this.#outerSignal?.removeEventListener('abort', this.#onOuterAbort);
}

/** A rejection is for whoever awaits `stop`, maybe later: until then it is no unhandled one. */
function ignoreUntilAwaited(promise: Promise<unknown>): void {
  promise.catch(() => {});
}

/** False when the signal aborted first. */
function settlesBefore(work: Promise<unknown>, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => resolve(false);
    work.finally(() => signal.removeEventListener('abort', onAbort)).then(() => resolve(true), reject);
    if (signal.aborted) resolve(false);
    else signal.addEventListener('abort', onAbort, { once: true });
  });
}

function wholeNumber(option: string, value: number, least: number): number {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new QueueOptionInvalid(option, value, `a whole number of ${least} or more`);
  }
  return value;
}
