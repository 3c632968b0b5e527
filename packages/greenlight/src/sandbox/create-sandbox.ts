import { createNativeSandbox } from './native/create-native-sandbox.ts';
import type { SandboxPoolOptions } from './pool-options.ts';
import { SandboxChoice, type SandboxDriver, type SandboxOfDrivers } from './sandbox-choice.ts';
import { createWasmSandbox } from './wasm/create-wasm-sandbox.ts';

export interface SandboxOptions {
  /** Which driver runs what both could: `wasm` (default), `native`, or `auto`: native where it holds. */
  readonly driver?: SandboxDriver;
  readonly wasm?: SandboxPoolOptions;
  readonly native?: SandboxPoolOptions;
  /** When the native driver is opened (a third of a second): at the first job that needs it (default), or in the background now. */
  readonly openNative?: 'when-needed' | 'now';
}

/**
 * A sandbox of both drivers: see `sandbox-choice.ts`. With `native` or `auto` it resolves once the native walls were probed.
 *
 * @throws RangeError when an option is out of its bounds.
 */
export async function createSandbox(options: SandboxOptions = {}): Promise<SandboxOfDrivers> {
  const { driver = 'wasm', openNative = 'when-needed' } = options;
  const isFirst = driver !== 'wasm';
  const wasm = await createWasmSandbox(isFirst ? { parkedAtLeast: 0, ...options.wasm } : options.wasm);
  const native = () => createNativeSandbox(isFirst ? options.native : { parkedAtLeast: 0, ...options.native });
  const sandbox = new SandboxChoice(driver, wasm, native);
  if (isFirst) await sandbox.open();
  else if (openNative === 'now') void sandbox.open();
  return sandbox;
}
