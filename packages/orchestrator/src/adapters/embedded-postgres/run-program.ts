import { spawn } from 'node:child_process';
import { isErrno } from '@switchyard/core';

/** Output beyond this many characters is dropped from its front: the end says why a program failed. */
const MAX_OUTPUT_CHARS = 16_384;

/** A user and group to run a program as. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

export interface RunOptions {
  /** Whom to run as; undefined: as this process. */
  readonly account?: Account | undefined;
  readonly env: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** How a program ended. `code` is null when a signal ended it. */
export interface Ended {
  readonly code: number | null;
  /** The end of stdout and stderr, as they came. */
  readonly output: string;
}

/**
 * Runs a program to its end and keeps the end of its output. It runs in its own process group, so that a Ctrl-C does not
 * reach it and an abort takes its children too.
 *
 * @throws the signal's reason after an abort (SIGKILL to the group, waited for), or the system's error when the program
 * cannot be started.
 */
export function runProgram(file: string, args: readonly string[], options: RunOptions): Promise<Ended> {
  const { account, env, signal } = options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const child = spawn(file, args, {
      cwd: '/',
      detached: true,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(account && { uid: account.uid, gid: account.gid }),
    });
    let output = '';
    const keep = (chunk: string): void => {
      output = (output + chunk).slice(-MAX_OUTPUT_CHARS);
    };
    child.stdout.setEncoding('utf8').on('data', keep);
    child.stderr.setEncoding('utf8').on('data', keep);
    const onAbort = (): void => signalGroup(child.pid, 'SIGKILL');
    signal?.addEventListener('abort', onAbort, { once: true });
    child.once('error', (error) => {
      signal?.removeEventListener('abort', onAbort);
      reject(error);
    });
    child.once('close', (code) => {
      signal?.removeEventListener('abort', onAbort);
      if (signal?.aborted) reject(signal.reason);
      else resolve({ code, output });
    });
  });
}

/** Sends a signal to a process group; a group that is already gone is fine. */
export function signalGroup(leader: number | undefined, signal: NodeJS.Signals): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, signal);
  } catch (error) {
    if (!isErrno(error, 'ESRCH')) throw error;
  }
}
