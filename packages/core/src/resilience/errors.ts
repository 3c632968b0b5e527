/** What a call ends with when it was not let through to the other side, or not given more time. */
import { SwitchyardError } from '../errors.ts';

/** The circuit breaker lets nothing through at present. */
export class CircuitOpen extends SwitchyardError {
  /** Milliseconds until a call may be let through again. */
  readonly retryAfterMs: number;

  /** `options.cause`: the failure of an earlier attempt of the same call. */
  constructor(retryAfterMs: number, options?: { cause?: unknown }) {
    super(
      'circuit_open',
      'transient',
      `the circuit breaker is open after repeated failures; try again in ${Math.ceil(retryAfterMs / 1000)} s`,
      options,
    );
    this.retryAfterMs = retryAfterMs;
  }
}

/** As many calls as may run are running, and as many as may wait are waiting. */
export class BulkheadFull extends SwitchyardError {
  constructor(running: number, waiting: number) {
    super(
      'bulkhead_full',
      'transient',
      `${running} calls are running and ${waiting} waiting, which is the limit; send fewer at once`,
    );
  }
}

/** One attempt took longer than an attempt may. */
export class AttemptTimedOut extends SwitchyardError {
  readonly timeoutMs: number;

  constructor(timeoutMs: number) {
    super('attempt_timed_out', 'transient', `no complete answer within ${Math.round(timeoutMs)} ms`);
    this.timeoutMs = timeoutMs;
  }
}

/** The time for the call as a whole, all attempts and waits together, ran out. */
export class DeadlineExceeded extends SwitchyardError {
  readonly totalTimeoutMs: number;

  constructor(totalTimeoutMs: number) {
    super(
      'call_deadline_exceeded',
      'transient',
      `not done within the ${Math.round(totalTimeoutMs)} ms for all attempts`,
    );
    this.totalTimeoutMs = totalTimeoutMs;
  }
}

/** The pipeline was closed while the call was under way, or before it. */
export class PipelineClosed extends SwitchyardError {
  constructor() {
    super('pipeline_closed', 'terminal', 'the client has been closed; open another one');
  }
}
