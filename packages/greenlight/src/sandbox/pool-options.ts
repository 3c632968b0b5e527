import { availableParallelism } from 'node:os';

/** How the pool of a driver is sized. */
export interface SandboxPoolOptions {
  /** Boxes of Python (natively) or of Python and of JavaScript (wasm) that wait even when nobody asks: 0 to 16, default 1. One holds about 15 or 25 MB. */
  readonly parkedAtLeast?: number;
  /** Runs at once: 1 to 256, default twice the cores. */
  readonly maxConcurrent?: number;
  /** Runs that may wait for their turn: 0 to 10000, default 64. The next one is refused with SandboxSaturated. */
  readonly maxWaiting?: number;
  /** Without a request for so long, boxes beyond the least are let go: 100 to 3600000 ms, default 60 s. */
  readonly idleMs?: number;
}

export interface SandboxPoolSettings extends Required<SandboxPoolOptions> {
  /** Boxes of one kind that wait at most: twice the cores. */
  readonly parkedAtMost: number;
}

/**
 * The options with their defaults.
 *
 * @throws RangeError when one is no integer within its bounds.
 */
export function settingsOf(options: SandboxPoolOptions): SandboxPoolSettings {
  const parkedAtLeast = bounded('parkedAtLeast', options.parkedAtLeast ?? 1, 0, 16);
  return {
    parkedAtLeast,
    parkedAtMost: Math.max(parkedAtLeast, 2 * availableParallelism()),
    maxConcurrent: bounded('maxConcurrent', options.maxConcurrent ?? 2 * availableParallelism(), 1, 256),
    maxWaiting: bounded('maxWaiting', options.maxWaiting ?? 64, 0, 10_000),
    idleMs: bounded('idleMs', options.idleMs ?? 60_000, 100, 3_600_000),
  };
}

function bounded(name: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new RangeError(`${name} is ${value}; it must be an integer from ${least} to ${most}`);
}
