import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { portOf } from './port-of.ts';

export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export type Handler = (request: SeenRequest, response: ServerResponse) => void;

export interface FakeServer extends AsyncDisposable {
  readonly url: string;
  readonly requests: readonly SeenRequest[];
}

/** A real HTTP server on loopback that answers as told. */
export async function fakeServer(handler: Handler): Promise<FakeServer> {
  const requests: SeenRequest[] = [];
  const server = createServer((message, response) => {
    const chunks: Buffer[] = [];
    message.on('data', (chunk: Buffer) => chunks.push(chunk));
    message.on('end', () => {
      const request = {
        method: message.method ?? '',
        url: message.url ?? '',
        headers: message.headers,
        body: Buffer.concat(chunks).toString('utf8'),
      };
      requests.push(request);
      handler(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${portOf(server)}`,
    requests,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function json(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

export function problem(response: ServerResponse, status: number, code: string, more: object = {}): void {
  const body = {
    type: `urn:switchyard:problem:${code}`,
    title: 'Title',
    status,
    code,
    detail: `the detail of ${code}`,
    instance: '/x',
    request_id: 'request-1',
    ...more,
  };
  json(response, status, body, { 'content-type': 'application/problem+json' });
}

/** Starts an event stream and sends these events. */
export function sendEvents(response: ServerResponse, events: readonly { number: number }[]): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write('retry: 1000\n\n');
  for (const event of events) response.write(`id: ${event.number}\ndata: ${JSON.stringify(event)}\n\n`);
}

export const TASK_ID = '6f1f0c1e-6a0e-4f43-9d5b-0a3f5f0e8d11';

export function taskView(more: object = {}) {
  return {
    task_id: TASK_ID,
    status: 'completed',
    goal: 'say hello',
    result: { output: 'hello', model: 'scripted', scripted: true },
    error: null,
    created_at: '2026-01-02T03:04:05.000Z',
    updated_at: '2026-01-02T03:04:06.000Z',
    processing_time_ms: 12,
    arm: 'generalist',
    attempt: 1,
    priority: 'medium',
    parent_task_id: null,
    metadata: {},
    trace_id: '0af7651916cd43dd8448eb211c80319c',
    links: { self: `/tasks/${TASK_ID}`, events: `/tasks/${TASK_ID}/events` },
    ...more,
  };
}

export function taskEvent(number: number, type: string, data: object = {}) {
  return { task_id: TASK_ID, number, type, at: '2026-01-02T03:04:05.678Z', data };
}
