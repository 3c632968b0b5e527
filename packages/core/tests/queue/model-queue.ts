import type { FullPolicy, QueueCounters } from '../../src/queue/in-memory-queue.ts';

interface Item {
  readonly id: number;
  readonly bytes: number;
}

/** The queue's rules written down as plainly as can be: arrays, no promises, everything looked up from the front. */
export class ModelQueue {
  readonly items: Item[] = [];
  /** What became of each call, by its number. */
  readonly log = new Map<number, string>();
  readonly droppedIds: number[] = [];
  #waitingPuts: { readonly call: number; readonly item: Item }[] = [];
  #waitingGets: number[] = [];
  #closed = false;
  #accepted = 0;
  #taken = 0;
  #rejected = 0;
  readonly #maxItems: number;
  readonly #maxBytes: number | undefined;
  readonly #whenFull: FullPolicy;

  constructor(maxItems: number | undefined, maxBytes: number | undefined, whenFull: FullPolicy) {
    this.#maxItems = maxItems ?? Number.POSITIVE_INFINITY;
    this.#maxBytes = maxBytes;
    this.#whenFull = whenFull;
  }

  put(call: number, item: Item): void {
    const outcome = this.#offer(item);
    if (outcome === 'queued') this.log.set(call, 'accepted');
    else if (outcome === 'closed') this.log.set(call, 'QueueClosed');
    else if (outcome === 'full' && this.#whenFull === 'block') {
      this.#waitingPuts.push({ call, item });
      this.log.set(call, 'waits');
    } else {
      this.#rejected += 1;
      this.log.set(call, outcome === 'full' ? 'QueueFull' : 'QueueItemUnfit');
    }
  }

  tryPut(call: number, item: Item): void {
    const outcome = this.#offer(item);
    if (outcome === 'full' || outcome === 'unfit') this.#rejected += 1;
    this.log.set(call, outcome);
  }

  get(call: number): void {
    if (this.items.length > 0) this.log.set(call, this.#take());
    else if (this.#closed) this.log.set(call, '{"done":true}');
    else {
      this.#waitingGets.push(call);
      this.log.set(call, 'waits');
    }
  }

  tryGet(call: number): void {
    if (this.items.length > 0) this.log.set(call, this.#take());
    else this.log.set(call, this.#closed ? '{"done":true}' : 'null');
  }

  abort(call: number): void {
    if (this.log.get(call) !== 'waits') return;
    this.log.set(call, 'aborted');
    this.#waitingGets = this.#waitingGets.filter((waiting) => waiting !== call);
    this.#waitingPuts = this.#waitingPuts.filter((waiting) => waiting.call !== call);
    this.#admit();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const { call } of this.#waitingPuts.splice(0)) this.log.set(call, 'QueueClosed');
    for (const call of this.#waitingGets.splice(0)) this.log.set(call, '{"done":true}');
  }

  counters(): QueueCounters {
    return {
      size: this.items.length,
      bytes: this.#bytes(),
      accepted: this.#accepted,
      taken: this.#taken,
      dropped: this.droppedIds.length,
      rejected: this.#rejected,
      waitingPuts: this.#waitingPuts.length,
      waitingGets: this.#waitingGets.length,
    };
  }

  #bytes(): number {
    return this.#maxBytes === undefined ? 0 : this.items.reduce((sum, item) => sum + item.bytes, 0);
  }

  #hasRoom(item: Item): boolean {
    if (this.items.length >= this.#maxItems) return false;
    return this.#maxBytes === undefined || this.#bytes() + item.bytes <= this.#maxBytes;
  }

  #offer(item: Item): 'queued' | 'full' | 'closed' | 'unfit' {
    if (this.#closed) return 'closed';
    if (this.#maxBytes !== undefined && (item.bytes < 0 || item.bytes > this.#maxBytes)) return 'unfit';
    if (this.#whenFull === 'drop-oldest') {
      while (!this.#hasRoom(item)) for (const old of this.items.splice(0, 1)) this.droppedIds.push(old.id);
    } else if (!this.#hasRoom(item) || this.#waitingPuts.length > 0) {
      return 'full';
    }
    this.#add(item);
    return 'queued';
  }

  #add(item: Item): void {
    this.#accepted += 1;
    this.items.push(item);
    for (const call of this.#waitingGets.splice(0, 1)) this.log.set(call, this.#take());
  }

  #take(): string {
    const [item] = this.items.splice(0, 1);
    this.#taken += 1;
    this.#admit();
    return JSON.stringify({ done: false, item });
  }

  #admit(): void {
    for (let next = this.#waitingPuts[0]; next !== undefined && this.#hasRoom(next.item); next = this.#waitingPuts[0]) {
      this.#waitingPuts.splice(0, 1);
      this.log.set(next.call, 'accepted');
      this.#add(next.item);
    }
  }
}
