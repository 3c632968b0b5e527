import { SwitchyardError } from '@switchyard/core';

/** The database does not answer, has no room, or went away in the middle. Nothing was acknowledged. */
export class DatabaseUnavailable extends SwitchyardError {
  constructor(what: string, options?: { cause?: unknown }) {
    super(
      'database_unavailable',
      'transient',
      `the database cannot be used right now (${what}); try again shortly`,
      options,
    );
  }
}

/** A cursor that no page of ours ended with. */
export class CursorInvalid extends SwitchyardError {
  constructor() {
    super(
      'cursor_invalid',
      'invalid',
      'the cursor is not one that a page of this list ended with; begin without a cursor',
    );
  }
}

/** The screen cannot be asked, and unscreened text is not taken. */
export class ScreenUnavailable extends SwitchyardError {
  /** When asking again may help, where it is known. */
  readonly retryAfterMs: number | undefined;

  constructor(what: string, options?: { cause?: unknown; retryAfterMs?: number }) {
    super(
      'screen_unavailable',
      'transient',
      `the screen does not answer (${what}), and nothing is stored unscreened; try again shortly`,
      options,
    );
    this.retryAfterMs = options?.retryAfterMs;
  }
}
