/**
 * A queue in this process's memory, unbounded or bounded by count and bytes.
 *
 * Owns the items between `put` and `get` and whoever waits for either. Leaves to its users what the items are: it neither
 * copies nor looks into them (`sizeOf` apart), so whoever goes on changing an item must put a snapshot.
 *
 * Invariants:
 * 1. First in, first out, also among those who wait; a put that waits is never overtaken by a later one.
 * 2. size ≤ maxItems and bytes ≤ maxBytes, always.
 * 3. accepted = taken + dropped + size: an accepted item goes to one `get` or, under `drop-oldest`, is counted as dropped.
 * 4. Somebody waits to get only while the queue is empty, to put only while it is not.
 * 5. Nothing is accepted after `close`; what was accepted before can still be taken.
 */
import type { Queue, QueueGet, QueueWaitOptions } from './base.ts';
import { ChunkedList } from './chunked-list.ts';
import { QueueClosed, QueueFull, QueueItemUnfit, QueueOptionInvalid } from './errors.ts';
import { WaitingLine } from './waiting-line.ts';

/**
 * What `put` does when there is no room.
 *
 * - `block`: waits for its turn; the waiting items are held by their callers, outside of the bounds
 * - `reject`: rejects with QueueFull
 * - `drop-oldest`: makes room by throwing away the oldest items
 */
export type FullPolicy = 'block' | 'reject' | 'drop-oldest';

/**
 * What became of `tryPut`: `full` (no room, or others wait before it), `closed`, or `unfit` (larger than the whole queue,
 * or `sizeOf` gave no number of bytes).
 */
export type PutOutcome = 'queued' | 'full' | 'closed' | 'unfit';

export interface InMemoryQueueOptions<T> {
  /** Most items inside, 1 or more. Default: no bound. */
  readonly maxItems?: number | undefined;
  /** Bound by weight. Default: none. */
  readonly weight?: QueueWeight<T> | undefined;
  /** Default `block`. */
  readonly whenFull?: FullPolicy | undefined;
  /** Told of every item that `drop-oldest` threw away, after the new one is inside; what it throws, the put fails with. */
  readonly onDrop?: ((item: T) => void) | undefined;
}

export interface QueueWeight<T> {
  /** Most bytes inside, by `sizeOf`. */
  readonly maxBytes: number;
  /** Bytes of an item, a whole number of 0 or more; asked once, when the item is put. */
  readonly sizeOf: (item: T) => number;
}

export interface QueueCounters {
  /** Items inside now. */
  readonly size: number;
  /** Bytes inside now, by `sizeOf`; 0 for a queue without `weight`. */
  readonly bytes: number;
  /** Items that were let in, since the start. */
  readonly accepted: number;
  /** Items that a `get` took, since the start. */
  readonly taken: number;
  /** Accepted items that `drop-oldest` threw away, since the start. */
  readonly dropped: number;
  /** Items not let in because there was no room or they did not fit, since the start. Not those refused after `close`. */
  readonly rejected: number;
  /** Calls that wait now. */
  readonly waitingPuts: number;
  readonly waitingGets: number;
}

interface Entry<T> {
  readonly item: T;
  readonly bytes: number;
}

const END: { readonly done: true } = { done: true };

export class InMemoryQueue<T> implements Queue<T> {
  readonly #items = new ChunkedList<T>();
  /** Bytes of each item, in the same order; null where nobody counts them. */
  readonly #sizes: ChunkedList<number> | null;
  readonly #getters = new WaitingLine<null, QueueGet<T>>();
  readonly #putters = new WaitingLine<Entry<T>, undefined>(() => this.#admitWaiting());
  readonly #maxItems: number;
  readonly #weight: QueueWeight<T> | undefined;
  readonly #bounded: boolean;
  readonly #whenFull: FullPolicy;
  readonly #onDrop: ((item: T) => void) | undefined;
  /** The answer of every put that did not have to wait. */
  readonly #accept: Promise<void> = Promise.resolve();
  #closed = false;
  #bytes = 0;
  /** Items that went from a put to a waiting get, never inside. */
  #passedOn = 0;
  #dropped = 0;
  #rejected = 0;

  /** @throws QueueOptionInvalid for a bound that is not a number in its range. */
  constructor(options: InMemoryQueueOptions<T> = {}) {
    const { maxItems = Number.POSITIVE_INFINITY, weight, whenFull = 'block', onDrop } = options;
    if (!(maxItems >= 1)) throw new QueueOptionInvalid('maxItems', maxItems, 'a number of 1 or more');
    if (weight !== undefined && !(weight.maxBytes >= 0)) {
      throw new QueueOptionInvalid('weight.maxBytes', weight.maxBytes, 'a number of bytes, 0 or more');
    }
    this.#maxItems = maxItems;
    this.#weight = weight;
    this.#bounded = weight !== undefined || maxItems !== Number.POSITIVE_INFINITY;
    this.#sizes = weight === undefined ? null : new ChunkedList();
    this.#whenFull = whenFull;
    this.#onDrop = onDrop;
  }

  /** @throws QueueFull, QueueItemUnfit, QueueClosed, or the signal's reason; the item is then not inside. */
  put(item: T, options?: QueueWaitOptions): Promise<void> {
    const signal = options?.signal;
    if (signal?.aborted) return Promise.reject(signal.reason);
    try {
      const bytes = this.#weigh(item);
      const outcome = this.#offer(item, bytes);
      return outcome === 'queued' ? this.#accept : this.#refuse(outcome, { item, bytes }, signal);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * `put` that does not wait, under any policy; under `drop-oldest` it is never `full`.
   *
   * @throws only what `sizeOf` or `onDrop` throws.
   */
  tryPut(item: T): PutOutcome {
    // The usual case, first: it is all that a queue without bounds costs its callers.
    if (!this.#bounded && !this.#closed && this.#getters.length === 0) {
      this.#items.push(item);
      return 'queued';
    }
    const outcome = this.#offer(item, this.#weigh(item));
    if (outcome === 'full' || outcome === 'unfit') this.#rejected += 1;
    return outcome;
  }

  /** @throws the signal's reason. */
  get(options?: QueueWaitOptions): Promise<QueueGet<T>> {
    const signal = options?.signal;
    if (signal?.aborted) return Promise.reject(signal.reason);
    const next = this.tryGet();
    return next === null ? this.#getters.join(null, signal) : Promise.resolve(next);
  }

  tryGet(): QueueGet<T> | null {
    if (this.#items.length === 0) return this.#closed ? END : null;
    const item = this.#items.shift();
    if (this.#bounded) {
      if (this.#sizes !== null) this.#bytes -= this.#sizes.shift();
      this.#admitWaiting();
    }
    return { done: false, item };
  }

  /** Refuses the puts that wait (QueueClosed) and ends the gets that wait. */
  close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      this.#putters.refuseAll(new QueueClosed());
      this.#getters.serveAll(END);
    }
    return this.#accept;
  }

  size(): number {
    return this.#items.length;
  }

  counters(): QueueCounters {
    const size = this.size();
    const accepted = this.#items.pushed + this.#passedOn;
    return {
      size,
      bytes: this.#bytes,
      accepted,
      taken: accepted - this.#dropped - size,
      dropped: this.#dropped,
      rejected: this.#rejected,
      waitingPuts: this.#putters.length,
      waitingGets: this.#getters.length,
    };
  }

  #weigh(item: T): number {
    return this.#weight === undefined ? 0 : this.#weight.sizeOf(item);
  }

  #offer(item: T, bytes: number): PutOutcome {
    if (this.#closed) return 'closed';
    if (this.#bounded) {
      if (this.#weight !== undefined && !fits(bytes, this.#weight.maxBytes)) return 'unfit';
      if (!this.#hasRoom(bytes) || this.#putters.length > 0) {
        if (this.#whenFull !== 'drop-oldest') return 'full';
        this.#replaceOldest(item, bytes);
        return 'queued';
      }
    }
    this.#add(item, bytes);
    return 'queued';
  }

  #refuse(outcome: 'full' | 'closed' | 'unfit', entry: Entry<T>, signal: AbortSignal | undefined): Promise<void> {
    if (outcome === 'closed') throw new QueueClosed();
    if (outcome === 'full' && this.#whenFull === 'block') return this.#putters.join(entry, signal);
    this.#rejected += 1;
    throw outcome === 'full'
      ? new QueueFull(this.size(), this.#bytes)
      : new QueueItemUnfit(entry.bytes, this.#weight?.maxBytes ?? 0);
  }

  #hasRoom(bytes: number): boolean {
    if (this.#items.length + 1 > this.#maxItems) return false;
    return this.#weight === undefined || this.#bytes + bytes <= this.#weight.maxBytes;
  }

  #add(item: T, bytes: number): void {
    if (this.#getters.length > 0) {
      this.#passedOn += 1;
      this.#getters.serve({ done: false, item });
      return;
    }
    this.#items.push(item);
    if (this.#sizes !== null) {
      this.#sizes.push(bytes);
      this.#bytes += bytes;
    }
  }

  #replaceOldest(item: T, bytes: number): void {
    const dropped: T[] = [];
    while (!this.#hasRoom(bytes)) {
      dropped.push(this.#items.shift());
      if (this.#sizes !== null) this.#bytes -= this.#sizes.shift();
    }
    this.#dropped += dropped.length;
    this.#add(item, bytes);
    if (this.#onDrop !== undefined) for (const old of dropped) this.#onDrop(old);
  }

  #admitWaiting(): void {
    for (let next = this.#putters.first(); next !== null; next = this.#putters.first()) {
      if (!this.#hasRoom(next.ask.bytes)) return;
      const { item, bytes } = next.ask;
      this.#putters.serve(undefined);
      this.#add(item, bytes);
    }
  }
}

/** Whole bytes only: fractions would add up to a drift. */
function fits(bytes: number, maxBytes: number): boolean {
  return Number.isSafeInteger(bytes) && bytes >= 0 && bytes <= maxBytes;
}
