/** A TCP proxy before a database: its connections can be cut, or made to hang half-open. */
import { once } from 'node:events';
import { createServer, connect as dial, type Server, type Socket } from 'node:net';

/** Where the database listens: a port or the path of a socket. */
export type Target = { readonly host: string; readonly port: number } | { readonly path: string };

export interface Proxy extends AsyncDisposable {
  readonly port: number;
  /** Resets every connection; new ones are let through. */
  cut(): void;
  /** Forwards nothing more on the connections that there are, both ways, and does not end them; new ones are let through. */
  freeze(): void;
  /** Whether new connections are let through; without it they are reset, as are those that there are. Default true. */
  letThrough(open: boolean): void;
}

export async function openProxy(target: () => Target): Promise<Proxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let isOpen = true;
  const server = createServer((client) => {
    if (!isOpen) {
      client.resetAndDestroy();
      return;
    }
    const upstream = dial(target());
    const pair = [client, upstream] as const;
    pairs.add(pair);
    for (const [one, other] of [pair, [upstream, client] as const]) {
      one.on('error', () => other.destroy());
      one.on('close', () => {
        other.destroy();
        pairs.delete(pair);
      });
    }
    client.pipe(upstream).pipe(client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = (): void => {
    for (const [client, upstream] of pairs) {
      client.resetAndDestroy();
      upstream.destroy();
    }
  };
  return {
    port: portOf(server),
    cut,
    freeze: () => {
      for (const [client, upstream] of pairs) {
        client.unpipe(upstream).pause();
        upstream.unpipe(client).pause();
      }
    },
    letThrough: (open) => {
      isOpen = open;
      if (!open) cut();
    },
    [Symbol.asyncDispose]: async () => {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}

export function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('it listens on no port');
  return address.port;
}
