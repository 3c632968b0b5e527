/**
 * First results by their Idempotency-Key, so that a client whose answer was lost gets it again and nothing is run twice.
 *
 * 1. A call with the key of one that is under way waits for that one's result.
 * 2. What failed is forgotten: the next call with its key runs.
 * 3. It holds at most `mostEntries` results of `mostCharacters` in all, each for `keepMs`; the oldest make room.
 */
import { createHash } from 'node:crypto';
import type { AtomResult } from '../contract/atom-result.ts';
import type { RunAtomRequest } from '../contract/run-atom-request.ts';
import { AtomKeyReused } from './errors.ts';

export interface ReplayOptions {
  /** Default 1,000. */
  readonly mostEntries?: number;
  /** Characters of JSON. Default 32 Mi. */
  readonly mostCharacters?: number;
  /** Milliseconds. Default ten minutes. */
  readonly keepMs?: number;
  /** Milliseconds, monotonic. Default `performance.now`. */
  readonly now?: () => number;
}

interface Entry {
  readonly digest: string;
  readonly since: number;
  readonly result: Promise<AtomResult>;
  /** Characters of its result, 0 while it is under way. */
  size: number;
}

export class Replays {
  readonly #entries = new Map<string, Entry>();
  readonly #options: Required<ReplayOptions>;
  #size = 0;

  constructor(options: ReplayOptions = {}) {
    this.#options = {
      mostEntries: options.mostEntries ?? 1000,
      mostCharacters: options.mostCharacters ?? 32 * 2 ** 20,
      keepMs: options.keepMs ?? 600_000,
      now: options.now ?? (() => performance.now()),
    };
  }

  /**
   * The result that the key stands for; `run` where it stands for none.
   *
   * @throws {AtomKeyReused} and what `run` rejects with
   */
  async get(key: string, atom: RunAtomRequest, run: () => Promise<AtomResult>): Promise<AtomResult> {
    const digest = createHash('sha256').update(JSON.stringify(atom)).digest('hex');
    this.#forgetOld();
    const known = this.#entries.get(key);
    if (known !== undefined) {
      if (known.digest !== digest) throw new AtomKeyReused();
      return known.result;
    }
    const entry: Entry = { digest, since: this.#options.now(), result: run(), size: 0 };
    this.#entries.set(key, entry);
    try {
      const result = await entry.result;
      entry.size = JSON.stringify(result).length;
      this.#size += this.#entries.get(key) === entry ? entry.size : 0;
      this.#makeRoom();
      return result;
    } catch (error) {
      if (this.#entries.get(key) === entry) this.#forget(key);
      throw error;
    }
  }

  #forgetOld(): void {
    const before = this.#options.now() - this.#options.keepMs;
    for (const [key, { since }] of this.#entries) {
      if (since >= before) return;
      this.#forget(key);
    }
  }

  #makeRoom(): void {
    const { mostEntries, mostCharacters } = this.#options;
    for (const [key, { size }] of this.#entries) {
      if (this.#entries.size <= mostEntries && this.#size <= mostCharacters) return;
      // What is under way holds no room of its own, and is bounded by the sandbox's line.
      if (size > 0) this.#forget(key);
    }
  }

  #forget(key: string): void {
    this.#size -= this.#entries.get(key)?.size ?? 0;
    this.#entries.delete(key);
  }
}
