/**
 * The one base of every error that Switchyard throws on purpose.
 *
 * A subclass composes its own message and fixes its `code` and `kind`; callers branch on those, never on the text.
 * The table of all codes is `docs/errors.md`.
 */

/**
 * What the reader of an error can do about it.
 *
 * - `invalid`: the caller's input is wrong; correct it and send it again
 * - `refused`: policy or missing permission; the same input will be refused again
 * - `conflict`: it does not fit the present state (already ended, key reused, directory in use)
 * - `transient`: may pass by itself; the only kind that is ever retried
 * - `terminal`: trying again cannot help
 * - `bug`: a fault of ours
 */
export type ErrorKind = 'invalid' | 'refused' | 'conflict' | 'transient' | 'terminal' | 'bug';

export class SwitchyardError extends Error {
  /** Stable, snake_case, listed in `docs/errors.md`. */
  readonly code: string;
  readonly kind: ErrorKind;

  constructor(code: string, kind: ErrorKind, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
    this.kind = kind;
  }
}

/** True only for errors whose type says that trying again may help. Unknown errors are not retried. */
export function isTransient(error: unknown): boolean {
  return error instanceof SwitchyardError && error.kind === 'transient';
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
