/** The bounds of delivery, and their defaults. */
import { LONGEST_TIMER_MS } from '../../clock.ts';
import { TransportConfigInvalid } from './problems.ts';

export interface DeliveryOptions {
  /** Most actions that wait to be sent; a span makes one or two. The oldest make room. Default 20,000. */
  readonly maxItems?: number | undefined;
  /** Most bytes that wait to be sent. Default 64 MiB. */
  readonly maxBytes?: number | undefined;
  /** Traces that are sent at the same time, 1 to 1,000. Default 16; HttpClient's bulkhead lets 32 through. */
  readonly parallelTraces?: number | undefined;
  /** Spans whose id at the collector is remembered, beside those still to be sent. Default 20,000. */
  readonly maxKnownSpans?: number | undefined;
  /** How long a finished span is remembered for children that come late, in milliseconds. Default 300,000. */
  readonly rememberMs?: number | undefined;
  /** How long a span waits for a parent that was not emitted, before it goes without one, in milliseconds. Default 60,000. */
  readonly parentWaitMs?: number | undefined;
  /**
   * How often to ask whether the instance that runs shall end, in milliseconds; the answers to spans say so as well.
   * Default: it is not asked.
   */
  readonly watchTerminationMs?: number | undefined;
  /** The first pause after the collector could not be reached, in milliseconds; doubles each time. Default 1,000. */
  readonly pauseMs?: number | undefined;
  /** The longest such pause, in milliseconds, unless the collector asks for more. Default 60,000. */
  readonly maxPauseMs?: number | undefined;
}

type Defaulted = Exclude<keyof DeliveryOptions, 'watchTerminationMs'>;

export type DeliverySettings = { readonly [name in Defaulted]: number } & {
  readonly watchTerminationMs: number | null;
};

const DEFAULTS: { readonly [name in Defaulted]: number } = {
  maxItems: 20_000,
  maxBytes: 64 * 2 ** 20,
  parallelTraces: 16,
  maxKnownSpans: 20_000,
  rememberMs: 300_000,
  parentWaitMs: 60_000,
  pauseMs: 1_000,
  maxPauseMs: 60_000,
};

const MOST_PARALLEL_TRACES = 1_000;
const LARGEST: { readonly [name in keyof DeliveryOptions]?: number } = {
  watchTerminationMs: LONGEST_TIMER_MS,
  parallelTraces: MOST_PARALLEL_TRACES,
  rememberMs: LONGEST_TIMER_MS,
  parentWaitMs: LONGEST_TIMER_MS,
  pauseMs: LONGEST_TIMER_MS,
  maxPauseMs: LONGEST_TIMER_MS,
};

/** @throws {TransportConfigInvalid} for a setting that is no whole number from 1 to its largest value */
export function deliverySettings(options: DeliveryOptions = {}): DeliverySettings {
  const checked = (name: keyof DeliveryOptions, value: number): number => {
    const largest = LARGEST[name] ?? Number.MAX_SAFE_INTEGER;
    if (!Number.isSafeInteger(value) || value < 1 || value > largest)
      throw new TransportConfigInvalid(`delivery.${name}`, value, `a whole number from 1 to ${largest}`);
    return value;
  };
  const setting = (name: Defaulted): number => checked(name, options[name] ?? DEFAULTS[name]);
  const { watchTerminationMs } = options;
  return {
    maxItems: setting('maxItems'),
    maxBytes: setting('maxBytes'),
    parallelTraces: setting('parallelTraces'),
    maxKnownSpans: setting('maxKnownSpans'),
    rememberMs: setting('rememberMs'),
    parentWaitMs: setting('parentWaitMs'),
    watchTerminationMs: watchTerminationMs === undefined ? null : checked('watchTerminationMs', watchTerminationMs),
    pauseMs: setting('pauseMs'),
    maxPauseMs: setting('maxPauseMs'),
  };
}
