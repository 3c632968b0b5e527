import { SwitchyardError } from '@switchyard/core';

/** A fault of a sandbox driver, not of the submission. Transient: another box, or another node, may do. */
export class SandboxFault extends SwitchyardError {
  constructor(driver: string, what: string, options?: { cause?: unknown }) {
    super('sandbox_fault', 'transient', `the ${driver} sandbox failed: ${what}`, options);
  }
}

/** All boxes are busy and the queue before them is full. */
export class SandboxSaturated extends SwitchyardError {
  readonly retryAfterSeconds: number;

  constructor(driver: string, waiting: number, retryAfterSeconds: number) {
    super(
      'sandbox_saturated',
      'transient',
      `the ${driver} sandbox has ${waiting} runs waiting and takes no more; try again in ${retryAfterSeconds} s`,
    );
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** A language that the driver does not run. */
export class LanguageUnsupported extends SwitchyardError {
  constructor(language: string, supported: readonly string[]) {
    super(
      'language_unsupported',
      'invalid',
      `language "${language}" cannot be run here; it may be one of: ${supported.join(', ')}`,
    );
  }
}
