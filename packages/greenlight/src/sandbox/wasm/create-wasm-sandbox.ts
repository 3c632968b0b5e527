import type { Sandbox } from '../port.ts';
import type { WasmSandboxOptions } from './options.ts';

export async function createWasmSandbox(options: WasmSandboxOptions = {}): Promise<Sandbox> {
  throw new Error(`to come ${JSON.stringify(options)}`);
}
