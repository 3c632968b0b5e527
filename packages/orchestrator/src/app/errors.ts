import { SwitchyardError } from '@switchyard/core';
import type { FieldError, TaskStatus } from '../contract/index.ts';
import type { FieldFinding } from '../ports/screen.ts';

/** The request is well-formed and breaks a rule; each error names its field. */
export class RequestInvalid extends SwitchyardError {
  readonly errors: readonly FieldError[];

  constructor(errors: readonly FieldError[]) {
    const first = errors[0];
    super(
      'validation_failed',
      'invalid',
      first === undefined ? 'the request is not valid' : `${first.pointer || 'the body'}: ${first.detail}`,
    );
    this.errors = errors;
  }
}

/** The screen found what this arm's policy does not let through. Holds types and positions, never the texts. */
export class TaskBlocked extends SwitchyardError {
  readonly findings: readonly FieldFinding[];

  constructor(arm: string, findings: readonly FieldFinding[]) {
    const blocking = findings.filter(({ treatment }) => treatment === 'block');
    const types = [...new Set(blocking.map((finding) => finding.type))].join(', ');
    super(
      'task_blocked',
      'refused',
      `the screen found ${types}; the policy of arm "${arm}" does not let that through, and nothing was stored. Take it out and submit again.`,
    );
    this.findings = findings;
  }
}

export class TaskUnknown extends SwitchyardError {
  constructor(taskId: string) {
    super('task_unknown', 'invalid', `there is no task "${taskId.slice(0, 64)}"`);
  }
}

export class TranscriptMissing extends SwitchyardError {
  constructor(taskId: string) {
    super(
      'transcript_missing',
      'invalid',
      `there is no transcript of a task "${taskId.slice(0, 64)}": it is no task of the probe arm, has not ended yet, or nothing was said before it failed`,
    );
  }
}

export class TaskEnded extends SwitchyardError {
  constructor(taskId: string, status: TaskStatus) {
    super('task_ended', 'conflict', `task ${taskId} has already ended (${status}); there is nothing to cancel`);
  }
}

export class TaskNotFailed extends SwitchyardError {
  constructor(taskId: string, status: TaskStatus) {
    super('task_not_failed', 'conflict', `task ${taskId} is ${status}; only a failed task can be retried`);
  }
}

export class IdempotencyKeyReused extends SwitchyardError {
  constructor() {
    super(
      'idempotency_key_reused',
      'invalid',
      'this Idempotency-Key was used before for another request; send the same body, or another key',
    );
  }
}

export class IdempotencyKeyInFlight extends SwitchyardError {
  constructor() {
    super(
      'idempotency_key_in_flight',
      'conflict',
      'a request with this Idempotency-Key is being worked on right now; ask again when it has been answered',
    );
  }
}

/** More work waits inside this process than it is built to hold. */
export class Overloaded extends SwitchyardError {
  constructor(waiting: number) {
    super('overloaded', 'transient', `${waiting} submissions are waiting to be stored already; try again shortly`);
  }
}

export class ScheduleUnknown extends SwitchyardError {
  constructor(name: string) {
    super('schedule_unknown', 'invalid', `there is no schedule "${name.slice(0, 64)}"; GET /schedules lists them`);
  }
}

export class ScheduleExists extends SwitchyardError {
  constructor(name: string) {
    super('schedule_exists', 'conflict', `there is a schedule "${name}" already; change it, or take another name`);
  }
}

export class TooManySchedules extends SwitchyardError {
  constructor(limit: number) {
    super(
      'too_many_schedules',
      'conflict',
      `there are ${limit} schedules already, and there can be no more; remove one first`,
    );
  }
}

/** A run was asked for that the schedule's own policy would skip. */
export class ScheduleBusy extends SwitchyardError {
  constructor(name: string, why: string) {
    super(
      'schedule_busy',
      'conflict',
      `schedule "${name}" does not run now: ${why}, and its on_overlap does not let two run at once`,
    );
  }
}

/** Others changed it each time that we were about to. */
export class ScheduleContended extends SwitchyardError {
  constructor(name: string) {
    super(
      'schedule_contended',
      'conflict',
      `schedule "${name}" was changed by others at the same time; look at it and try again`,
    );
  }
}
