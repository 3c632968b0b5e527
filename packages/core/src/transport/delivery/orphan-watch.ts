/**
 * Lets those go that wait for a span in vain.
 *
 * 1. Whoever has waited `parentWaitMs` for a span that nobody emitted goes without it; one that was emitted is waited for.
 * 2. While the transport closes nothing more is emitted: whoever waits for an unknown span goes at once, and those that wait
 *    for each other in a circle go last.
 */
import type { Clock } from '../../clock.ts';
import type { Outbox } from './outbox.ts';
import type { SpanIds } from './span-ids.ts';

interface Waiting {
  readonly waitsFor: string;
  readonly since: number;
}

export class OrphanWatch {
  readonly #outbox: Outbox;
  readonly #ids: SpanIds;
  readonly #clock: Clock;
  readonly #parentWaitMs: number;
  #cancel: (() => void) | null = null;

  constructor(outbox: Outbox, ids: SpanIds, clock: Clock, parentWaitMs: number) {
    this.#outbox = outbox;
    this.#ids = ids;
    this.#clock = clock;
    this.#parentWaitMs = parentWaitMs;
  }

  /** Somebody waits. */
  watch(): void {
    this.#cancel ??= this.#clock.schedule(this.#parentWaitMs, this.#sweep);
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
  }

  /** While closing: false when nobody waits for a span any more. */
  wakeAll(): boolean {
    return this.#wake(({ waitsFor }) => this.#ids.get(waitsFor) === undefined) > 0 || this.#wake(() => true) > 0;
  }

  readonly #sweep = (): void => {
    this.#cancel = null;
    const oldEnough = this.#clock.now() - this.#parentWaitMs;
    this.#wake(({ waitsFor, since }) => since <= oldEnough && this.#ids.get(waitsFor) === undefined);
    if (this.#outbox.waitingCount > 0) this.watch();
  };

  #wake(choose: (waiting: Waiting) => boolean): number {
    return this.#outbox.wakeWhere((entry, since) => {
      if (entry.place.name !== 'waiting' || entry.action.type === 'agent-finish') return false;
      entry.orphaned = choose({ waitsFor: entry.place.for, since });
      return entry.orphaned;
    });
  }
}
