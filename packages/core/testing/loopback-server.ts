/** A real HTTP server on loopback for one test, that answers, or misbehaves, as it is told. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isJsonObject, type JsonObject } from '../src/json.ts';

export interface ReceivedRequest {
  readonly method: string;
  /** Path and query as they came. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
  /** The text as JSON; undefined when there is none. */
  readonly body: unknown;
}

/** Answers one request. `index` counts from 0. */
export type Behaviour = (response: ServerResponse, request: ReceivedRequest, index: number) => void;

export interface LoopbackServer extends AsyncDisposable {
  readonly url: string;
  readonly requests: readonly ReceivedRequest[];
  /** Connections that were made to it. */
  readonly connections: number;
  /** Closes every connection that has no request on it. */
  closeIdle(): void;
  /** Resolves once so many requests have arrived. */
  received(count: number): Promise<void>;
  /** Stops listening and ends every connection. */
  close(): Promise<void>;
}

export async function openLoopbackServer(behaviour: Behaviour): Promise<LoopbackServer> {
  const requests: ReceivedRequest[] = [];
  let connections = 0;
  const server = createServer((incoming, response) => {
    void readText(incoming).then((text) => {
      const request = {
        method: incoming.method ?? '',
        path: incoming.url ?? '',
        headers: incoming.headers,
        text,
        body: text === '' ? undefined : (JSON.parse(text) as unknown),
      };
      requests.push(request);
      server.emit('switchyard-received');
      behaviour(response, request, requests.length - 1);
    });
  });
  server.on('connection', () => {
    connections += 1;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = async (): Promise<void> => {
    if (!server.listening) return;
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
  return {
    url: `http://127.0.0.1:${portOf(server.address())}`,
    requests,
    get connections() {
      return connections;
    },
    closeIdle: () => server.closeIdleConnections(),
    received: async (count) => {
      while (requests.length < count) await once(server, 'switchyard-received');
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Answers with a status and JSON. */
export function answer(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

/** An empty object for a request without a JSON object, or whose sender went away. */
export async function readJson(incoming: IncomingMessage): Promise<JsonObject> {
  try {
    const body: unknown = JSON.parse(await readText(incoming));
    return isJsonObject(body) ? body : {};
  } catch {
    return {};
  }
}

/** The base of a server that nobody listens on. */
export async function refusedUrl(): Promise<string> {
  const server = await openLoopbackServer(() => undefined);
  await server.close();
  return server.url;
}

/** A request whose sender goes away halfway gives what had arrived. */
async function readText(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(incoming, 'close').catch(() => undefined);
  return Buffer.concat(chunks).toString('utf8');
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('the loopback server has no port');
  return address.port;
}
