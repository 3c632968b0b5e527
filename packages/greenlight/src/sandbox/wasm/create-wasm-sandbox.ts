import { type SandboxPoolOptions, settingsOf } from '../pool-options.ts';
import type { Sandbox } from '../port.ts';
import { WasmSandbox } from './wasm-sandbox.ts';

/**
 * The sandbox that needs nothing installed: CPython and QuickJS as WebAssembly, each run in an instance of its own, in
 * worker threads of a process of its own.
 *
 * Resolves as soon as that process is forked; boxes warm up behind it, and the first runs wait for one.
 *
 * @throws RangeError when an option is out of its bounds.
 */
export async function createWasmSandbox(options: SandboxPoolOptions = {}): Promise<Sandbox> {
  return new WasmSandbox(settingsOf(options));
}
