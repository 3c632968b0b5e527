// The sandbox port and the driver that needs nothing installed. Boxes, frames and the pool's process stay private.
export { LanguageUnsupported, SandboxFault, SandboxSaturated } from './errors.ts';
export type {
  CallArguments,
  JsonValue,
  Language,
  Limits,
  ProgramError,
  Sandbox,
  SandboxJob,
  SandboxRun,
  SandboxStatus,
  Step,
  StepOutcome,
  Value,
} from './port.ts';
export { LANGUAGES } from './port.ts';
export { createWasmSandbox } from './wasm/create-wasm-sandbox.ts';
export type { WasmSandboxOptions } from './wasm/options.ts';
