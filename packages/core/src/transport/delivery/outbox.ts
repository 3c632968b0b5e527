/**
 * Everything that is accepted and not settled.
 *
 * Owns: order, bounds, lanes, and who waits for whom. Leaves to `Delivery` what sending means.
 *
 * 1. An accepted entry is settled once. Until then it is in its lane, with one worker, or waiting for a span.
 * 2. Of one lane at most one entry is with a worker, and entries leave it in the order in which they came; one that has
 *    waited goes before those that came after it.
 * 3. Count and bytes stay within their bounds: the oldest that no worker has makes room.
 * 4. Lanes with something to send take turns. A lane that holds nothing is forgotten.
 */
import { InMemoryQueue } from '../../queue/in-memory-queue.ts';
import { type Entry, type Lane, laneOf } from './delivery-entry.ts';
import { LinkedList } from './linked-list.ts';

export interface OutboxBounds {
  readonly maxItems: number;
  readonly maxBytes: number;
}

export class Outbox {
  /** Lanes that have something to send, each once. */
  readonly ready = new InMemoryQueue<Lane>();
  readonly #bounds: OutboxBounds;
  readonly #now: () => number;
  readonly #lanes = new Map<string, Lane>();
  readonly #byAge = new LinkedList<Entry>();
  readonly #waiting = new Map<string, Set<Entry>>();
  #bytes = 0;
  #active = 0;
  #halted = false;
  #onQuiet: (() => void)[] = [];

  constructor(bounds: OutboxBounds, now: () => number) {
    this.#bounds = bounds;
    this.#now = now;
  }

  get size(): number {
    return this.#byAge.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get laneCount(): number {
    return this.#lanes.size;
  }

  get waitingCount(): number {
    let count = 0;
    for (const entries of this.#waiting.values()) count += entries.size;
    return count;
  }

  /** Everything inside, the oldest first. */
  entries(): Entry[] {
    return [...this.#byAge];
  }

  /** False for one that the whole outbox cannot hold. */
  fits(entry: Entry): boolean {
    return entry.bytes <= this.#bounds.maxBytes;
  }

  /** The oldest that must go for this one to have room; null when there is room, or nothing can go. */
  inTheWay(entry: Entry): Entry | null {
    if (this.size < this.#bounds.maxItems && this.#bytes + entry.bytes <= this.#bounds.maxBytes) return null;
    for (const old of this.#byAge) if (old.place.name !== 'sending') return old;
    return null;
  }

  /** Takes a new entry; there must be room. */
  add(entry: Entry): void {
    const key = laneOf(entry.action, entry.run);
    const lane = this.#lanes.get(key) ?? { key, queue: new LinkedList<Entry>(), waiting: 0, phase: 'idle' as const };
    this.#lanes.set(key, lane);
    this.#bytes += entry.bytes;
    const inAge = this.#byAge.push(entry);
    entry.place = { name: 'queued', lane, inLane: lane.queue.push(entry), inAge };
    this.#offer(lane);
  }

  /** A worker takes the first of a lane that it got from `ready`; null when it is gone. */
  begin(lane: Lane): Entry | null {
    lane.phase = 'busy';
    const entry = lane.queue.first?.value;
    if (entry === undefined || entry.place.name !== 'queued') return null;
    lane.queue.remove(entry.place.inLane);
    entry.place = { name: 'sending', lane, inAge: entry.place.inAge };
    return entry;
  }

  /** The worker is done with the lane. */
  end(lane: Lane): void {
    lane.phase = 'idle';
    this.#active -= 1;
    this.#offer(lane);
    this.#forget(lane);
    this.#announceQuiet();
  }

  /** Back to the front of its lane, unsent. */
  putBack(entry: Entry): void {
    if (entry.place.name !== 'sending') return;
    const { lane, inAge } = entry.place;
    entry.place = { name: 'queued', lane, inLane: lane.queue.unshift(entry), inAge };
    this.#offer(lane);
  }

  /** Aside until `wake` is called for what it waits for. */
  setAside(entry: Entry, waitsFor: string): void {
    if (entry.place.name !== 'sending') return;
    const { lane, inAge } = entry.place;
    entry.place = { name: 'waiting', lane, for: waitsFor, since: this.#now(), inAge };
    lane.waiting += 1;
    const others = this.#waiting.get(waitsFor);
    if (others === undefined) this.#waiting.set(waitsFor, new Set([entry]));
    else others.add(entry);
  }

  /** What waited for this goes to the front of its lane, in its old order. */
  wake(waitedFor: string): void {
    const entries = this.#waiting.get(waitedFor);
    if (entries === undefined) return;
    for (const entry of [...entries].toReversed()) this.#wakeOne(entry);
  }

  /** Wakes those that `choose` picks among the waiting, oldest first; gives back how many. */
  wakeWhere(choose: (entry: Entry, since: number) => boolean): number {
    const chosen: Entry[] = [];
    for (const entries of this.#waiting.values())
      for (const entry of entries)
        if (entry.place.name === 'waiting' && choose(entry, entry.place.since)) chosen.push(entry);
    for (const entry of chosen.toSorted((a, b) => b.number - a.number)) this.#wakeOne(entry);
    return chosen.length;
  }

  /** Done with, whatever came of it. */
  settle(entry: Entry): void {
    const { place } = entry;
    if (place.name === 'new' || place.name === 'settled') return;
    const { lane } = place;
    if (place.name === 'waiting') this.#stopWaiting(entry, place.for, lane);
    if (place.name === 'queued') lane.queue.remove(place.inLane);
    this.#byAge.remove(place.inAge);
    this.#bytes -= entry.bytes;
    entry.place = { name: 'settled' };
    this.#forget(lane);
    this.#announceQuiet();
  }

  /** From now on nothing is handed to workers. */
  halt(): void {
    this.#halted = true;
    this.#announceQuiet();
  }

  /** Resolves once no worker has or could have anything, or the signal aborts. */
  quiet(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.#onQuiet.push(resolve);
      signal.addEventListener('abort', () => resolve(), { once: true });
      if (signal.aborted) resolve();
      this.#announceQuiet();
    });
  }

  #wakeOne(entry: Entry): void {
    const { place } = entry;
    if (place.name !== 'waiting') return;
    const { lane } = place;
    this.#stopWaiting(entry, place.for, lane);
    entry.place = { name: 'queued', lane, inLane: lane.queue.unshift(entry), inAge: place.inAge };
    this.#offer(lane);
  }

  #stopWaiting(entry: Entry, waitedFor: string, lane: Lane): void {
    lane.waiting -= 1;
    const others = this.#waiting.get(waitedFor);
    others?.delete(entry);
    if (others?.size === 0) this.#waiting.delete(waitedFor);
  }

  #offer(lane: Lane): void {
    if (this.#halted || lane.phase !== 'idle' || lane.queue.size === 0) return;
    if (this.ready.tryPut(lane) !== 'queued') return;
    lane.phase = 'ready';
    this.#active += 1;
  }

  #forget(lane: Lane): void {
    if (lane.phase === 'idle' && lane.queue.size === 0 && lane.waiting === 0) this.#lanes.delete(lane.key);
  }

  #announceQuiet(): void {
    if (this.#active > 0) return;
    const listeners = this.#onQuiet;
    this.#onQuiet = [];
    for (const listener of listeners) listener();
  }
}
