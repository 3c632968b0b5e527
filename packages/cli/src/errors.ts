import { SwitchyardError } from '@switchyard/core';

/** The command line is wrong. */
export class UsageError extends SwitchyardError {
  constructor(message: string) {
    super('usage', 'invalid', message);
  }
}

/** A signal asked the command to stop. */
export class Interrupted extends SwitchyardError {
  constructor(signal: string) {
    super('interrupted', 'terminal', `interrupted (${signal})`);
  }
}

/** Whoever read the output has gone, and what was still to come is of no use. */
export class OutputClosed extends SwitchyardError {
  constructor() {
    super('output_closed', 'terminal', 'stdout was closed before the command had ended');
  }
}

/** --timeout ran out first. The work goes on. */
export class StillPending extends SwitchyardError {
  constructor(taskId: string, seconds: number) {
    super(
      'still_pending',
      'transient',
      `task ${taskId} has not ended after ${seconds} s and goes on; see how it ends: switchyard watch ${taskId}`,
    );
  }
}

/** A file or stdin cannot be used as input. */
export class InputUnusable extends SwitchyardError {
  constructor(what: string, why: string, options?: { cause?: unknown }) {
    super('input_unusable', 'invalid', `${what} ${why}`, options);
  }
}

/** Nobody answers at the address of the server. */
export class ServerUnreachable extends SwitchyardError {
  constructor(url: string, detail: string, options?: { cause?: unknown }) {
    super(
      'server_unreachable',
      'transient',
      `no server answers at ${url} (${detail}); start one with \`switchyard up\`, or name another with --server URL`,
      options,
    );
  }
}

/** The server took the request and did not answer in time. */
export class ServerTimeout extends SwitchyardError {
  constructor(url: string, ms: number) {
    super(
      'server_timeout',
      'transient',
      `${url} did not answer within ${ms / 1000} s; see how it is: switchyard doctor`,
    );
  }
}

/** The answer is not one that a Switchyard gives. */
export class UnexpectedAnswer extends SwitchyardError {
  constructor(url: string, what: string, options?: { cause?: unknown }) {
    super(
      'unexpected_answer',
      'terminal',
      `${url} ${what}, which no Switchyard of this version does; is this the right --server?`,
      options,
    );
  }
}

/** A worker was started and there is nothing to work for. */
export class NoSystemToWorkFor extends SwitchyardError {
  constructor(dataDir: string) {
    super(
      'no_system',
      'conflict',
      `no system runs on ${dataDir}; start one there (switchyard up), name its folder with --data-dir, or its database with DATABASE_URL`,
    );
  }
}
