/** What can go wrong with an arm outside of this program. Messages name the arm and say what to look at. */
import { type ErrorKind, type HttpClientError, SwitchyardError } from '@switchyard/core';
import { type ArmAnswer, RETRYABLE_CODES } from '../../contract/index.ts';

/** The arm itself says that it failed, under a code of its own. */
export class ArmReportedFailure extends SwitchyardError {
  constructor(arm: string, error: Extract<ArmAnswer, { success: false }>['error']) {
    const retryable = error.retryable ?? RETRYABLE_CODES.has(error.code);
    const kind: ErrorKind = retryable ? 'transient' : 'terminal';
    super(error.code, kind, `${error.message} (said by arm "${arm}")`);
  }
}

/** What came back is not an answer to what was asked. */
export class ArmAnswerInvalid extends SwitchyardError {
  constructor(arm: string, what: string, options?: { cause?: unknown }) {
    super('arm_answer_invalid', 'terminal', `arm "${arm}" answered wrongly: ${what}`, options);
  }
}

/** A kept program answered, but not this question: it is ended, and the attempt is made again with another. */
export class ArmOutOfStep extends SwitchyardError {
  constructor(arm: string, what: string) {
    super(
      'arm_out_of_step',
      'transient',
      `the program of arm "${arm}" ${what}; with "serve" each answer repeats the "id" that it was asked with`,
    );
  }
}

export class ArmAnswerTooLarge extends SwitchyardError {
  constructor(arm: string, limitMb: number) {
    super(
      'arm_answer_too_large',
      'terminal',
      `arm "${arm}" answered more than ${limitMb} MB and was cut off; let it answer less, or raise its maxOutputMb`,
    );
  }
}

/** Its program ended without a good answer: a crash, an exit code, a kill from outside. */
export class ArmProcessDied extends SwitchyardError {
  constructor(arm: string, how: string, lastLines: string) {
    const said = lastLines === '' ? 'it wrote nothing to stderr' : `its last words:\n${lastLines}`;
    super('arm_process_died', 'transient', `the program of arm "${arm}" ${how}; ${said}`);
  }
}

export class ArmNotStartable extends SwitchyardError {
  constructor(arm: string, reason: string) {
    super('arm_not_startable', 'terminal', `the program of arm "${arm}" cannot be started: ${reason}`);
  }
}

/** Its server does not answer, or says that it cannot now. */
export class ArmUnavailable extends SwitchyardError {
  /** Its own word on when to ask again, milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(arm: string, reason: string, cause: HttpClientError) {
    super('arm_unavailable', 'transient', `arm "${arm}" cannot be asked: ${reason}`, { cause });
    this.retryAfterMs = cause.retryAfterMs;
  }
}

/** Its server refuses this task: the same one will be refused again. */
export class ArmRefused extends SwitchyardError {
  constructor(arm: string, reason: string, options?: { cause?: unknown }) {
    super('arm_refused', 'terminal', `arm "${arm}" refuses the task: ${reason}`, options);
  }
}

/** One attempt took longer than the arm's own limit. */
export class ArmTimedOut extends SwitchyardError {
  constructor(arm: string, seconds: number) {
    super('arm_timed_out', 'transient', `arm "${arm}" did not finish within its timeoutSeconds of ${seconds}`);
  }
}

/** A conversation has used more tokens than its task may. */
export class TokenBudgetSpent extends SwitchyardError {
  constructor(spent: number, budget: number, turn: number, turns: number) {
    super(
      'token_budget_spent',
      'terminal',
      `stopped after turn ${turn} of ${turns}: it has used ${spent} tokens of a budget of ${budget}; a larger budget.max_tokens (at most 100000) lets it go on`,
    );
  }
}

/** The configuration names what cannot be used. */
export class ArmConfigurationInvalid extends SwitchyardError {
  constructor(arm: string, what: string, options?: { cause?: unknown }) {
    super('arm_configuration_invalid', 'invalid', `arm "${arm}" cannot be used as configured: ${what}`, options);
  }
}
