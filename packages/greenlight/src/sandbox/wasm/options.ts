import { availableParallelism } from 'node:os';

/** How the wasm sandbox's pool is sized. */
export interface WasmSandboxOptions {
  /** Boxes kept started and waiting, for each language: 0 to 16, default 2. One of Python holds about 25 MB. */
  readonly parkedPerLanguage?: number;
  /** Runs at once: 1 to 256, default twice the cores. */
  readonly maxConcurrent?: number;
  /** Runs that may wait for their turn: 0 to 10000, default 64. The next one is refused with SandboxSaturated. */
  readonly maxWaiting?: number;
}

export type WasmSandboxSettings = Required<WasmSandboxOptions>;

/**
 * The options with their defaults.
 *
 * @throws RangeError when one is no integer within its bounds.
 */
export function settingsOf(options: WasmSandboxOptions): WasmSandboxSettings {
  return {
    parkedPerLanguage: bounded('parkedPerLanguage', options.parkedPerLanguage ?? 2, 0, 16),
    maxConcurrent: bounded('maxConcurrent', options.maxConcurrent ?? 2 * availableParallelism(), 1, 256),
    maxWaiting: bounded('maxWaiting', options.maxWaiting ?? 64, 0, 10_000),
  };
}

function bounded(name: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new RangeError(`${name} is ${value}; it must be an integer from ${least} to ${most}`);
}
