/** Counts what became of spans, of their finishes, and why some were dropped. */
import type { EntryClass } from './delivery-entry.ts';

/**
 * - `overflow`: it made room for newer ones, or was larger than all the room there is
 * - `refused`: the collector refuses what it is sent
 * - `failed`: it could not be sent, by a fault of ours
 * - `unknown-span`: a finish whose span was never emitted, was dropped, or was forgotten
 * - `closed`: it came after `close`, or the deadline of `close` came before it was sent
 */
export type DropReason = 'overflow' | 'refused' | 'failed' | 'unknown-span' | 'closed';

/** accepted + recovered = sent + kept + dropped + waiting; after `close` nothing waits. */
export interface DeliveryCounts {
  /** Emitted. */
  readonly accepted: number;
  /** Found in the spool at the start. */
  readonly recovered: number;
  /** Acknowledged by the collector. */
  readonly sent: number;
  /** Not sent, but in the spool when the transport was closed: the next one sends them. */
  readonly kept: number;
  readonly dropped: number;
  /** Not settled yet. */
  readonly waiting: number;
}

interface Count {
  accepted: number;
  recovered: number;
  sent: number;
  kept: number;
  dropped: number;
}

export class DeliveryTally {
  readonly #counts: Readonly<Record<EntryClass, Count>> = { span: zero(), finish: zero(), agent: zero() };
  readonly #dropped = new Map<DropReason, number>();

  accept(kind: EntryClass, origin: 'emitted' | 'recovered'): void {
    this.#counts[kind][origin === 'emitted' ? 'accepted' : 'recovered'] += 1;
  }

  send(kind: EntryClass): void {
    this.#counts[kind].sent += 1;
  }

  keep(kind: EntryClass): void {
    this.#counts[kind].kept += 1;
  }

  drop(kind: EntryClass, reason: DropReason): void {
    this.#counts[kind].dropped += 1;
    this.#dropped.set(reason, (this.#dropped.get(reason) ?? 0) + 1);
  }

  of(kind: EntryClass): DeliveryCounts {
    const count = this.#counts[kind];
    const { accepted, recovered, sent, kept, dropped } = count;
    return { ...count, waiting: accepted + recovered - sent - kept - dropped };
  }

  /** By reason, spans, finishes and calls of the agent together. */
  get droppedFor(): Readonly<Partial<Record<DropReason, number>>> {
    return Object.fromEntries(this.#dropped);
  }
}

function zero(): Count {
  return { accepted: 0, recovered: 0, sent: 0, kept: 0, dropped: 0 };
}
