import { SwitchyardError } from '@switchyard/core';

/** One thing that is wrong with a request to /process. */
export interface RequestProblem {
  /** As the protocol calls it; empty for the body itself. */
  readonly field: string;
  /** What it was and what it may be. Never the value: it may be what the screen is there to find. */
  readonly detail: string;
}

/** The body of a request to /process is not what the protocol says. */
export class ProcessRequestInvalid extends SwitchyardError {
  readonly problems: readonly RequestProblem[];

  constructor(problems: readonly RequestProblem[]) {
    const lines = problems.map(({ field, detail }) => `${field === '' ? 'the body' : field} ${detail}`);
    super('process_request_invalid', 'invalid', lines.join('; '));
    this.problems = problems;
  }
}

/** Of whom there were too many requests. */
export type LimitDimension = 'ip' | 'user';

/** The sender, by its address or its user_id, has used up its tokens. */
export class RateLimitExceeded extends SwitchyardError {
  readonly dimension: LimitDimension;
  readonly retryAfterMs: number;

  constructor(dimension: LimitDimension, retryAfterMs: number) {
    const whose = dimension === 'ip' ? 'this address' : 'this user_id';
    super(
      'rate_limit_exceeded',
      'transient',
      `too many requests from ${whose}; try again in ${Math.ceil(retryAfterMs / 1000)} s`,
    );
    this.dimension = dimension;
    this.retryAfterMs = retryAfterMs;
  }
}
