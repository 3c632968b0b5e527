// What other packages may use. Matching of script rules and checking of requests stay private.

export type { ModelErrorCode, ModelErrorDetails } from './model/errors.ts';
export {
  ApiKeyMissing,
  isRetryableCode,
  MODEL_ERROR_CODES,
  ModelError,
  ModelRequestInvalid,
  ProviderAddressInvalid,
  ProviderAddressMissing,
  ProviderUnsupported,
  ScenarioInvalid,
  ScriptedFailure,
  ScriptInvalid,
  ScriptNotFound,
} from './model/errors.ts';
export type { Finish, Model, ModelAnswer, ModelMessage, ModelRequest, TokenUsage } from './model/port.ts';
export type { ModelSources } from './model/resolve-model.ts';
export { resolveModel } from './model/resolve-model.ts';
export type { Script, ScriptRule } from './model/script.ts';
export { DEFAULT_SCRIPT, loadScript, parseScript } from './model/script.ts';
export type { ScriptedModelOptions } from './model/scripted.ts';
export { scriptedModel } from './model/scripted.ts';
export { estimateTokens } from './model/token-estimate.ts';

// Calls: the gate that all of them pass, and the layer that repeats them.

export type { CallGate, CallGateOptions } from './calls/call-gate.ts';
export { createCallGate } from './calls/call-gate.ts';
export { INITIAL_WINDOW, LARGEST_WINDOW } from './calls/lane.ts';
export type { LaneGrant, LaneLedger, LaneReport } from './calls/lane-ledger.ts';
export { fairShare } from './calls/lane-ledger.ts';
export type { Repeat, RetryPolicy } from './calls/retrying-model.ts';
export { repeatWords } from './calls/retrying-model.ts';
export { cutAnswer } from './conversation/cut-answer.ts';
export type { ConversationHooks, PlannedTurn } from './conversation/hold-conversation.ts';
export { holdConversation, plannedTurns } from './conversation/hold-conversation.ts';
export type { PricedCall, PricedModel } from './cost/price.ts';
export { createPricer, type Pricer, priceOfTranscript } from './cost/price.ts';

// Providers, and the tables that workers in other languages read as well.

export type { ProviderAnswer } from './providers/ask-provider.ts';
export { askProvider } from './providers/ask-provider.ts';
export { baseUrlOf } from './providers/base-url.ts';
export { configuredProviders } from './providers/configured-providers.ts';
export type { Classified, FailureRow } from './providers/failure-table.ts';
export { classifyFailure } from './providers/failure-table.ts';
export type { ModelName } from './providers/model-id.ts';
export { parseModelId } from './providers/model-id.ts';
export type { Provider, ProviderId } from './providers/provider-table.ts';
export { isProviderId, PROVIDER_IDS, PROVIDERS, providerOf } from './providers/provider-table.ts';
export type { Quirk } from './providers/quirks.ts';
export { QUIRKS, quirksOf } from './providers/quirks.ts';

// The worker contract, and what runs a conversation by it.

export type { InProcessOptions } from './runtime/in-process.ts';
export { createInProcessRuntime } from './runtime/in-process.ts';
export type { ProbeRuntime, RunOptions, RuntimeName } from './runtime/port.ts';
export type { PythonRuntime, WorkerRuntimeOptions } from './runtime/worker-runtime.ts';
export { createCommandRuntime, createNodeRuntime, createPythonRuntime } from './runtime/worker-runtime.ts';
export type { ConversationConfig, ModelConfig, ModelCost, Scenario, WorkerInput } from './worker-contract/input.ts';
export {
  conversationConfigSchema,
  modelConfigSchema,
  modelCostSchema,
  scenarioSchema,
  workerInputSchema,
} from './worker-contract/input.ts';
export { FIRST_LABEL, LONGEST_ANSWER_BYTES } from './worker-contract/limits.ts';
export type { TranscriptTurn, WorkerError, WorkerOutput, WorkerTranscript } from './worker-contract/output.ts';
export { workerOutputSchema } from './worker-contract/output.ts';
export type { ScenarioFile } from './worker-contract/scenario-file.ts';
export { parseScenarioFile } from './worker-contract/scenario-file.ts';
export type { SchemaProblem } from './worker-contract/schema-problems.ts';
export { schemaProblems } from './worker-contract/schema-problems.ts';
export type { LogLine, ProgressLine } from './worker-contract/stderr-lines.ts';
export { logLineSchema, progressLineSchema } from './worker-contract/stderr-lines.ts';
export type { ProbeTaskInput } from './worker-contract/task-input.ts';
export {
  probeTaskInputJsonSchema,
  probeTaskInputProblems,
  probeTaskInputSchema,
} from './worker-contract/task-input.ts';

// Workers in other processes. How their answers are read and their environments made stays private.

export type { Environment } from './worker-process/environment.ts';
export { timeLimitOf } from './worker-process/environment.ts';
export {
  PythonUnusable,
  WorkerAnswerInvalid,
  WorkerAnswerTooLarge,
  WorkerDied,
  WorkerNotStartable,
  WorkerOutOfStep,
  WorkerSettingInvalid,
  WorkerTimedOut,
} from './worker-process/errors.ts';
export { type FindPythonOptions, findPython, type PythonHealth } from './worker-process/find-python.ts';
export { LONGEST_OUTPUT_BYTES, type SpawnOptions, spawnPython, spawnWorker } from './worker-process/spawn-worker.ts';
export type { WorkerListeners } from './worker-process/stderr-line.ts';
