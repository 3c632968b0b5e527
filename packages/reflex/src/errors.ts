import { SwitchyardError } from '@switchyard/core';

/** A value nested too deeply, or with too many texts, to be screened whole; it is refused rather than screened in part. */
export class ScreenLimitExceeded extends SwitchyardError {
  /** JSON Pointer to where the limit was passed. */
  readonly pointer: string;

  constructor(what: 'levels' | 'texts', limit: number, pointer: string) {
    super(
      'screen_limit_exceeded',
      'invalid',
      `the input has more than ${limit} ${what === 'levels' ? 'levels of nesting' : 'texts'} (at "${pointer}") and cannot be screened whole; send it flatter or in parts`,
    );
    this.pointer = pointer;
  }
}
