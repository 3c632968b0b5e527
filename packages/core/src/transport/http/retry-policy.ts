/** When a request is made again, and after how long. */

/**
 * How the exponential wait `base = min(initialRetryDelay · retryMultiplier^n, maxRetryDelay)` is spread, so that clients that
 * failed together do not come back together:
 *
 * - `half-jitter`: `base × (0.5 + random/2)`, so between half of it and all of it
 * - `extra-quarter`: `base × (1 + random/4)`, so never less than it and up to 25 % on top
 */
export type RetryDelayStrategy = 'half-jitter' | 'extra-quarter';

export interface RetryDelayConfig {
  /** Milliseconds before the first retry, before they are spread. */
  readonly initialRetryDelay: number;
  /** The longest wait in milliseconds, before it is spread. */
  readonly maxRetryDelay: number;
  readonly retryMultiplier: number;
  /** Default `half-jitter`. */
  readonly retryStrategy?: RetryDelayStrategy | undefined;
}

const FIRST_SERVER_ERROR = 500;
const LAST_SERVER_ERROR = 599;

/** 429 and 500 to 599. */
export const DEFAULT_RETRY_STATUS_CODES: readonly number[] = [
  429,
  ...Array.from({ length: LAST_SERVER_ERROR - FIRST_SERVER_ERROR + 1 }, (_code, index) => FIRST_SERVER_ERROR + index),
];

/**
 * Milliseconds to wait before a retry.
 *
 * @param attempt 0 before the first retry, 1 before the second, and so on
 * @param random a number from 0 to below 1. Default `Math.random`
 */
export function calculateRetryDelay(
  attempt: number,
  config: RetryDelayConfig,
  random: () => number = Math.random,
): number {
  const grown = config.initialRetryDelay === 0 ? 0 : config.initialRetryDelay * config.retryMultiplier ** attempt;
  return spread(Math.min(grown, config.maxRetryDelay), config.retryStrategy, random);
}

/** Whether an answer with this status is worth asking again for. */
export function shouldRetryStatusCode(status: number, codes: readonly number[] = DEFAULT_RETRY_STATUS_CODES): boolean {
  return codes.includes(status);
}

function spread(base: number, strategy: RetryDelayStrategy | undefined, random: () => number): number {
  return strategy === 'extra-quarter' ? base * (1 + random() / 4) : base * (0.5 + random() / 2);
}
