/**
 * The server process, its life tied to ours.
 *
 * Owns: the supervising sh, the server, the socket in the socket folder. Leaves: locks, data and connections to others.
 * 1. When this process ends, however it ends, the server shuts down in order: the sh reads our pipe and sees it close.
 * 2. A signal to our process group (Ctrl-C, a closed terminal) does not reach the server.
 * 3. However the server ends, `ended` resolves with its exit code (128 + the signal's number).
 * 4. While the server or one of its children lives, `postgres.lock` is locked by flock(1), where that exists: two
 *    containers that share a folder share neither process ids nor abstract sockets, but they share this.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { DataDirectoryFull, DataDirectoryInUse, PostgresStartFailed } from './errors.ts';
import { saysDiskFull } from './explain-errno.ts';
import type { Layout } from './layout.ts';
import { signalGroup } from './run-program.ts';
import type { ServerLog } from './server-log.ts';
import { serverSettings } from './settings.ts';
import type { SocketFolder } from './socket-folder.ts';

/** In the home folder, beside the data. Empty: it is only ever locked. */
export const LOCK_FILE = 'postgres.lock';

/** A shutdown writes all buffers; after this long it is cut short (the next start replays the log, nothing is lost). */
const STOP_TIMEOUT_MS = 30_000;
/** Cut short, a server ends at once, unless it is stopped (SIGSTOP) or hangs in the kernel: then it is killed. */
const KILL_AFTER_MS = 5_000;
/** How long the server's last lines are waited for after its end. */
const LAST_LINES_TIMEOUT_MS = 500;
/** Exit code of the supervisor when the lock stays taken. No code of postgres. */
const EXIT_LOCKED = 75;

/**
 * Arguments: lock file, socket folder, `keep` or `remove` (of the socket folder at the end), the server's command line.
 * Signals are trapped, not ignored, so that the server starts with the default ones. The reader sends TERM after INT: a
 * server that has its handlers takes the INT (fast shutdown) and disregards the milder TERM; one so young that it has
 * none yet would lose the INT, which a background job of sh ignores, and dies of the TERM.
 */
const SUPERVISOR = `
trap : INT QUIT TERM HUP PIPE
lock=$1 sockets=$2 folder=$3
shift 3
exec 9>>"$lock" || exit 73
if command -v flock >/dev/null 2>&1; then flock -w 2 9; [ $? -ne 1 ] || exit ${EXIT_LOCKED}; fi
exec 3<&0 </dev/null
"$@" 3<&- >&2 &
server=$!
(
  trap '' INT QUIT TERM HUP PIPE
  while read -r _; do :; done
  kill -INT "$server"; kill -TERM "$server"
) <&3 9>&- >/dev/null 2>&1 &
reader=$!
exec 3<&-
while :; do
  wait "$server"
  code=$?
  kill -0 "$server" 2>/dev/null || break
done
kill -KILL "$reader" 2>/dev/null
rm -f "$sockets"/.s.PGSQL.*
if [ "$folder" = remove ]; then rmdir "$sockets"; fi
exit "$code"
`;

/** How the server ended. `code` is null when the supervisor itself was killed by a signal. */
export interface PostmasterEnd {
  readonly code: number | null;
}

export interface Postmaster {
  readonly ended: Promise<PostmasterEnd>;
  /** Ends the server in order (its clients are disconnected) and waits until it is gone. Idempotent. */
  stop(): Promise<void>;
}

export interface PostmasterOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly log: ServerLog;
  /** Where the socket lies, and whether its folder goes with the server. */
  readonly sockets: SocketFolder;
  /** Milliseconds until a shutdown is cut short. Default 30,000. */
  readonly stopTimeoutMs?: number;
  /** Milliseconds after that until a server that still lives is killed. Default 5,000. */
  readonly killAfterMs?: number;
}

/**
 * Starts the server; it takes connections some 50 ms later, or after replaying the log of a crash.
 *
 * @throws {PostgresStartFailed} the supervisor cannot be started
 */
export async function startPostmaster(
  layout: Layout,
  postgres: string,
  options: PostmasterOptions,
): Promise<Postmaster> {
  const { account } = layout;
  const { stopTimeoutMs = STOP_TIMEOUT_MS, killAfterMs = KILL_AFTER_MS } = options;
  const { folder, temporary } = options.sockets;
  const settings = Object.entries(serverSettings(folder)).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const supervised = [join(layout.home, LOCK_FILE), folder, temporary ? 'remove' : 'keep'];
  const child = spawn(
    '/bin/sh',
    ['-c', SUPERVISOR, 'switchyard-postgres', ...supervised, postgres, '-D', layout.data, ...settings],
    {
      cwd: '/',
      detached: true,
      env: options.env,
      stdio: ['pipe', 'ignore', 'pipe'],
      ...(account && { uid: account.uid, gid: account.gid }),
    },
  );
  // A pipe to a supervisor that has just died: `ended` tells.
  child.stdin.on('error', () => child.stdin.destroy());
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => options.log.write(chunk));
  const ended = endOf(child);
  await spawned(child, layout.dataDir);
  let stopped: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    child.stdin.end();
    const timers = [
      setTimeout(() => signalGroup(child.pid, 'SIGQUIT'), stopTimeoutMs),
      setTimeout(() => signalGroup(child.pid, 'SIGKILL'), stopTimeoutMs + killAfterMs),
    ];
    await ended;
    for (const timer of timers) clearTimeout(timer);
  };
  return { ended, stop: () => (stopped ??= stop()) };
}

/** What it means that the server ended before it took connections. */
export function startFailure(layout: Layout, end: PostmasterEnd, log: ServerLog): Error {
  if (end.code === EXIT_LOCKED) return new DataDirectoryInUse(layout.dataDir, { pid: undefined, since: undefined });
  const lastLines = log.lastLines().join('\n');
  if (saysDiskFull(lastLines)) return new DataDirectoryFull(layout.dataDir, lastLines);
  const what = end.code === null ? 'was killed while it started' : `ended while it started, with exit code ${end.code}`;
  return new PostgresStartFailed(layout.dataDir, what, lastLines);
}

function endOf(child: ChildProcess): Promise<PostmasterEnd> {
  return new Promise((resolve) => {
    child.once('exit', (code) => {
      // The last lines of the log may still be in the pipe, which a backend of a killed server holds open for a moment.
      const timer = setTimeout(() => resolve({ code }), LAST_LINES_TIMEOUT_MS);
      child.once('close', () => {
        clearTimeout(timer);
        resolve({ code });
      });
    });
    child.once('error', () => resolve({ code: null }));
  });
}

function spawned(child: ChildProcess, dataDir: string): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) => {
      reject(new PostgresStartFailed(dataDir, 'could not be started', error.message, { cause: error }));
    });
  });
}
