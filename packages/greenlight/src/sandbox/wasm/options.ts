/** How the wasm sandbox's pool is sized. */
export interface WasmSandboxOptions {
  /** Boxes kept started and waiting, for each language. Default 2. */
  readonly parkedPerLanguage?: number;
  /** Runs at once. Default twice the cores. */
  readonly maxConcurrent?: number;
  /** Runs that may wait for their turn; the next one is refused with SandboxSaturated. Default 64. */
  readonly maxWaiting?: number;
}
