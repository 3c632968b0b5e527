import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Lifeline {
  readonly connected: Socket;
  readonly dead: Promise<unknown>;
}

/** A place that children connect to: a connection that closes tells that all who held it are dead. */
export interface Lifelines {
  /** The next child that connects, once it has said that it is up. */
  next(): Promise<Lifeline>;
  /** Source of a program that holds a lifeline and lives until it is killed; `first` runs before it says that it is up, `last` after. */
  hold(parts?: { readonly first?: string; readonly last?: string }): string;
  close(): Promise<void>;
}

export async function openLifelines(): Promise<Lifelines> {
  const directory = await mkdtemp(join(tmpdir(), 'lifelines-'));
  const path = join(directory, 'socket');
  const server = createServer();
  server.listen(path);
  await once(server, 'listening');
  return {
    next: async () => {
      const connected = await new Promise<Socket>((resolve) => {
        server.once('connection', resolve);
      });
      connected.on('error', () => {});
      const dead = once(connected, 'close');
      await once(connected, 'data');
      return { connected, dead };
    },
    hold: ({ first = '', last = '' } = {}) =>
      `const socket = require('node:net').connect(${JSON.stringify(path)}, () => { ${first}; socket.write('up', () => { ${last} }); }); setInterval(() => {}, 1000);`,
    close: async () => {
      server.close();
      await rm(directory, { recursive: true });
    },
  };
}
