/** How every error becomes a problem+json body (RFC 9457). The one table from codes to HTTP statuses. */
import { type ErrorKind, SwitchyardError } from '@switchyard/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RequestInvalid, TaskBlocked } from '../app/errors.ts';
import type { Problem } from '../contract/index.ts';
import { CursorInvalid } from '../ports/errors.ts';

/** Room for the largest context and a source of a megabyte, escaped. */
export const BODY_LIMIT_BYTES = 4 * 1024 * 1024;

const BY_CODE: { readonly [code: string]: number } = {
  task_unknown: 404,
  schedule_unknown: 404,
  transcript_missing: 404,
  method_not_allowed: 405,
  task_blocked: 400,
  malformed_json: 400,
  encoding_unsupported: 415,
};

const BY_KIND: { readonly [kind in ErrorKind]: number } = {
  invalid: 422,
  refused: 403,
  conflict: 409,
  transient: 503,
  terminal: 500,
  bug: 500,
};

/** Fastify's own codes, as ours. */
const FRAMEWORK: { readonly [code: string]: { code: string; status: number; detail: string } } = {
  FST_ERR_CTP_BODY_TOO_LARGE: {
    code: 'body_too_large',
    status: 413,
    detail: `the body is larger than the ${BODY_LIMIT_BYTES / 1024 / 1024} MiB that this server takes; submit it in parts`,
  },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    code: 'media_type_unsupported',
    status: 415,
    detail: 'send the body as JSON, with the header "Content-Type: application/json"',
  },
  FST_ERR_MAX_PARAM_LENGTH: {
    code: 'task_unknown',
    status: 404,
    detail: 'there is no task with an id as long as that',
  },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    code: 'malformed_request',
    status: 400,
    detail: 'the body is not as long as its Content-Length says',
  },
};

const TITLES: { readonly [status: number]: string } = {
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  421: 'Misdirected Request',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

const RETRY_AFTER_SECONDS = 2;

type Core = Pick<Problem, 'status' | 'code' | 'detail'> & Partial<Problem>;

/** @param onBug told of what is our fault; the answer itself says nothing of it */
export function sendProblem(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  onBug: (error: unknown) => void,
): FastifyReply {
  const core = coreOf(error);
  if (core.code === 'internal_error') onBug(error);
  if (core.status === 503) void reply.header('retry-after', String(retryAfterOf(error)));
  return reply.status(core.status).type('application/problem+json').send(problemOf(core, request));
}

export function problemOf(core: Core, request: FastifyRequest): Problem {
  return {
    type: `urn:switchyard:problem:${core.code}`,
    title: TITLES[core.status] ?? 'Error',
    instance: request.url,
    request_id: request.id,
    ...core,
  };
}

function coreOf(error: unknown): Core {
  if (error instanceof SwitchyardError) return ofOurs(error);
  const { code, statusCode, message } = frameworkError(error);
  const known = code === undefined ? undefined : FRAMEWORK[code];
  if (known !== undefined) return known;
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return { status: statusCode, code: 'malformed_request', detail: message };
  }
  return {
    status: 500,
    code: 'internal_error',
    detail: 'something went wrong on our side; the log has it under this request_id',
  };
}

function ofOurs(error: SwitchyardError): Core {
  const status = BY_CODE[error.code] ?? BY_KIND[error.kind];
  const core: Core = { status, code: error.code, detail: error.message };
  if (status === 500)
    return {
      status,
      code: 'internal_error',
      detail: 'something went wrong on our side; the log has it under this request_id',
    };
  if (error instanceof RequestInvalid) return { ...core, errors: [...error.errors] };
  if (error instanceof CursorInvalid) return { ...core, errors: [{ pointer: 'cursor', detail: core.detail }] };
  if (error instanceof TaskBlocked) {
    return {
      ...core,
      pii_detected: error.findings.some((finding) => finding.kind === 'pii'),
      injection_detected: error.findings.some((finding) => finding.kind === 'injection'),
      findings: error.findings.map(({ type, field, position }) => ({ type, field, position })),
    };
  }
  return core;
}

/** Seconds; what the error knows of it, where that is longer. */
function retryAfterOf(error: unknown): number {
  const hint: unknown = error instanceof SwitchyardError ? Reflect.get(error, 'retryAfterMs') : undefined;
  return Math.max(RETRY_AFTER_SECONDS, typeof hint === 'number' && Number.isFinite(hint) ? Math.ceil(hint / 1000) : 0);
}

function frameworkError(error: unknown): { code?: string; statusCode?: number; message: string } {
  if (!(error instanceof Error)) return { message: '' };
  return {
    message: error.message,
    ...('code' in error && typeof error.code === 'string' ? { code: error.code } : {}),
    ...('statusCode' in error && typeof error.statusCode === 'number' ? { statusCode: error.statusCode } : {}),
  };
}
