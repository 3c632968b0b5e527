/** `switchyard greenlight` in a process of its own, with folders of its own, for a soak to use and leave nothing of. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const COMMAND = join(import.meta.dirname, '..', '..', 'packages', 'cli', 'bin', 'switchyard.js');

/** What lets it say what is left of its heap. */
const COLLECTING = ['--expose-gc', '--import', join(import.meta.dirname, 'collect.mjs')];

export interface SoakServer extends AsyncDisposable {
  readonly pid: number;
  readonly url: string;
  /** Where it keeps temporary files. */
  readonly temporary: string;
  /** Live memory of its heap, MiB: what is left when all garbage is collected. */
  readonly heapMb: () => Promise<number>;
}

export async function openSoakServer(driver: string): Promise<SoakServer> {
  const folder = await mkdtemp(join(tmpdir(), 'switchyard-soak-'));
  // As root the database runs as another user, who has to pass through.
  await chmod(folder, 0o711);
  const temporary = join(folder, 'tmp');
  await mkdir(temporary);
  const server = spawn(
    process.execPath,
    [...COLLECTING, COMMAND, 'greenlight', '--port', '0', '--log-level', 'error'],
    {
      cwd: folder,
      env: {
        PATH: process.env['PATH'],
        HOME: folder,
        TMPDIR: temporary,
        SWITCHYARD_DATA_DIR: join(folder, 'data'),
        GREENLIGHT_DRIVER: driver,
      },
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    },
  );
  if (server.stdout === null) throw new Error('the server has no output');
  const exited = once(server, 'exit');
  const lines = createInterface({ input: server.stdout })[Symbol.asyncIterator]();
  const first = await lines.next();
  const url = /^ready (\S+)$/.exec(String(first.value))?.[1];
  const dispose = async (): Promise<void> => {
    server.kill('SIGTERM');
    await exited;
    await rm(folder, { recursive: true, force: true, maxRetries: 20 });
  };
  if (url === undefined || server.pid === undefined) {
    await dispose();
    throw new Error('the server did not start');
  }
  const heapMb = async (): Promise<number> => {
    const told = Promise.withResolvers<unknown>();
    server.once('message', told.resolve);
    server.send('collect');
    const answer = await told.promise;
    if (typeof answer !== 'number') throw new Error('the server does not say what is left of its heap');
    return answer;
  };
  return { pid: server.pid, url, temporary, heapMb, [Symbol.asyncDispose]: dispose };
}
