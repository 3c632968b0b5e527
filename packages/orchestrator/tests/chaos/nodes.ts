/** The processes of a run: API and workers as their users start them, brought back when they end, each behind a proxy. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { openProxy, type Proxy } from './proxy.ts';
import { freePort, type Server } from './servers.ts';

const BIN = join(import.meta.dirname, '..', '..', '..', 'cli', 'bin', 'switchyard.js');
const AGAIN_MS = 200;

export interface Node {
  readonly role: 'api' | 'worker';
  readonly proxy: Proxy;
  /** Null for a worker. */
  readonly url: string | null;
  /** Resolves once it has said that it is ready, now or after its next start. */
  ready(): Promise<void>;
  signal(signal: NodeJS.Signals): void;
  /** Of the process that runs now. */
  pid(): number | undefined;
  /** Asks it to end and waits for that. @returns its exit code, or the signal that ended it */
  stop(): Promise<number | NodeJS.Signals | null>;
}

export interface NodeOptions {
  readonly role: Node['role'];
  readonly server: Server;
  /** Its working folder, in the folder of the run: everything it starts can be told by it. */
  readonly folder: string;
  readonly effects: string;
}

type Child = ChildProcessByStdio<null, Readable, Readable>;

export async function openNode({ role, server, folder, effects }: NodeOptions): Promise<Node> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'switchyard.config.json'), JSON.stringify(configuration()));
  const proxy = await openProxy(() => server.target());
  const port = role === 'api' ? await freePort() : null;
  const log = createWriteStream(join(folder, 'log'), { flags: 'a' });
  const env = {
    PATH: process.env['PATH'],
    HOME: folder,
    LOG_LEVEL: 'info',
    EFFECTS_DIR: effects,
    DATABASE_URL: `postgres://${server.role}:${server.password}@127.0.0.1:${proxy.port}/${server.database}`,
    ...(port === null ? {} : { PORT: String(port) }),
  };
  const args = role === 'api' ? ['api'] : ['worker', '--arm', 'effect', '--arm', 'effect-program'];
  let stopping = false;
  let ready = Promise.withResolvers<void>();
  const start = (): Child => {
    const child = spawn(process.execPath, [BIN, ...args], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
    listen(child, log, () => ready.resolve());
    return child;
  };
  let child = start();
  const watch = async (): Promise<void> => {
    for (;;) {
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      if (stopping) return;
      ready = Promise.withResolvers<void>();
      await delay(AGAIN_MS);
      if (stopping) return;
      child = start();
    }
  };
  const watched = watch();
  return {
    role,
    proxy,
    url: port === null ? null : `http://127.0.0.1:${port}`,
    ready: () => ready.promise,
    signal: (signal) => void child.kill(signal),
    pid: () => child.pid,
    stop: async () => {
      stopping = true;
      child.kill('SIGTERM');
      await watched;
      await proxy[Symbol.asyncDispose]();
      log.end();
      return child.signalCode ?? child.exitCode;
    },
  };
}

function listen(child: Child, log: WriteStream, onReady: () => void): void {
  child.stderr.pipe(log, { end: false });
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line.startsWith('ready')) onReady();
  });
}

function configuration(): object {
  const arm = { screening: 'report', concurrency: 8, retry: { attempts: 3, initialSeconds: 0.05, maxSeconds: 1 } };
  return {
    arms: {
      effect: { type: 'module', module: join(import.meta.dirname, 'fixtures', 'effect-arm.ts'), ...arm },
      'effect-program': {
        type: 'process',
        command: ['sh', join(import.meta.dirname, 'fixtures', 'effect.sh')],
        env: ['EFFECTS_DIR'],
        ...arm,
        concurrency: 2,
      },
    },
  };
}
