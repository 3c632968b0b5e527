/**
 * Token buckets by key: each begins full with `burst` tokens, a request takes one, `perHour` come back in an hour.
 *
 * At most `mostKeys` are held; the one that was asked for the longest ago makes room. Those are full again first, and a full
 * one says the same as none.
 */
export interface BucketOptions {
  /** Requests at once, a whole number from 1 on. */
  readonly burst: number;
  /** Requests an hour in the long run, above 0. */
  readonly perHour: number;
  /** Default 10,000. */
  readonly mostKeys?: number | undefined;
  /** Milliseconds, monotonic. Default `performance.now`. */
  readonly now?: (() => number) | undefined;
}

interface Bucket {
  tokens: number;
  at: number;
}

const HOUR_MS = 3_600_000;
const MOST_KEYS = 10_000;
/** Whoever waited as long as it was told must not miss its token by what the additions lose. */
const ROUNDING = 1e-9;

export class TokenBuckets {
  readonly #burst: number;
  readonly #perMs: number;
  readonly #mostKeys: number;
  readonly #now: () => number;
  /** The one asked for the longest ago first. */
  readonly #buckets = new Map<string, Bucket>();

  constructor({ burst, perHour, mostKeys = MOST_KEYS, now = () => performance.now() }: BucketOptions) {
    this.#burst = burst;
    this.#perMs = perHour / HOUR_MS;
    this.#mostKeys = mostKeys;
    this.#now = now;
  }

  /** Takes a token. @returns 0, or the milliseconds until there is one */
  take(key: string): number {
    const at = this.#now();
    const known = this.#buckets.get(key);
    const tokens =
      known === undefined ? this.#burst : Math.min(this.#burst, known.tokens + (at - known.at) * this.#perMs);
    const allowed = tokens >= 1 - ROUNDING;
    this.#buckets.delete(key);
    this.#buckets.set(key, { tokens: allowed ? Math.max(0, tokens - 1) : tokens, at });
    if (this.#buckets.size > this.#mostKeys) {
      const [oldest] = this.#buckets.keys();
      if (oldest !== undefined) this.#buckets.delete(oldest);
    }
    return allowed ? 0 : Math.ceil((1 - tokens) / this.#perMs);
  }

  get size(): number {
    return this.#buckets.size;
  }
}
