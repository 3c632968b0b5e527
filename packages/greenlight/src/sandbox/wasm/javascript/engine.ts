/** Fresh QuickJS instances, each with memory of its own. */

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import quickjsPackage from '@jitl/quickjs-wasmfile-release-sync';
import { newQuickJSWASMModuleFromVariant, newVariant, type QuickJSContext } from 'quickjs-emscripten-core';
import { MIB } from '../limits.ts';

const PAGE_BYTES = 65_536;

/** Pages that the engine's binary asks for at its start. */
const INITIAL_PAGES = 256;

/** Stack of the submission's code: bytes. Deeper recursion is an error inside the engine. */
const STACK_BYTES = 1_048_576;

/** Memory that the engine keeps for itself beside the submission's, so that its out-of-memory error can still be told. */
const ENGINE_RESERVE_BYTES = 8 * MIB;

// The package's types describe its CommonJS build, whose default export is one level deeper than the ESM build's.
const quickjsVariant = 'default' in quickjsPackage ? quickjsPackage.default : quickjsPackage;

/** One instance of the engine. */
export interface Engine {
  readonly memoryMb: number;
  /** A context in a runtime of its own: nothing of another context's is in reach, only the allocator is shared. */
  newContext(): QuickJSContext;
  /** Bytes that the memory has grown to. */
  size(): number;
  /** Whether its memory has reached its maximum, as far as a growth step can tell. */
  exhausted(): boolean;
}

/** Compiles the engine's binary; a compiled module can be posted to other threads. */
export async function compileEngine(): Promise<WebAssembly.Module> {
  const path = fileURLToPath(import.meta.resolve('@jitl/quickjs-wasmfile-release-sync/wasm'));
  return WebAssembly.compile(Uint8Array.from(await readFile(path)));
}

/** An instance of a compiled engine with `memoryMb` MiB at most. */
export async function startEngine(module: WebAssembly.Module, memoryMb: number): Promise<Engine> {
  const maximum = (memoryMb * MIB) / PAGE_BYTES;
  // `setMemoryLimit` alone is not kept by every builtin: the memory itself ends here.
  const wasmMemory = new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum });
  const quickjs = await newQuickJSWASMModuleFromVariant(newVariant(quickjsVariant, { wasmModule: module, wasmMemory }));
  return {
    memoryMb,
    newContext() {
      const runtime = quickjs.newRuntime();
      runtime.setMemoryLimit(memoryMb * MIB - ENGINE_RESERVE_BYTES);
      runtime.setMaxStackSize(STACK_BYTES);
      return runtime.newContext();
    },
    size: () => wasmMemory.buffer.byteLength,
    // Emscripten grows by up to a fifth at once, and gives up on a growth that does not fit.
    exhausted: () => wasmMemory.buffer.byteLength * 1.25 >= memoryMb * MIB,
  };
}
