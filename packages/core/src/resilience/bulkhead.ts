/**
 * A bulkhead: so many calls at once, so many waiting, the rest refused.
 *
 * Owns: the slots and the queue for them. Leaves to its caller: the calls, and giving each slot back exactly once.
 *
 * 1. Never more than `maxConcurrent` slots are out, nor more than the lower of it and `limit()` are handed out.
 * 2. Never more than `maxQueued` wait; the next one is refused at once.
 * 3. Waiters are served in the order they came. One that is aborted leaves at once, and leaves nothing behind.
 *
 * Every operation takes the same time however many wait (the queue is a doubly linked list).
 */
import { BulkheadFull } from './errors.ts';

export const BULKHEAD_DEFAULTS = { maxConcurrent: 32, maxQueued: 10_000 } as const;

export interface BulkheadOptions {
  /** Calls at once. Default 32. */
  readonly maxConcurrent?: number | undefined;
  /** Calls that may wait for a slot. Default 10,000. */
  readonly maxQueued?: number | undefined;
}

export interface BulkheadState {
  readonly running: number;
  readonly queued: number;
  /** Calls refused because the queue was full. */
  readonly refused: number;
}

interface Waiter {
  previous: Waiter | null;
  next: Waiter | null;
  readonly grant: () => void;
  readonly refuse: (error: unknown) => void;
}

export class Bulkhead {
  readonly #maxConcurrent: number;
  readonly #maxQueued: number;
  readonly #limit: () => number;
  #first: Waiter | null = null;
  #last: Waiter | null = null;
  #running = 0;
  #queued = 0;
  #refused = 0;

  /** `limit` is asked at each hand-out and can lower `maxConcurrent` for a while, as a breaker's ramp does. */
  constructor(options: BulkheadOptions = {}, limit: () => number = () => Number.POSITIVE_INFINITY) {
    this.#maxConcurrent = options.maxConcurrent ?? BULKHEAD_DEFAULTS.maxConcurrent;
    this.#maxQueued = options.maxQueued ?? BULKHEAD_DEFAULTS.maxQueued;
    this.#limit = limit;
  }

  /** Takes a free slot now; false when there is none, or others wait for it. */
  tryAcquire(): boolean {
    if (this.#queued > 0 || !this.#hasRoom()) return false;
    this.#running += 1;
    return true;
  }

  /**
   * Resolves once a slot is the caller's; rejects with the signal's reason when it aborts first.
   *
   * @throws {BulkheadFull} when as many wait as may
   */
  acquire(signal: AbortSignal): Promise<void> {
    if (this.tryAcquire()) return Promise.resolve();
    if (this.#queued >= this.#maxQueued) {
      this.#refused += 1;
      return Promise.reject(new BulkheadFull(this.#running, this.#queued));
    }
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#remove(waiter);
        reject(signal.reason);
      };
      const waiter: Waiter = {
        previous: this.#last,
        next: null,
        grant: () => {
          signal.removeEventListener('abort', onAbort);
          resolve();
        },
        refuse: (error) => {
          signal.removeEventListener('abort', onAbort);
          reject(error);
        },
      };
      signal.addEventListener('abort', onAbort, { once: true });
      if (this.#last === null) this.#first = waiter;
      else this.#last.next = waiter;
      this.#last = waiter;
      this.#queued += 1;
    });
  }

  /** Gives a slot back, and hands out what is free now. */
  release(): void {
    this.#running -= 1;
    while (this.#first !== null && this.#hasRoom()) {
      const waiter = this.#first;
      this.#remove(waiter);
      this.#running += 1;
      waiter.grant();
    }
  }

  /** Sends everyone who waits away. */
  refuseWaiting(makeError: () => unknown): void {
    while (this.#first !== null) {
      const waiter = this.#first;
      this.#remove(waiter);
      waiter.refuse(makeError());
    }
  }

  snapshot(): BulkheadState {
    return { running: this.#running, queued: this.#queued, refused: this.#refused };
  }

  #hasRoom(): boolean {
    return this.#running < Math.min(this.#maxConcurrent, this.#limit());
  }

  #remove(waiter: Waiter): void {
    if (waiter.previous === null) this.#first = waiter.next;
    else waiter.previous.next = waiter.next;
    if (waiter.next === null) this.#last = waiter.previous;
    else waiter.next.previous = waiter.previous;
    this.#queued -= 1;
  }
}
