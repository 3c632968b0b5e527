/**
 * A retry budget: a token bucket that bounds retries to a share of the calls, so that a host in trouble is not given a
 * multiple of its load by everyone's retries.
 *
 * Each retry takes a token, each call puts `perCall` of one in, and `perSecond` more flow in with time, up to `capacity`. A
 * client with few calls always finds tokens; one with many is held to about `perCall` retries a call once the bucket is
 * empty. Source of the 10 %: Beyer et al., Site Reliability Engineering, chapter 21 "Handling Overload".
 */
export const BUDGET_DEFAULTS = { capacity: 100, perCall: 0.1, perSecond: 1 } as const;

/** Hosts whose buckets are kept; the one asked for longest ago makes room, and starts full when it comes back. */
const MOST_HOSTS = 1_000;

export interface RetryBudgetOptions {
  /** Retries that a full bucket holds; it starts full. Default 100. */
  readonly capacity?: number | undefined;
  /** Tokens that each call adds. Default 0.1. */
  readonly perCall?: number | undefined;
  /** Tokens that each second adds. Default 1. */
  readonly perSecond?: number | undefined;
  /** Milliseconds, monotonic. Default `performance.now`. */
  readonly now?: (() => number) | undefined;
}

export interface RetryBudgetState {
  /** Whole retries that the bucket would pay for now. */
  readonly available: number;
  /** Retries that were not made for want of a token. */
  readonly refused: number;
}

export class RetryBudget {
  readonly #capacity: number;
  readonly #perCall: number;
  readonly #perMs: number;
  readonly #now: () => number;
  #tokens: number;
  #filledAt: number;
  #refused = 0;

  constructor(options: RetryBudgetOptions = {}) {
    this.#capacity = options.capacity ?? BUDGET_DEFAULTS.capacity;
    this.#perCall = options.perCall ?? BUDGET_DEFAULTS.perCall;
    this.#perMs = (options.perSecond ?? BUDGET_DEFAULTS.perSecond) / 1000;
    this.#now = options.now ?? (() => performance.now());
    this.#tokens = this.#capacity;
    this.#filledAt = this.#now();
  }

  /** One more call was made. */
  countCall(): void {
    this.#tokens = Math.min(this.#capacity, this.#tokens + this.#perCall);
  }

  /** Pays for one retry; false when there is nothing to pay with. */
  tryTake(): boolean {
    this.#fill();
    if (this.#tokens < 1) {
      this.#refused += 1;
      return false;
    }
    this.#tokens -= 1;
    return true;
  }

  snapshot(): RetryBudgetState {
    this.#fill();
    return { available: Math.floor(this.#tokens), refused: this.#refused };
  }

  #fill(): void {
    const now = this.#now();
    this.#tokens = Math.min(this.#capacity, this.#tokens + (now - this.#filledAt) * this.#perMs);
    this.#filledAt = now;
  }
}

/** One budget for each host; share one of these between all clients of a process. */
export class RetryBudgets {
  readonly #options: RetryBudgetOptions;
  readonly #byHost = new Map<string, RetryBudget>();

  constructor(options: RetryBudgetOptions = {}) {
    this.#options = options;
  }

  /** The budget of a host (with its port, as `URL.host` gives it). */
  of(host: string): RetryBudget {
    const budget = this.#byHost.get(host) ?? new RetryBudget(this.#options);
    this.#byHost.delete(host);
    this.#byHost.set(host, budget);
    for (const oldest of this.#byHost.keys()) {
      if (this.#byHost.size <= MOST_HOSTS) break;
      this.#byHost.delete(oldest);
    }
    return budget;
  }
}
