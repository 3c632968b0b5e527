/** Finishes of spans that have not been emitted yet, until they are. Bounded: the oldest makes room. */
import { type CopyLimits, toPlainJson } from '../tracing/plain-json.ts';
import type { FinishOptions } from './delivery/span-actions.ts';

export interface EarlyFinish {
  readonly endTime: number;
  readonly options: FinishOptions;
}

export class EarlyFinishes {
  readonly #most: number;
  readonly #limits: Partial<CopyLimits>;
  readonly #finishes = new Map<string, EarlyFinish>();

  constructor(most: number, limits: Partial<CopyLimits>) {
    this.#most = most;
    this.#limits = limits;
  }

  get size(): number {
    return this.#finishes.size;
  }

  /** Takes a copy. Gives back how many were given up for it: 0 or 1. */
  add(spanId: string, endTime: number, options: FinishOptions): number {
    const copy = (value: unknown): unknown => (value === undefined ? undefined : toPlainJson(value, this.#limits).json);
    const { outputs, attributes } = options;
    this.#finishes.set(spanId, {
      endTime,
      options: { ...options, outputs: copy(outputs), attributes: copy(attributes) },
    });
    if (this.#finishes.size <= this.#most) return 0;
    for (const oldest of this.#finishes.keys()) {
      this.#finishes.delete(oldest);
      break;
    }
    return 1;
  }

  has(spanId: string): boolean {
    return this.#finishes.has(spanId);
  }

  take(spanId: string): EarlyFinish | undefined {
    const finish = this.#finishes.get(spanId);
    this.#finishes.delete(spanId);
    return finish;
  }

  clear(): void {
    this.#finishes.clear();
  }
}
