/** What is answered to bytes that are no HTTP request: no route, no reply object, only the socket. */
import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Problem } from '../contract/index.ts';

const STATUS_BY_CODE: { readonly [code: string]: number } = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};
const DETAILS: { readonly [status: number]: string } = {
  400: 'what arrived is no HTTP request',
  408: 'the request did not arrive whole in time',
  431: 'the headers are longer than this server takes',
};

export function answerMalformed(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = STATUS_BY_CODE[error.code ?? ''] ?? 400;
  const title = STATUS_CODES[status] ?? 'Error';
  const problem: Problem = {
    type: 'urn:switchyard:problem:malformed_request',
    title,
    status,
    code: 'malformed_request',
    detail: DETAILS[status] ?? title,
    instance: '',
    request_id: randomUUID(),
  };
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${status} ${title}`,
    'content-type: application/problem+json',
    `content-length: ${Buffer.byteLength(body)}`,
    `x-request-id: ${problem.request_id}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
