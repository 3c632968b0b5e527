/** What a failure underneath means: to the pipeline (count it, repeat it?) and to the caller (an HttpClientError). */

import { isErrno } from '../../errno.ts';
import { messageOf } from '../../errors.ts';
import type { Verdict } from '../../resilience/call-pipeline.ts';
import {
  AttemptTimedOut,
  BulkheadFull,
  CircuitOpen,
  DeadlineExceeded,
  PipelineClosed,
} from '../../resilience/errors.ts';
import { AnswerTooLarge } from './exchange.ts';
import { HttpClientError, type HttpFailure, reasonOf } from './http-client-error.ts';
import { networkFailureOf } from './network-failures.ts';
import { PathOutsideServer } from './request-url.ts';

const TOO_MANY_REQUESTS = 429;
const FIRST_SERVER_ERROR = 500;

/** The part of a failure that is known before it happens. */
export type RequestFacts = Pick<HttpFailure, 'method' | 'url' | 'attempts'>;

/** A request that cannot be made as it was asked for. */
export class RequestNotPossible extends Error {}

/** A 2xx answer that is not what was asked for. */
export class AnswerNotUnderstood extends Error {
  constructor(cause: unknown) {
    super(`the answer is not what was asked for: ${messageOf(cause)}`, { cause });
  }
}

/**
 * Only timeouts, network errors, 5xx and 429 count against the server; any other answer shows that it works. A failure
 * of neither (an injected fetch that throws) says nothing about it.
 */
export function judgeFailure(error: unknown): Verdict {
  if (error instanceof HttpClientError) {
    const { status = 0, retryable, retryAfterMs } = error;
    const counts = status === TOO_MANY_REQUESTS || status >= FIRST_SERVER_ERROR;
    return { outcome: counts ? 'failed' : 'answered', retry: retryable, retryAfterMs };
  }
  if (error instanceof AnswerNotUnderstood || error instanceof AnswerTooLarge)
    return { outcome: 'answered', retry: false };
  if (isTimeout(error)) return { outcome: 'failed', retry: true };
  const network = networkFailureOf(error);
  return { outcome: network === null ? 'neutral' : 'failed', retry: network === 'transient' };
}

/** The error that the caller gets. */
export function explainFailure(cause: unknown, facts: RequestFacts): HttpClientError {
  if (cause instanceof HttpClientError) return cause;
  return new HttpClientError({ ...facts, ...describe(cause), cause });
}

function describe(cause: unknown): Pick<HttpFailure, 'code' | 'retryable' | 'retryAfterMs'> & { problem: string } {
  const problem = messageOf(cause);
  if (cause instanceof AttemptTimedOut || cause instanceof DeadlineExceeded)
    return { code: 'http_timeout', retryable: true, problem };
  if (cause instanceof CircuitOpen)
    return { code: 'http_circuit_open', retryable: true, retryAfterMs: cause.retryAfterMs, problem };
  if (cause instanceof BulkheadFull) return { code: 'http_too_many_calls', retryable: true, problem };
  if (cause instanceof PipelineClosed) return { code: 'http_client_closed', retryable: false, problem };
  if (
    cause instanceof PathOutsideServer ||
    cause instanceof RequestNotPossible ||
    isErrno(cause, 'UND_ERR_INVALID_ARG')
  )
    return { code: 'http_invalid_request', retryable: false, problem };
  if (cause instanceof AnswerTooLarge)
    return { code: 'http_answer_too_large', retryable: false, problem: 'the answer is larger than maxResponseBytes' };
  if (cause instanceof AnswerNotUnderstood) return { code: 'http_invalid_answer', retryable: false, problem };
  if (isTimeout(cause)) return { code: 'http_timeout', retryable: true, problem };
  const network = networkFailureOf(cause);
  if (network === null) return { code: 'http_failed', retryable: false, problem: `failed unexpectedly: ${problem}` };
  const reason = `the connection failed: ${reasonOf(cause)}`;
  return { code: 'http_network', retryable: network === 'transient', problem: reason };
}

/** A fetch with a time limit of its own says so by this name. */
function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.name === 'TimeoutError';
}
