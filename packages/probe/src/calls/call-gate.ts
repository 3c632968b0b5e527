/**
 * The gate that every call to a provider passes: one lane for each provider, address and key.
 *
 * By itself it knows the calls of this process. With a ledger it tells and asks all others on the same database: before the
 * first call of a lane, every REPORT_MS while the lane is in use, and at once when the provider limits a call.
 */
import { type Clock, monotonicClock } from '@switchyard/core';
import { type CallEnd, Lane, type LaneLimits, type LaneState, pauseOf } from './lane.ts';
import type { LaneLedger } from './lane-ledger.ts';

/** Milliseconds between two reports: how late a node learns at the latest what the others met. */
const REPORT_MS = 250;

export interface CallGateOptions extends LaneLimits {
  readonly clock?: Clock;
  /** Default: none, this process is alone. */
  readonly ledger?: LaneLedger;
  /** A ledger that fails is no reason to call nobody: the lane goes on with what it knows. Default: nobody is told. */
  readonly onLedgerError?: (error: unknown) => void;
}

/** What the retry layer needs of a lane. */
export interface GateLane {
  enter(signal?: AbortSignal): Promise<(end: CallEnd) => void>;
  state(): LaneState;
}

export interface CallGate {
  lane(key: string): GateLane;
  /** Tells the ledger that this node needs nothing any more. Idempotent. */
  close(): Promise<void>;
}

export function createCallGate(options: CallGateOptions = {}): CallGate {
  const { clock = monotonicClock, ledger } = options;
  const lanes = new Map<string, GateLane & { close(): Promise<void> }>();
  return {
    lane(key) {
      let lane = lanes.get(key);
      if (lane === undefined) {
        const own = new Lane(clock, options);
        lane = ledger === undefined ? aloneLane(own) : new SharedLane(key, own, ledger, clock, options.onLedgerError);
        lanes.set(key, lane);
      }
      return lane;
    },
    async close() {
      await Promise.all([...lanes.values()].map((lane) => lane.close()));
      lanes.clear();
    },
  };
}

function aloneLane(lane: Lane): GateLane & { close(): Promise<void> } {
  return {
    enter: (signal) => lane.enter(signal),
    state: () => lane.state(),
    close: () => Promise.resolve(),
  };
}

class SharedLane implements GateLane {
  readonly #key: string;
  readonly #lane: Lane;
  readonly #ledger: LaneLedger;
  readonly #clock: Clock;
  readonly #onError: (error: unknown) => void;
  /** The window as it was last granted: what it has grown by since is news. */
  #granted: number;
  #limitedSince: number | null = null;
  #pausedUntil = Number.NEGATIVE_INFINITY;
  #reporting: Promise<void> | undefined;
  /** What is to be told came up while a report was under way. */
  #again = false;
  #cancelTimer: (() => void) | undefined;
  #closed = false;

  constructor(key: string, lane: Lane, ledger: LaneLedger, clock: Clock, onError?: (error: unknown) => void) {
    this.#key = key;
    this.#lane = lane;
    this.#ledger = ledger;
    this.#clock = clock;
    this.#onError = onError ?? (() => undefined);
    this.#granted = lane.state().window;
  }

  async enter(signal?: AbortSignal): Promise<(end: CallEnd) => void> {
    // Idle until now: what the window and the pause are by now, the others know.
    if (this.#cancelTimer === undefined) await orAborted(this.#report(1), signal);
    const entered = this.#lane.enter(signal);
    this.#keepReporting();
    const leave = await entered;
    const startedAt = this.#clock.now();
    return (end) => {
      const pauseMs = pauseOf(end);
      const lowered = leave(end);
      if (lowered) this.#limitedSince = startedAt;
      if (pauseMs > 0) this.#pausedUntil = Math.max(this.#pausedUntil, this.#clock.now() + pauseMs);
      if (lowered || pauseMs > 0) void this.#report();
    };
  }

  state(): LaneState {
    return this.#lane.state();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelTimer?.();
    await this.#reporting;
    await this.#tell(0);
  }

  #keepReporting(): void {
    if (this.#closed || this.#cancelTimer !== undefined) return;
    this.#cancelTimer = this.#clock.schedule(REPORT_MS, () => {
      this.#cancelTimer = undefined;
      void this.#report().then(() => {
        if (this.#wanted() > 0) this.#keepReporting();
      });
    });
  }

  #wanted(): number {
    const { open, waiting } = this.#lane.state();
    return open + waiting;
  }

  /** One at a time; never rejects. */
  #report(atLeast = 0): Promise<void> {
    this.#again = this.#reporting !== undefined;
    this.#reporting ??= this.#tell(Math.max(atLeast, this.#wanted())).then(async () => {
      this.#reporting = undefined;
      if (this.#again && !this.#closed) await this.#report();
    });
    return this.#reporting;
  }

  async #tell(wanted: number): Promise<void> {
    const now = this.#clock.now();
    const limitedMs = this.#limitedSince === null ? null : now - this.#limitedSince;
    const gained = limitedMs === null ? Math.max(0, this.#lane.state().window - this.#granted) : 0;
    const pauseMs = Math.max(0, this.#pausedUntil - now);
    this.#limitedSince = null;
    this.#granted = this.#lane.state().window;
    try {
      const grant = await this.#ledger.report({ lane: this.#key, wanted, gained, limitedMs, pauseMs });
      this.#granted = grant.window;
      this.#lane.learn(grant);
    } catch (error) {
      this.#onError(error);
    }
  }
}

/** Settles as `promise` does, or rejects with the signal's reason if that comes first. */
function orAborted(promise: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    void promise.finally(() => signal.removeEventListener('abort', onAbort)).then(resolve, reject);
  });
}
