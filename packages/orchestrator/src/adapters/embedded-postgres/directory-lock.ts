/**
 * One parent for each data directory.
 *
 * Owns: the socket that is the lock. Leaves: what the directory holds, to the others.
 * 1. Of any number of processes at most one holds the lock of a directory (one machine, one network namespace).
 * 2. The lock is free as soon as its holder is gone, however it went; nothing has to be cleaned up.
 * 3. Whoever finds it taken can ask who holds it: the holder answers on the socket itself, so the answer is never stale.
 *
 * On Linux it is an abstract socket: binding is atomic and the kernel frees the name with the process. Elsewhere it is a
 * socket file in the temporary folder; one that nobody answers on is stale and removed, and after binding we ask
 * ourselves who holds it, since two starters may have removed the same stale file.
 */
import { createHash, randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isErrno, isJsonObject, sleep } from '@switchyard/core';
import type { Holder } from './errors.ts';

/** A holder that is alive answers from its event loop; one that is this busy is not waited for. */
const ANSWER_TIMEOUT_MS = 2_000;
/** From the SIGKILL of a holder to the end of its sockets; a few milliseconds on a machine with time to spare. */
const DYING_HOLDER_MS = 1_000;
const DYING_POLL_MS = 20;
/** An answer is about 120 bytes; more than this is no answer of ours. */
const MAX_ANSWER_CHARS = 1_024;

export interface DirectoryLock extends AsyncDisposable {
  /** Frees the lock. Idempotent. */
  release(): Promise<void>;
}

/** What taking a lock comes to. */
export type LockAttempt =
  | { readonly taken: true; readonly lock: DirectoryLock }
  | { readonly taken: false; readonly holder: Holder };

/** Takes the lock of `directory` (its real path), or says who holds it. */
export async function takeDirectoryLock(
  directory: string,
  platform: NodeJS.Platform = process.platform,
): Promise<LockAttempt> {
  const address = addressOf(directory, platform);
  const token = randomUUID();
  const server = await bindPatiently(address, token, platform);
  if ('holder' in server) return { taken: false, holder: server.holder };
  if (platform !== 'linux') {
    const holder = await ask(address);
    if (holder === 'nobody' || holder.token !== token) {
      await close(server);
      return { taken: false, holder: holderOf(holder) };
    }
  }
  return { taken: true, lock: lockOf(server) };
}

/** Binds the address; one that is taken but gives no answer belongs to a holder that is just dying, for a moment. */
async function bindPatiently(
  address: string,
  token: string,
  platform: NodeJS.Platform,
): Promise<Server | { readonly holder: Holder }> {
  const said = JSON.stringify({ pid: process.pid, since: new Date().toISOString(), token });
  const deadline = performance.now() + DYING_HOLDER_MS;
  for (;;) {
    const server = await bind(address, said);
    if (server !== undefined) return server;
    const answer = await ask(address);
    if (answer === 'nobody' && platform !== 'linux') await rm(address, { force: true });
    else if ((answer !== 'nobody' && answer.pid !== undefined) || performance.now() > deadline) {
      return { holder: holderOf(answer) };
    }
    await sleep(DYING_POLL_MS);
  }
}

/** Who holds the lock of `directory` (its real path); null when nobody does. */
export async function holderOfDirectory(
  directory: string,
  platform: NodeJS.Platform = process.platform,
): Promise<Holder | null> {
  const answer = await ask(addressOf(directory, platform));
  return answer === 'nobody' ? null : holderOf(answer);
}

interface Answer extends Holder {
  readonly token: string | undefined;
}

const NO_ANSWER: Answer = { pid: undefined, since: undefined, token: undefined };

function addressOf(directory: string, platform: NodeJS.Platform): string {
  const name = `switchyard-${createHash('sha256').update(directory).digest('hex').slice(0, 32)}`;
  return platform === 'linux' ? `\0${name}` : join(tmpdir(), `${name}.sock`);
}

function bind(address: string, answer: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      socket.on('error', () => socket.destroy());
      socket.setTimeout(ANSWER_TIMEOUT_MS, () => socket.destroy());
      socket.end(`${answer}\n`, () => socket.destroy());
    });
    server.once('error', (error) => {
      if (isErrno(error, 'EADDRINUSE')) resolve(undefined);
      else reject(error);
    });
    // The lock alone does not keep its process alive.
    server.listen(address, () => resolve(server)).unref();
  });
}

function ask(address: string): Promise<Answer | 'nobody'> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(address);
    const finish = (answer: Answer | 'nobody'): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(ANSWER_TIMEOUT_MS, () => finish(NO_ANSWER));
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      if (text.length > MAX_ANSWER_CHARS) finish(NO_ANSWER);
    });
    socket.once('end', () => finish(parseAnswer(text)));
    socket.once('error', (error) => finish(isErrno(error, 'ECONNREFUSED', 'ENOENT') ? 'nobody' : NO_ANSWER));
  });
}

function parseAnswer(text: string): Answer {
  try {
    const parsed: unknown = JSON.parse(text);
    if (!isJsonObject(parsed)) return NO_ANSWER;
    const { pid, since, token } = parsed;
    return {
      pid: typeof pid === 'number' ? pid : undefined,
      since: typeof since === 'string' ? since : undefined,
      token: typeof token === 'string' ? token : undefined,
    };
  } catch {
    return NO_ANSWER;
  }
}

function holderOf(answer: Answer | 'nobody'): Holder {
  return answer === 'nobody' ? { pid: undefined, since: undefined } : { pid: answer.pid, since: answer.since };
}

function lockOf(server: Server): DirectoryLock {
  let released: Promise<void> | undefined;
  const release = (): Promise<void> => (released ??= close(server));
  return { release, [Symbol.asyncDispose]: release };
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
