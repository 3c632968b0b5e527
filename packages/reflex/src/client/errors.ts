import { SwitchyardError } from '@switchyard/core';

/** A text that no server would take: refused before anything is sent. */
export class ScreenTextInvalid extends SwitchyardError {
  constructor(was: string) {
    super(
      'screen_text_invalid',
      'invalid',
      `the text to screen ${was}; it may have 1 to 100,000 characters that are not all whitespace`,
    );
  }
}
