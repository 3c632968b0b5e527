/**
 * A lane: the calls to one provider with one key, as many at once as the provider puts up with.
 *
 * Owns: the slots, who waits for one, the window that says how many slots there are, the pause that the provider asked for.
 * Leaves to its caller: the calls, and telling exactly once how each ended.
 *
 * 1. Never more calls start than the window, rounded down, lets be open. By itself a window never falls below one call.
 * 2. While a pause lasts, no call starts.
 * 3. The window doubles by the round until the provider limits for the first time, then grows by one call a round (additive
 *    increase, RFC 5681); a limited call halves it, once for all calls that were open at the time (multiplicative decrease).
 * 4. It grows only while it is what holds calls back.
 * 5. Waiters are served in the order they came; one that is aborted leaves at once and leaves nothing behind.
 */
import type { Clock } from '@switchyard/core';

export interface LaneLimits {
  /** Calls at once before anything is known. Default 16. */
  readonly initialWindow?: number;
  /** Default 256. */
  readonly largestWindow?: number;
}

/** How a call ended, as far as the provider's limits go. `pauseMs`: for how long it asks for no further calls. */
export type CallEnd =
  | { readonly kind: 'answered'; readonly pauseMs?: number | undefined }
  | { readonly kind: 'limited'; readonly pauseMs?: number | undefined }
  | { readonly kind: 'other' };

export interface LaneState {
  readonly window: number;
  readonly open: number;
  readonly waiting: number;
  /** Milliseconds that the pause still lasts; 0: none. */
  readonly pausedMs: number;
}

interface Waiter {
  readonly grant: () => void;
}

/** What is known of an account beyond this lane. */
export interface Lesson {
  readonly window: number;
  /** No limit has been met on the account. */
  readonly starting: boolean;
  readonly pauseMs: number;
}

export const INITIAL_WINDOW = 16;
export const LARGEST_WINDOW = 256;
/** However long a provider, or a worker, asks for: after a day it is asked again. A slip of a unit would close a lane for years. */
export const MOST_PAUSE_MS = 86_400_000;

/** For how long a call that ended so asks for no further ones, milliseconds. */
export function pauseOf(end: CallEnd): number {
  return end.kind === 'other' ? 0 : bounded(end.pauseMs ?? 0);
}

function bounded(pauseMs: number): number {
  return Math.min(pauseMs, MOST_PAUSE_MS);
}

export class Lane {
  readonly #clock: Clock;
  readonly #largest: number;
  #window: number;
  /** No limit has been met yet. */
  #starting = true;
  #open = 0;
  #pausedUntil = Number.NEGATIVE_INFINITY;
  #loweredAt = Number.NEGATIVE_INFINITY;
  #cancelResume: (() => void) | undefined;
  readonly #waiting = new Set<Waiter>();

  constructor(clock: Clock, { initialWindow = INITIAL_WINDOW, largestWindow = LARGEST_WINDOW }: LaneLimits = {}) {
    this.#clock = clock;
    this.#window = initialWindow;
    this.#largest = largestWindow;
  }

  /**
   * Resolves once a call may start. What it resolves with must be called when the call has ended, and says whether the
   * window was lowered for it. Rejects with the signal's reason when that aborts first.
   */
  async enter(signal?: AbortSignal): Promise<(end: CallEnd) => boolean> {
    signal?.throwIfAborted();
    if (this.#waiting.size > 0 || !this.#hasRoom()) await this.#wait(signal);
    else this.#open += 1;
    const startedAt = this.#clock.now();
    let ended = false;
    return (end) => {
      if (ended) return false;
      ended = true;
      return this.#leave(end, startedAt);
    };
  }

  /** What all on the same account have learnt: replaces the window (0: others have all of it), lengthens the pause. */
  learn({ window, starting, pauseMs }: Lesson): void {
    this.#window = Math.max(0, Math.min(window, this.#largest));
    this.#starting &&= starting;
    this.#pause(bounded(pauseMs));
    this.#handOut();
  }

  state(): LaneState {
    const pausedMs = Math.max(0, this.#pausedUntil - this.#clock.now());
    return { window: this.#window, open: this.#open, waiting: this.#waiting.size, pausedMs };
  }

  #pause(ms: number): void {
    if (ms <= 0) return;
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#clock.now() + ms);
    if (this.#waiting.size > 0) this.#resumeLater();
  }

  #leave(end: CallEnd, startedAt: number): boolean {
    const full = this.#open >= Math.floor(this.#window);
    this.#open -= 1;
    let lowered = false;
    if (end.kind === 'answered' && full) {
      const step = this.#starting ? 1 : 1 / Math.max(1, this.#window);
      this.#window = Math.min(this.#largest, this.#window + step);
    }
    if (end.kind === 'limited' && startedAt > this.#loweredAt) {
      lowered = true;
      this.#starting = false;
      this.#window = Math.max(1, Math.floor(this.#window / 2));
      this.#loweredAt = this.#clock.now();
    }
    this.#pause(pauseOf(end));
    this.#handOut();
    return lowered;
  }

  #hasRoom(): boolean {
    return this.#open < Math.floor(this.#window) && this.#clock.now() >= this.#pausedUntil;
  }

  #handOut(): void {
    for (const waiter of this.#waiting) {
      if (!this.#hasRoom()) return;
      this.#waiting.delete(waiter);
      this.#open += 1;
      waiter.grant();
    }
  }

  /** Only for those who wait: a timer of nobody's would keep the process alive. */
  #resumeLater(): void {
    this.#cancelResume?.();
    const left = this.#pausedUntil - this.#clock.now();
    // The pause may have ended since somebody looked: whoever waits for nothing else would wait for ever.
    if (left <= 0) {
      this.#handOut();
      return;
    }
    this.#cancelResume = this.#clock.schedule(Math.ceil(left), () => {
      this.#cancelResume = undefined;
      // A timer may fire a little before its time by another clock.
      this.#resumeLater();
    });
  }

  #wait(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#waiting.delete(waiter);
        if (this.#waiting.size === 0) this.#cancelResume?.();
        reject(signal?.reason);
      };
      const waiter: Waiter = {
        grant: () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#waiting.add(waiter);
      this.#resumeLater();
    });
  }
}
