import { type ErrorKind, SwitchyardError } from '@switchyard/core';
import type { Problem } from '@switchyard/orchestrator/contract';

/** The server said no, as a problem document (RFC 9457). */
export class ApiProblem extends SwitchyardError {
  readonly problem: Problem;
  /** Seconds, as the server asked for in `Retry-After`; undefined when it did not. */
  readonly retryAfterSeconds: number | undefined;

  constructor(problem: Problem, retryAfterSeconds?: number) {
    super(problem.code, kindOf(problem), problem.detail);
    this.problem = problem;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

function kindOf({ status, code }: Problem): ErrorKind {
  if (status === 401 || status === 403 || code === 'task_blocked') return 'refused';
  if (status === 409) return 'conflict';
  if (status === 408 || status === 429 || status === 502 || status === 503 || status === 504) return 'transient';
  return status >= 500 ? 'bug' : 'invalid';
}
