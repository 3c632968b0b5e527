import { SwitchyardError } from '@switchyard/core';

/** The other side could not run the atom: a fault of its own, never a bad score. */
export class ExecutionFailed extends SwitchyardError {
  readonly executionId: string;

  constructor(executionId: string, reason: string) {
    super('execution_failed', 'terminal', `execution ${executionId} failed: ${reason}`);
    this.executionId = executionId;
  }
}

/** The caller waited as long as it wanted to; the execution itself goes on and may be polled again. */
export class ExecutionWaitExpired extends SwitchyardError {
  readonly executionId: string;
  readonly waitedSec: number;

  constructor(executionId: string, waitedSec: number) {
    super(
      'execution_wait_expired',
      'transient',
      `execution ${executionId} was still pending after ${Math.round(waitedSec * 10) / 10} s; poll it again later`,
    );
    this.executionId = executionId;
    this.waitedSec = waitedSec;
  }
}
