import { SwitchyardError } from '@switchyard/core';
import { CALL_LANGUAGES, type Step } from './port.ts';

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
  /** @param reason why, where it is a language that could be run elsewhere */
  constructor(language: string, supported: readonly string[], reason?: string) {
    super(
      'language_unsupported',
      'invalid',
      `language "${language}" cannot be run here${reason === undefined ? '' : ` (${reason})`}; it may be one of: ${supported.join(', ')}`,
    );
  }
}

/** A kind of test that the language's runner does not have, as a call into a C program. */
export class StepUnsupported extends SwitchyardError {
  constructor(kind: Step['kind'], language: string, driver: string) {
    super(
      'step_unsupported',
      'invalid',
      `${STEP_WORDS[kind]} of ${language} cannot be run by the ${driver} sandbox; ${ADVICE[kind]}`,
    );
  }
}

const STEP_WORDS: { readonly [kind in Step['kind']]: string } = {
  call: 'call tests',
  assertion: 'assertion code',
  program: 'program tests',
  'test-file': 'test files',
};

const OTHERS = `only ${CALL_LANGUAGES.join(', ')} may have them, any language may have program tests`;
const ADVICE: { readonly [kind in Step['kind']]: string } = {
  call: OTHERS,
  assertion: OTHERS,
  'test-file': OTHERS,
  program: 'another sandbox driver may do it',
};
