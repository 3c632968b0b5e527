// What other packages may use. The detectors, their patterns and the weighing of context stay private.
export type { ReflexHealth, ReflexVerdict } from './client/answers.ts';
export { ScreenTextInvalid } from './client/errors.ts';
export type { ProcessOptions, ReflexClientOptions } from './client/reflex-client.ts';
export { ReflexClient } from './client/reflex-client.ts';
export { ScreenLimitExceeded } from './errors.ts';
export type { ProcessAnswer, ServerPiiPolicy } from './http/process-text.ts';
export type { RateLimits, ReflexPluginOptions } from './http/reflex-plugin.ts';
export { reflexPlugin } from './http/reflex-plugin.ts';
export type { ReflexServer, ReflexServerOptions } from './http/reflex-server.ts';
export { DEFAULT_LIMITS, startReflexServer } from './http/reflex-server.ts';
export type { BlockReason, Decidable, Decision, PiiPolicy, ScreeningMode } from './policy.ts';
export { decide, ENFORCED_PII } from './policy.ts';
export type { ScreenOptions } from './screen.ts';
export { screen } from './screen.ts';
export type {
  FieldInjectionMatch,
  FieldPiiMatch,
  FieldsOptions,
  FieldsVerdict,
  OnText,
  Place,
} from './screen-fields.ts';
export { MAX_DEPTH, MAX_TEXTS, screenFields } from './screen-fields.ts';
export type {
  ContextAnalysis,
  InjectionMatch,
  InjectionType,
  PiiMatch,
  PiiType,
  Severity,
  Span,
  Verdict,
} from './verdict.ts';
export { MAX_MATCHES, SEVERITIES } from './verdict.ts';
