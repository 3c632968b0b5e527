/** What can go wrong with a worker itself, as opposed to what it reports. Messages end in its last words on stderr. */
import { SwitchyardError } from '@switchyard/core';

/** The system does not start it. */
export class WorkerNotStartable extends SwitchyardError {
  constructor(worker: string, reason: string) {
    super('worker_not_startable', 'terminal', `${worker} cannot be started: ${reason}`);
  }
}

/** It ended without a good answer: a crash, an exit code, a kill from outside. */
export class WorkerDied extends SwitchyardError {
  constructor(worker: string, how: string, lastLines: string) {
    super('worker_died', 'transient', `${worker} ${how}; ${lastWords(lastLines)}`);
  }
}

export class WorkerTimedOut extends SwitchyardError {
  constructor(worker: string, limitMs: number, lastLines: string) {
    super(
      'worker_timed_out',
      'transient',
      `${worker} did not answer within ${limitMs} ms and was ended (PYTHON_WORKER_TIMEOUT sets the limit); ${lastWords(lastLines)}`,
    );
  }
}

/** What it wrote is no answer of the worker contract. */
export class WorkerAnswerInvalid extends SwitchyardError {
  constructor(worker: string, what: string, lastLines: string, options?: { cause?: unknown }) {
    super('worker_answer_invalid', 'terminal', `${worker} answered wrongly: ${what}; ${lastWords(lastLines)}`, options);
  }
}

/** A kept worker answered, but not this question: it is ended. */
export class WorkerOutOfStep extends SwitchyardError {
  constructor(worker: string) {
    super(
      'worker_out_of_step',
      'transient',
      `${worker} wrote a line that does not repeat the "id" of its question, as every answer with --serve must; it was ended`,
    );
  }
}

export class WorkerAnswerTooLarge extends SwitchyardError {
  constructor(worker: string, limitBytes: number) {
    super(
      'worker_answer_too_large',
      'terminal',
      `${worker} wrote more than ${limitBytes} bytes to stdout and was ended`,
    );
  }
}

/** No Python that can run the workers. */
export class PythonUnusable extends SwitchyardError {
  /** @param tried what was wrong with each that was found */
  constructor(tried: readonly string[]) {
    super(
      'python_unusable',
      'terminal',
      `no usable Python was found; install Python 3.10 or later, or name one in PYTHON_WORKER_COMMAND:\n${tried.map((line) => `  ${line}`).join('\n')}`,
    );
  }
}

/** A variable of the environment that has no valid value. */
export class WorkerSettingInvalid extends SwitchyardError {
  constructor(variable: string, was: string, mayBe: string) {
    super('worker_setting_invalid', 'invalid', `${variable} was "${was.slice(0, 40)}"; it may be ${mayBe}`);
  }
}

function lastWords(lines: string): string {
  return lines === '' ? 'it wrote nothing to stderr' : `its last words:\n${lines}`;
}
