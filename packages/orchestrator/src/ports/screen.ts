/** The screen that every submitted text passes. */
import type { JsonValue } from '../contract/index.ts';
import type { Screening } from './arm.ts';

/** One finding: what kind, where; never the text itself. */
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
}

export interface Screened {
  readonly blocked: boolean;
  readonly findings: readonly FieldFinding[];
}

export interface Screen {
  /**
   * Screens every text in `value`, keys too.
   * @throws ScreenUnavailable when the screen cannot be asked: nothing may be stored then
   */
  screen(value: JsonValue, screening: Screening, signal?: AbortSignal): Promise<Screened>;
  /** Null when it answers; else why not. */
  problem(signal: AbortSignal): Promise<string | null>;
  readonly description: string;
}
