/**
 * What an earlier start may have left: a server that still runs, or a postmaster.pid that names nobody.
 *
 * Called with the directory's lock held, so no start of ours is at work on it.
 * 1. A server that runs on these data is never ignored: it is given time to end, then stopped.
 * 2. A process that merely has the number in postmaster.pid is left alone.
 * 3. The pid file of a dead process is left to PostgreSQL, which also looks whether its children still live.
 */
import { readFile, readlink, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isErrno, sleep } from '@switchyard/core';
import type { Binaries } from './binaries.ts';
import { DataDirectoryInUse, PostgresStartFailed } from './errors.ts';
import type { Layout } from './layout.ts';
import { LOCK_FILE } from './postmaster.ts';
import { runProgram } from './run-program.ts';

/** After the SIGKILL of its parent a server ends by itself within some 60 ms; this leaves room for a final checkpoint. */
const GRACE_MS = 2_000;
const POLL_MS = 20;
/** For `pg_ctl stop`: a checkpoint of all buffers on a slow disk. */
const STOP_TIMEOUT_SECONDS = 60;

export interface SettleOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  readonly onLog: (line: string) => void;
}

/**
 * Leaves the data without a running server and without a pid file that would keep one from starting.
 *
 * @throws {PostgresStartFailed} a server of an earlier start does not stop
 * @throws {DataDirectoryInUse} a server that this process cannot see runs on the data (another container)
 */
export async function settleEarlierServer(layout: Layout, binaries: Binaries, options: SettleOptions): Promise<void> {
  let found = await look(layout.data);
  for (let waited = 0; found.state === 'ours' && waited < GRACE_MS; waited += POLL_MS) {
    await sleep(POLL_MS, options.signal);
    found = await look(layout.data);
  }
  if (found.state === 'ours') {
    options.onLog(`stopping the server of an earlier start (process ${found.pid})`);
    await stopServer(layout, binaries, options);
  }
  if (found.state === 'foreign') {
    if (await isLockedElsewhere(layout, options)) {
      throw new DataDirectoryInUse(layout.dataDir, { pid: undefined, since: undefined });
    }
    await rm(join(layout.data, 'postmaster.pid'), { force: true });
    options.onLog('removed a postmaster.pid that an earlier start left behind');
  }
}

type Found =
  | { readonly state: 'absent' }
  /** The process is dead. */
  | { readonly state: 'dead' }
  | { readonly state: 'ours'; readonly pid: number }
  /** Another program has the number now, or the file holds none. */
  | { readonly state: 'foreign' };

async function look(data: string): Promise<Found> {
  let text: string;
  try {
    text = await readFile(join(data, 'postmaster.pid'), 'utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return { state: 'absent' };
    throw error;
  }
  // A leading minus marks a single-user server.
  const pid = Math.abs(Number.parseInt(text.split('\n')[0] ?? '', 10));
  if (!Number.isSafeInteger(pid) || pid <= 1) return { state: 'foreign' };
  if (!isAlive(pid)) return { state: 'dead' };
  return (await isServerOf(pid, data)) ? { state: 'ours', pid } : { state: 'foreign' };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !isErrno(error, 'ESRCH');
  }
}

async function isServerOf(pid: number, data: string): Promise<boolean> {
  try {
    const [cwd, exe] = await Promise.all([readlink(`/proc/${pid}/cwd`), readlink(`/proc/${pid}/exe`)]);
    return cwd === data && exe.replace(/ \(deleted\)$/, '').endsWith('/postgres');
  } catch (error) {
    if (process.platform === 'linux' && isErrno(error, 'ENOENT', 'ESRCH')) return false;
    // No /proc (macOS), or root without the right to look into another user's process (a container): the command line.
    const command = await commandLineOf(pid);
    return command.includes('/postgres') && command.includes(data);
  }
}

async function commandLineOf(pid: number): Promise<string> {
  if (process.platform === 'linux') return readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  const env = { PATH: '/usr/bin:/bin' };
  const { code, output } = await runProgram('/bin/sh', ['-c', 'ps -ww -o command= -p "$1"', 'sh', `${pid}`], { env });
  return code === 0 ? output : '';
}

async function stopServer(layout: Layout, binaries: Binaries, options: SettleOptions): Promise<void> {
  const args = ['stop', '--mode=fast', '--pgdata', layout.data, `--timeout=${STOP_TIMEOUT_SECONDS}`];
  const { code, output } = await runProgram(binaries.pgCtl, args, { ...options, account: layout.account });
  // It may have ended by itself in between.
  if (code !== 0 && (await look(layout.data)).state === 'ours') {
    throw new PostgresStartFailed(
      layout.dataDir,
      'could not start, the server of an earlier start does not stop',
      output,
    );
  }
}

/** The supervisor holds this lock as long as its server lives; it is seen across containers that share the folder. */
async function isLockedElsewhere(layout: Layout, options: SettleOptions): Promise<boolean> {
  const script = 'command -v flock >/dev/null 2>&1 || exit 0; exec 9>>"$1" && flock -n 9 || exit 75';
  const args = ['-c', script, 'sh', join(layout.home, LOCK_FILE)];
  const { code } = await runProgram('/bin/sh', args, { ...options, account: layout.account });
  return code === 75;
}
