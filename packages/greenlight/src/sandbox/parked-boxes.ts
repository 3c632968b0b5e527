/**
 * Boxes that were started before anybody asked, so that a run finds one ready. Each driver keeps its own here.
 *
 * Owns: which boxes wait, how many there should be, when the next one is started. Leaves to its user: what a box is, its end once taken.
 * Invariants:
 * 1. A box that was taken is never parked again.
 * 2. Boxes are started in the background, `startsAtOnce` at a time, whatever is taken meanwhile.
 * 3. How many wait follows use: one more, up to `atMost`, each time that none was ready; down to `atLeast` when nobody has asked for
 *    `idleMs`, and what is then too many is ended.
 */

export interface Parkable {
  /** Resolves when it waits for its job; rejects when it did not start. */
  readonly parked: Promise<void>;
  readonly isParked: boolean;
  /** False once it has ended, also by itself. */
  readonly isAlive: boolean;
  end(): Promise<void>;
}

export interface ParkedBoxesOptions<Key extends string, Box extends Parkable> {
  /** In the order in which they are refilled. */
  readonly keys: readonly Key[];
  readonly start: (key: Key) => Box;
  /** Boxes of each key that wait however little it is used, and however much. */
  readonly atLeast: (key: Key) => number;
  readonly atMost: number;
  readonly startsAtOnce: number;
  /** Milliseconds without a request after which a key's boxes are let go, one by one. */
  readonly idleMs: number;
  /** Told whenever the number of parked boxes may have changed. */
  readonly changed?: () => void;
}

interface Shelf<Box> {
  readonly waiting: Box[];
  wanted: number;
  usedAt: number;
  /** Set when a start has failed: nothing is started ahead until the next request. */
  isBroken: boolean;
}

export class ParkedBoxes<Key extends string, Box extends Parkable> {
  readonly #options: ParkedBoxesOptions<Key, Box>;
  readonly #shelves: Map<Key, Shelf<Box>>;
  readonly #taken = new Set<Box>();
  readonly #idleTimer: NodeJS.Timeout;
  #starting = 0;
  #isClosed = false;

  constructor(options: ParkedBoxesOptions<Key, Box>) {
    this.#options = options;
    this.#shelves = new Map(
      options.keys.map((key) => [key, { waiting: [], wanted: options.atLeast(key), usedAt: 0, isBroken: false }]),
    );
    this.#idleTimer = setInterval(() => this.#letGo(), options.idleMs);
    this.#idleTimer.unref();
  }

  /** Boxes that wait for a job, now. */
  get parked(): number {
    return [...this.#shelves.values()].reduce(
      (sum, shelf) => sum + shelf.waiting.filter((box) => box.isParked).length,
      0,
    );
  }

  /** A box that has run nothing, parked; started for this when none `fits`. Rejects when it does not start. */
  async take(key: Key, fits: (box: Box) => boolean, startOne: () => Box): Promise<Box> {
    const shelf = this.#shelf(key);
    shelf.usedAt = performance.now();
    shelf.isBroken = false;
    const fitting = shelf.waiting.filter((box) => box.isAlive && fits(box));
    const ready = fitting.find((box) => box.isParked);
    if (ready === undefined) shelf.wanted = Math.min(shelf.wanted + 1, this.#options.atMost);
    const box = ready ?? fitting[0] ?? startOne();
    this.#forget(shelf, box);
    this.#taken.add(box);
    try {
      await box.parked;
      return box;
    } catch (error) {
      await this.discard(box);
      throw error;
    }
  }

  /** Ends a box that was taken. */
  async discard(box: Box): Promise<void> {
    this.#taken.delete(box);
    await box.end();
  }

  /** Starts boxes until enough wait, in the background. */
  refill(): void {
    while (!this.#isClosed && this.#starting < this.#options.startsAtOnce) {
      const key = this.#missing();
      if (key === undefined) return;
      void this.#startOne(key);
    }
  }

  /** Ends every box. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#idleTimer);
    const waiting = [...this.#shelves.values()].flatMap((shelf) => shelf.waiting.splice(0));
    await Promise.all([...waiting, ...this.#taken].map((box) => box.end()));
  }

  async #startOne(key: Key): Promise<void> {
    const shelf = this.#shelf(key);
    const box = this.#options.start(key);
    shelf.waiting.push(box);
    this.#starting += 1;
    try {
      await box.parked;
    } catch {
      // The next request starts a box of its own and reports why it cannot.
      shelf.isBroken = true;
      this.#forget(shelf, box);
      await box.end();
    } finally {
      this.#starting -= 1;
      this.#options.changed?.();
      this.refill();
    }
  }

  #missing(): Key | undefined {
    for (const [key, shelf] of this.#shelves) {
      for (const dead of shelf.waiting.filter((box) => !box.isAlive)) this.#forget(shelf, dead);
      if (!shelf.isBroken && shelf.waiting.length < shelf.wanted) return key;
    }
    return undefined;
  }

  #letGo(): void {
    for (const [key, shelf] of this.#shelves) {
      if (performance.now() - shelf.usedAt < this.#options.idleMs) continue;
      shelf.wanted = Math.max(shelf.wanted - 1, this.#options.atLeast(key));
      for (const box of shelf.waiting.splice(shelf.wanted)) void box.end();
    }
    this.#options.changed?.();
  }

  #forget(shelf: Shelf<Box>, box: Box): void {
    const at = shelf.waiting.indexOf(box);
    if (at === -1) return;
    shelf.waiting.splice(at, 1);
    this.#options.changed?.();
  }

  #shelf(key: Key): Shelf<Box> {
    const shelf = this.#shelves.get(key);
    if (shelf === undefined) throw new RangeError(`no boxes of ${key} are kept`);
    return shelf;
  }
}
