// What other packages may use. The detectors, their patterns and the weighing of context stay private.
export { ScreenLimitExceeded } from './errors.ts';
export type { BlockReason, Decidable, Decision, PiiPolicy, ScreeningMode } from './policy.ts';
export { decide } from './policy.ts';
export type { ScreenOptions } from './screen.ts';
export { screen } from './screen.ts';
export type { FieldInjectionMatch, FieldPiiMatch, FieldsVerdict, Place } from './screen-fields.ts';
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
