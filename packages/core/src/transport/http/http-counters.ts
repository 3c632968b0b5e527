/** What a client counts about itself, in the form that a metrics page wants. */

import type { BulkheadState } from '../../resilience/bulkhead.ts';
import type { BreakerState } from '../../resilience/circuit-breaker.ts';
import type { RetryBudgetState } from '../../resilience/retry-budget.ts';
import type { HttpFailureCode } from './http-client-error.ts';

/** Upper bounds of the latency buckets in milliseconds; what took longer is in the count only. */
export const LATENCY_BUCKETS_MS: readonly number[] = [
  1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000,
];

export interface LatencyHistogram {
  readonly count: number;
  readonly sumMs: number;
  /** `count` requests took at most `atMostMs`; each bucket includes those before it. */
  readonly buckets: readonly { readonly atMostMs: number; readonly count: number }[];
}

export interface HttpClientCounters {
  /** Requests that have ended, whichever way. */
  readonly requests: number;
  /** Requests under way, waiting ones too. */
  readonly underWay: number;
  readonly succeeded: number;
  /** Ended by the caller's signal. */
  readonly aborted: number;
  /** Failed requests by the code of their HttpClientError. */
  readonly errors: Readonly<Partial<Record<HttpFailureCode, number>>>;
  /** Tries that reached, or tried to reach, the server. */
  readonly attempts: number;
  readonly retries: number;
  /** Of whole requests, waits and all attempts included. */
  readonly latency: LatencyHistogram;
  readonly breaker: BreakerState;
  readonly bulkhead: BulkheadState;
  readonly retryBudget: RetryBudgetState;
}

export type RequestEnd = 'succeeded' | 'aborted' | HttpFailureCode;

export class RequestCounters {
  readonly #ends = new Map<RequestEnd, number>();
  readonly #buckets = LATENCY_BUCKETS_MS.map(() => 0);
  #requests = 0;
  #underWay = 0;
  #sumMs = 0;

  begin(): void {
    this.#underWay += 1;
  }

  end(end: RequestEnd, tookMs: number): void {
    this.#underWay -= 1;
    this.#requests += 1;
    this.#sumMs += tookMs;
    this.#ends.set(end, (this.#ends.get(end) ?? 0) + 1);
    const bucket = LATENCY_BUCKETS_MS.findIndex((atMostMs) => tookMs <= atMostMs);
    if (bucket >= 0) this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1;
  }

  snapshot(): Pick<HttpClientCounters, 'requests' | 'underWay' | 'succeeded' | 'aborted' | 'errors' | 'latency'> {
    let below = 0;
    const buckets = LATENCY_BUCKETS_MS.map((atMostMs, index) => {
      below += this.#buckets[index] ?? 0;
      return { atMostMs, count: below };
    });
    const { succeeded = 0, aborted = 0, ...errors } = Object.fromEntries(this.#ends);
    return {
      requests: this.#requests,
      underWay: this.#underWay,
      succeeded,
      aborted,
      errors,
      latency: { count: this.#requests, sumMs: this.#sumMs, buckets },
    };
  }
}
