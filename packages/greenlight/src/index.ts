// What other packages may use. Wire formats and their readers, the grader, files of atoms, the sandbox. How values are
// compared and rendered, and the rules behind suggestions, stay private.

export type { Answer } from './atoms/answers.ts';
export { answerAtom, answerFileName, loadAnswers, starterOf } from './atoms/answers.ts';
export { checkDeck } from './atoms/check.ts';
export { deckJsonSchema } from './atoms/deck-json-schema.ts';
export { AtomsNotJson, AtomsUnreadable } from './atoms/errors.ts';
export type { AtomSource } from './atoms/load.ts';
export { loadAtom, loadDeck } from './atoms/load.ts';
export type { NewAtomOptions } from './atoms/new-atom.ts';
export { newAtom } from './atoms/new-atom.ts';
export type { GreenlightAtomResult } from './client/answers.ts';
export { ExecutionFailed, ExecutionWaitExpired } from './client/errors.ts';
export type {
  GreenlightAtomRequest,
  GreenlightCallOptions,
  GreenlightClientDependencies,
  GreenlightClientOptions,
  PollOptions,
} from './client/greenlight-client.ts';
export { GreenlightClient } from './client/greenlight-client.ts';
export type { Atom, Deck } from './contract/atom.ts';
export { parseAtom, parseDeck } from './contract/atom.ts';
export type { AtomResult, ErrorClass, TestResult } from './contract/atom-result.ts';
export { atomResultSchema, ERROR_CLASSES, testResultSchema } from './contract/atom-result.ts';
export type { AssertionTest, AtomTest, CallTest, FileTest, ProgramTest } from './contract/atom-tests.ts';
export type { AtomType } from './contract/atom-types.ts';
export { ATOM_TYPES } from './contract/atom-types.ts';
export type { Issue } from './contract/invalid-atom.ts';
export { InvalidAtom } from './contract/invalid-atom.ts';
export type { RunnerLimits } from './contract/limits.ts';
export { runAtomJsonSchema } from './contract/run-atom-json-schema.ts';
export type { AtomContent, RunAtomRequest, SessionContext } from './contract/run-atom-request.ts';
export { parseRunAtomRequest, runAtomRequestSchema } from './contract/run-atom-request.ts';
export { ReportInvalid } from './formats/errors.ts';
export { fromExercism, toExercism } from './formats/exercism.ts';
export { toGradescope } from './formats/gradescope.ts';
export { fromJest } from './formats/jest.ts';
export { toJUnit } from './formats/junit.ts';
export { fromPytest } from './formats/pytest.ts';
export { grade } from './grader/grade.ts';
export { AtomKeyReused, ExecutionUnknown } from './http/errors.ts';
export type { Execution, Executions, QueueContext } from './http/executions.ts';
export type { GreenlightPluginOptions } from './http/greenlight-plugin.ts';
export { greenlightPlugin } from './http/greenlight-plugin.ts';
export type {
  CallArguments,
  DriverStatus,
  InsideTest,
  JsonValue,
  Language,
  Limits,
  ProgramError,
  RefusedLanguage,
  Sandbox,
  SandboxDriver,
  SandboxJob,
  SandboxOfDrivers,
  SandboxOptions,
  SandboxPoolOptions,
  SandboxRun,
  SandboxStatus,
  Step,
  StepOutcome,
  StepUsage,
  Value,
} from './sandbox/index.ts';
export {
  CALL_LANGUAGES,
  createNativeSandbox,
  createSandbox,
  createWasmSandbox,
  isJudgedInside,
  LANGUAGES,
  LanguageUnsupported,
  SANDBOX_DRIVERS,
  SandboxFault,
  SandboxSaturated,
  StepUnsupported,
} from './sandbox/index.ts';
