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
  /** Where it is one that can be away: how its calls go. */
  calls?(): CallStanding;
}

/** What the client of another server has counted since the start. */
export interface CallStanding {
  /** The host that is called. */
  readonly target: string;
  readonly breaker: 'closed' | 'half-open' | 'open';
  readonly succeeded: number;
  /** By the code of the error. */
  readonly failed: { readonly [code: string]: number };
  readonly retries: number;
}
