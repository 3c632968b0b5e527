/** The screen that every submitted text passes. */
import type { JsonValue, PiiTreatment } from '../contract/index.ts';
import type { FoundValue } from '../domain/redaction.ts';
import type { ScreeningPolicy } from '../domain/screening.ts';

/** One finding: what kind, where, what the policy did about it; never the text itself. */
export interface FieldFinding {
  readonly kind: 'pii' | 'injection';
  /** As the Reflex protocol names it: `SSN`, `IgnorePrevious`. */
  readonly type: string;
  /** JSON Pointer into the screened value. */
  readonly field: string;
  /** UTF-16 offset in that field. */
  readonly position: number;
  readonly length: number;
  readonly severity?: string;
  readonly treatment: PiiTreatment;
}

export interface Screened {
  readonly blocked: boolean;
  readonly findings: readonly FieldFinding[];
  /** The values that the policy takes out, in the order of the texts. They may be stored sealed only, and never logged. */
  readonly redact: readonly FoundValue[];
}

export interface Screen {
  /**
   * Screens every text in `value`, keys too.
   * @throws ScreenUnavailable when the screen cannot be asked: nothing may be stored then
   */
  screen(value: JsonValue, policy: ScreeningPolicy, signal?: AbortSignal): Promise<Screened>;
  /** Null when it answers; else why not. */
  problem(signal: AbortSignal): Promise<string | null>;
  readonly description: string;
  /** Where it is one that can be away: how its circuit breaker stands. */
  breaker?(): BreakerStanding;
}

export interface BreakerStanding {
  /** The host that is called. */
  readonly target: string;
  readonly state: 'closed' | 'half-open' | 'open';
}
