// What other packages may use. Matching of script rules and checking of requests stay private.

export type { ModelErrorCode, ModelErrorDetails, ScriptProblem } from './model/errors.ts';
export {
  isRetryableCode,
  MODEL_ERROR_CODES,
  ModelError,
  ModelRequestInvalid,
  ProviderUnsupported,
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
