// The sandbox port and the driver that needs nothing installed. Boxes, frames and the pool's process stay private.

export { createSandbox, type SandboxOptions } from './create-sandbox.ts';
export { LanguageUnsupported, SandboxFault, SandboxSaturated, StepUnsupported } from './errors.ts';
export { createNativeSandbox } from './native/create-native-sandbox.ts';
export type { SandboxPoolOptions } from './pool-options.ts';
export type {
  CallArguments,
  InsideTest,
  JsonValue,
  Language,
  Limits,
  ProgramError,
  RefusedLanguage,
  Sandbox,
  SandboxJob,
  SandboxRun,
  SandboxStatus,
  Step,
  StepOutcome,
  StepUsage,
  Value,
} from './port.ts';
export { CALL_LANGUAGES, isJudgedInside, LANGUAGES } from './port.ts';
export { type DriverStatus, SANDBOX_DRIVERS, type SandboxDriver, type SandboxOfDrivers } from './sandbox-choice.ts';
export { createWasmSandbox } from './wasm/create-wasm-sandbox.ts';
