/** How every error of the protocol's routes becomes `{error, message, pointer?}`; the one table of its statuses. */
import { type ErrorKind, errorCodeOf, SwitchyardError } from '@switchyard/core';
import type { FastifyReply } from 'fastify';
import { InvalidAtom, type Issue } from '../contract/invalid-atom.ts';
import { LanguageUnsupported, SandboxSaturated } from '../sandbox/errors.ts';

/** A source of a megabyte, escaped, and all that comes with it. */
export const BODY_LIMIT_BYTES = 4 * 1024 * 1024;
const RETRY_AFTER_SECONDS = 2;
const UNAVAILABLE = 503;

const BY_CODE: { readonly [code: string]: number } = {
  execution_unknown: 404,
  atom_key_reused: 422,
  idempotency_key_reused: 422,
  task_blocked: 400,
  encoding_unsupported: 415,
};

const BY_KIND: { readonly [kind in ErrorKind]: number } = {
  invalid: 400,
  refused: 403,
  conflict: 409,
  transient: UNAVAILABLE,
  terminal: 500,
  bug: 500,
};

/** Fastify's own codes, as the protocol's. */
const FRAMEWORK: { readonly [code: string]: { status: number; error: string; message: string } } = {
  FST_ERR_CTP_BODY_TOO_LARGE: {
    status: 413,
    error: 'body_too_large',
    message: `the body is larger than the ${BODY_LIMIT_BYTES / 1024 / 1024} MiB that this server takes; a submission may hold 1 MiB of source`,
  },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    status: 415,
    error: 'media_type_unsupported',
    message: 'send the body as JSON, with the header "Content-Type: application/json"',
  },
  FST_ERR_CTP_INVALID_JSON_BODY: { status: 400, error: 'malformed_json', message: 'the body is not valid JSON' },
  FST_ERR_CTP_EMPTY_JSON_BODY: {
    status: 400,
    error: 'malformed_json',
    message: 'the body is empty; it may be an object with atom_id, atom_type, front, back and content_json',
  },
};

export interface ErrorBody {
  /** A stable code. */
  readonly error: string;
  readonly message: string;
  /** JSON Pointer to the first field that is wrong. */
  readonly pointer?: string;
  /** All fields that are wrong. */
  readonly errors?: readonly Issue[];
}

/** @param onBug told of what is our fault; the answer itself says nothing of it */
export function sendError(error: unknown, reply: FastifyReply, onBug: (error: unknown) => void): FastifyReply {
  const { status, body } = answerTo(error);
  if (status === 500) onBug(error);
  if (status === UNAVAILABLE) {
    const seconds = error instanceof SandboxSaturated ? error.retryAfterSeconds : RETRY_AFTER_SECONDS;
    void reply.header('retry-after', String(seconds));
  }
  return reply.status(status).type('application/json').send(body);
}

function answerTo(error: unknown): { readonly status: number; readonly body: ErrorBody } {
  if (error instanceof SwitchyardError) return ofOurs(error);
  const code = errorCodeOf(error) ?? '';
  const known = FRAMEWORK[code];
  if (known !== undefined) return { status: known.status, body: { error: known.error, message: known.message } };
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  if (error instanceof Error && typeof status === 'number' && status >= 400 && status < 500) {
    return { status, body: { error: 'malformed_request', message: error.message } };
  }
  return { status: 500, body: INTERNAL };
}

const INTERNAL: ErrorBody = {
  error: 'internal_error',
  message: 'something went wrong on our side; this is never a bad score, and the log has it',
};

function ofOurs(error: SwitchyardError): { readonly status: number; readonly body: ErrorBody } {
  const status = BY_CODE[error.code] ?? BY_KIND[error.kind];
  if (status === 500) return { status, body: INTERNAL };
  const body: ErrorBody = { error: error.code, message: error.message };
  if (error instanceof LanguageUnsupported) return { status, body: { ...body, pointer: '/content_json/language' } };
  if (!(error instanceof InvalidAtom)) return { status, body };
  const [first] = error.issues;
  return { status, body: { ...body, ...(first ? { pointer: first.pointer } : {}), errors: error.issues } };
}
