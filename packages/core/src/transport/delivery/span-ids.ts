/**
 * What the transport knows of spans: their trace, their run, and the collector's id once it has given one.
 *
 * 1. A span is known from its emission on. One that was never sent leads to the nearest span above it that was.
 * 2. A span that is finished is remembered for `rememberMs` more, for children that come late, then forgotten.
 * 3. At most `maxSpans` are remembered: of those that were settled, finished ones are forgotten first, then the oldest. Spans
 *    that are still on their way are bounded by the queue and never forgotten.
 */
import type { AgentRun } from './agent-run.ts';

/** What became of the call that makes the span known to the collector. */
export type SpanPlace =
  | { readonly name: 'unsent' }
  | { readonly name: 'sent'; readonly id: string }
  | { readonly name: 'dropped'; readonly parent: string | null };

export interface KnownSpan {
  readonly traceId: string;
  readonly run: AgentRun;
  place: SpanPlace;
  /** `open` until a finish was emitted. */
  life: 'open' | 'finishing' | 'finished';
}

/** What a span that is named as a parent leads to. `unknown`: it has not been settled, or was never emitted. */
export type ResolvedParent =
  | { readonly name: 'known'; readonly id: string | null }
  | { readonly name: 'unknown'; readonly spanId: string };

/** Dropped spans above each other that are looked through; a longer chain counts as a root. */
const LONGEST_CHAIN = 10_000;
/** Unsettled spans that are looked past to find one that can be forgotten. */
const LOOKED_PAST = 64;

export class SpanIds {
  readonly #live = new Map<string, KnownSpan>();
  readonly #finished = new Map<string, { readonly span: KnownSpan; readonly until: number }>();
  readonly #maxSpans: number;
  readonly #rememberMs: number;
  readonly #now: () => number;
  #forgotten = 0;

  constructor(options: { readonly maxSpans: number; readonly rememberMs: number; readonly now: () => number }) {
    this.#maxSpans = options.maxSpans;
    this.#rememberMs = options.rememberMs;
    this.#now = options.now;
  }

  get size(): number {
    return this.#live.size + this.#finished.size;
  }

  /** Spans forgotten to keep the bound, while they were open. */
  get forgotten(): number {
    return this.#forgotten;
  }

  get(spanId: string): KnownSpan | undefined {
    return this.#live.get(spanId) ?? this.#finished.get(spanId)?.span;
  }

  add(spanId: string, span: KnownSpan): void {
    this.#live.set(spanId, span);
    this.#shrink();
  }

  /** The collector has it, or never will. */
  settle(spanId: string, place: SpanPlace): void {
    const span = this.#live.get(spanId);
    if (span === undefined) return;
    span.place = place;
    if (span.life === 'finished') this.#retire(spanId, span);
    this.#shrink();
  }

  /** Nothing more is to be sent of it. */
  finish(spanId: string): void {
    const span = this.#live.get(spanId);
    if (span === undefined) return;
    span.life = 'finished';
    if (span.place.name !== 'unsent') this.#retire(spanId, span);
    this.#shrink();
  }

  /** The collector's id of a parent, or of the nearest one above it that was sent. */
  resolve(parent: string | null): ResolvedParent {
    let spanId = parent;
    for (let hops = 0; spanId !== null && hops < LONGEST_CHAIN; hops += 1) {
      const place = this.get(spanId)?.place;
      if (place === undefined || place.name === 'unsent') return { name: 'unknown', spanId };
      if (place.name === 'sent') return { name: 'known', id: place.id };
      spanId = place.parent;
    }
    return { name: 'known', id: null };
  }

  #retire(spanId: string, span: KnownSpan): void {
    this.#live.delete(spanId);
    this.#finished.set(spanId, { span, until: this.#now() + this.#rememberMs });
  }

  #shrink(): void {
    const now = this.#now();
    for (const [spanId, { until }] of this.#finished) {
      if (until > now && this.size <= this.#maxSpans) break;
      this.#finished.delete(spanId);
    }
    if (this.size <= this.#maxSpans) return;
    let looked = 0;
    for (const [spanId, span] of this.#live) {
      if (this.size <= this.#maxSpans || looked >= LOOKED_PAST) break;
      looked += 1;
      if (span.place.name === 'unsent') continue;
      this.#live.delete(spanId);
      if (span.life === 'open') this.#forgotten += 1;
    }
  }
}
