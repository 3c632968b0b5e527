/** How every error of the protocol's routes becomes `{error, message, detail?}`. */
import type { FastifyReply } from 'fastify';
import { ProcessRequestInvalid, RateLimitExceeded } from './errors.ts';

/** The words of the protocol. */
export type ReflexErrorName = 'ValidationError' | 'RateLimitError' | 'CacheError' | 'DetectionError' | 'InternalError';

export interface ReflexErrorBody {
  readonly error: ReflexErrorName;
  readonly message: string;
  readonly detail?: string;
}

/** What the framework refuses, in words that quote nothing of the body. */
const REFUSED: { readonly [status: number]: string } = {
  400: 'the body is not valid JSON',
  404: 'there is no such route; there are POST /process, GET /health, GET /ready and GET /metrics',
  413: 'the body is larger than the 1 MiB that this server takes; a text may have 100,000 characters',
  415: 'send the body as JSON, with the header "Content-Type: application/json"',
};

/** The detectors threw. Its cause's own words may quote the text: only its class and place are kept. */
export class DetectionFailed extends Error {
  constructor(cause: unknown) {
    super(`the detection failed: ${cause instanceof Error ? `${cause.name}${placeOf(cause)}` : typeof cause}`);
    this.name = 'DetectionFailed';
  }
}

/** @param onBug told of what is our fault; the answer itself says nothing of it */
export function sendReflexError(error: unknown, reply: FastifyReply, onBug: (error: unknown) => void): FastifyReply {
  const { status, body } = answerTo(error);
  if (status >= 500) onBug(error);
  if (error instanceof RateLimitExceeded) {
    void reply.header('retry-after', String(Math.ceil(error.retryAfterMs / 1000)));
  }
  return reply.status(status).header('x-request-id', reply.request.id).type('application/json').send(body);
}

function answerTo(error: unknown): { readonly status: number; readonly body: ReflexErrorBody } {
  if (error instanceof ProcessRequestInvalid) {
    const [first] = error.problems;
    const field = first === undefined || first.field === '' ? 'the body' : first.field;
    return {
      status: 400,
      body: { error: 'ValidationError', message: `${field} cannot be used`, detail: error.message },
    };
  }
  if (error instanceof RateLimitExceeded) {
    const detail = `${error.dimension}: the next request is let through in ${Math.ceil(error.retryAfterMs / 1000)} s`;
    return { status: 429, body: { error: 'RateLimitError', message: error.message, detail } };
  }
  if (error instanceof DetectionFailed) {
    return { status: 500, body: { error: 'DetectionError', message: 'the text could not be screened' } };
  }
  const status = statusOf(error);
  if (status >= 400 && status < 500) {
    const message = REFUSED[status] ?? 'the request cannot be used';
    return { status, body: { error: 'ValidationError', message } };
  }
  return { status: 500, body: { error: 'InternalError', message: 'something went wrong on our side' } };
}

/** Of our server's own errors too, which know their kind instead. */
function statusOf(error: unknown): number {
  if (!(error instanceof Error)) return 500;
  if ('statusCode' in error && typeof error.statusCode === 'number') return error.statusCode;
  if (!('kind' in error)) return 500;
  if (error.kind === 'refused') return 403;
  return error.kind === 'invalid' ? 400 : 500;
}

function placeOf({ stack = '' }: Error): string {
  const line = stack.split('\n').find((one) => one.trimStart().startsWith('at '));
  return line === undefined ? '' : ` ${line.trim()}`;
}
