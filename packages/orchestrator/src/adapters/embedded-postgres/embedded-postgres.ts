/**
 * A PostgreSQL server of our own, on a data directory, as long as this process lives.
 *
 * Owns: the server, its lock, its socket and `connection.json`. Leaves: the schema to the migrations, pools to the store.
 * 1. One server for each data directory, one process that owns it (`directory-lock.ts`, then an advisory lock inside).
 * 2. The server never outlives this process for longer than its shutdown takes (`postmaster.ts`).
 * 3. A start that fails or is aborted leaves nothing running and the lock free.
 * 4. Only the user who runs this, and the account the server runs as, can connect: a socket in a 0700 folder, a password.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isErrno, messageOf, sleep } from '@switchyard/core';
import pg from 'pg';
import { type Binaries, copyBinaries, findBinaries, type VersionedBinaries } from './binaries.ts';
import { prepareCluster, ROLE } from './cluster.ts';
import { removeConnectionFile, socketUrl, writeConnectionFile } from './connection-file.ts';
import { takeDirectoryLock } from './directory-lock.ts';
import { DataDirectoryInUse, PostgresStartFailed } from './errors.ts';
import { explainErrno } from './explain-errno.ts';
import { accountMay, type Layout, prepareLayout } from './layout.ts';
import { type Postmaster, type PostmasterEnd, startFailure, startPostmaster } from './postmaster.ts';
import { ServerLog } from './server-log.ts';
import { makeSocketFolder } from './socket-folder.ts';
import { settleEarlierServer } from './stale-postmaster.ts';

/** Replaying the log of a crash reads up to max_wal_size (512 MB); a slow disk gets this long. */
const READY_TIMEOUT_MS = 180_000;
const READY_POLL_MS = 15;
/** Key of the session lock in the `postgres` database: "swyd" in ASCII. */
const SESSION_LOCK_KEY = 0x73_77_79_64;
/** What the server's programs get of the environment; nothing else of ours reaches them. */
const PASSED_ENVIRONMENT = ['PATH', 'TMPDIR', 'LD_LIBRARY_PATH', 'DYLD_LIBRARY_PATH'];

export interface EmbeddedPostgresOptions {
  /** Made when missing; for example `.switchyard`. */
  readonly dataDir: string;
  /** Aborts the start; afterwards it has no effect. */
  readonly signal?: AbortSignal | undefined;
  /** Gets a line for each thing worth knowing (earlier server stopped, fallback folder). */
  readonly onLog?: ((line: string) => void) | undefined;
  /** PATH and library paths for the server's programs are taken from here. Default: a plain PATH only. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Where root's databases go when the server's account cannot enter `dataDir`. Default: /var/lib/switchyard. */
  readonly rootFallbackFolder?: string | undefined;
}

/** The unexpected end of a server. */
export interface EmbeddedPostgresExit extends PostmasterEnd {
  /** The last lines that the server wrote. */
  readonly lastLines: readonly string[];
}

export interface EmbeddedPostgres {
  /** The `switchyard` database as its superuser `switchyard`. Holds the password: never log it. */
  readonly databaseUrl: string;
  /** Version of the server, for example `18.4`. */
  readonly version: string;
  /** Real path of the data directory. */
  readonly dataDir: string;
  /** Whether this start made the database. */
  readonly created: boolean;
  /** Resolves when the server ends without `stop`; its lock is free by then. Stays pending after `stop`. */
  readonly exited: Promise<EmbeddedPostgresExit>;
  /** Shuts the server down in order and frees everything. Close your pools first: their connections are cut. Idempotent. */
  stop(): Promise<void>;
}

/**
 * Starts the server on `dataDir`, creating its database at the first start (about a second; later some 100 ms).
 *
 * @throws {DataDirectoryInUse} another process runs on it
 * @throws {DataDirectoryNotWritable} {DataDirectoryFull} {DataDirectoryInvalid} {DataDirectoryVersion}
 * @throws {PostgresUnsupportedPlatform} {InitdbFailed} {PostgresStartFailed}
 * @throws the signal's reason after an abort
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { signal, onLog = () => {}, rootFallbackFolder } = options;
  signal?.throwIfAborted();
  const context = { env: programEnvironment(options.env ?? {}), onLog, signal, rootFallbackFolder };
  const resources = new AsyncDisposableStack();
  try {
    return await start(options.dataDir, context, resources);
  } catch (error) {
    // Trouble while cleaning up follows from the first error, which says more.
    await resources.disposeAsync().catch(() => {});
    throw explainErrno(error, options.dataDir);
  }
}

async function start(
  dataDir: string,
  context: StartContext,
  resources: AsyncDisposableStack,
): Promise<EmbeddedPostgres> {
  const { env, signal } = context;
  const found = await findBinaries(env);
  const layout = await prepareLayout(dataDir, context);
  const attempt = await takeDirectoryLock(layout.home);
  if (!attempt.taken) throw new DataDirectoryInUse(layout.dataDir, attempt.holder);
  resources.use(attempt.lock);
  // A killed process left its own; from here on the lock is held, so readers would take it for ours.
  await removeConnectionFile(layout.dataDir);
  const binaries = await usableBinaries(found, layout, context);
  await settleEarlierServer(layout, binaries, context);
  const { password, created } = await prepareCluster(layout, binaries, { ...context, major: found.major });
  const log = new ServerLog(layout.dataDir);
  const sockets = await makeSocketFolder(layout);
  const postmaster = await startPostmaster(layout, binaries.postgres, { env, log, sockets });
  resources.defer(() => postmaster.stop());
  const session = await connectWhenReady(
    socketUrl(sockets.folder, password, 'postgres'),
    postmaster,
    layout,
    log,
    signal,
  );
  // Not waited for: the shutdown that follows cuts it if it does not end by itself.
  resources.defer(() => void session.end().catch(() => {}));
  await prepareDatabase(session, layout);
  signal?.throwIfAborted();
  const databaseUrl = socketUrl(sockets.folder, password);
  resources.defer(() => removeConnectionFile(layout.dataDir));
  await writeConnectionFile(layout.dataDir, databaseUrl, found.version);
  return running(resources, postmaster, log, { databaseUrl, version: found.version, dataDir: layout.dataDir, created });
}

interface StartContext {
  readonly env: Readonly<Record<string, string>>;
  readonly onLog: (line: string) => void;
  readonly signal: AbortSignal | undefined;
  readonly rootFallbackFolder: string | undefined;
}

function programEnvironment(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const passed: Record<string, string> = { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C' };
  for (const name of PASSED_ENVIRONMENT) {
    const value = env[name];
    if (value !== undefined) passed[name] = value;
  }
  return passed;
}

/** The binaries where npm put them, or a copy beside the data when the server's account cannot enter that path. */
async function usableBinaries(found: VersionedBinaries, layout: Layout, context: StartContext): Promise<Binaries> {
  const { account } = layout;
  if (account === undefined || (await accountMay('-x', found.postgres, account, context))) return found;
  context.onLog(`user id ${account.uid}, which PostgreSQL runs as, cannot enter ${found.postgres}: using a copy`);
  return copyBinaries(found, layout.home, account);
}

async function connectWhenReady(
  url: string,
  postmaster: Postmaster,
  layout: Layout,
  log: ServerLog,
  signal: AbortSignal | undefined,
): Promise<pg.Client> {
  let ended: PostmasterEnd | undefined;
  void postmaster.ended.then((end) => {
    ended = end;
  });
  const failed = (what: string, cause?: unknown): Error =>
    new PostgresStartFailed(layout.dataDir, what, log.lastLines().join('\n'), { cause });
  const deadline = performance.now() + READY_TIMEOUT_MS;
  while (performance.now() < deadline) {
    if (ended !== undefined) throw startFailure(layout, ended, log);
    if (await saysReady(layout.data)) {
      const session = await connect(url).catch((error: unknown) => {
        if (isNotReadyYet(error)) return undefined;
        throw failed(`refused our own connection (${messageOf(error)})`, error);
      });
      if (session !== undefined) return session;
    }
    await sleep(READY_POLL_MS, signal);
  }
  throw failed(`took no connections for ${READY_TIMEOUT_MS / 1000} s`);
}

/**
 * What pg_ctl looks at too: the eighth line of postmaster.pid. Only a hint, the file may be an earlier server's; but
 * knocking before it says so leaves a FATAL line in the log for each attempt.
 */
async function saysReady(data: string): Promise<boolean> {
  const text = await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '');
  return text.split('\n')[7]?.trim() === 'ready';
}

async function connect(url: string): Promise<pg.Client> {
  const session = new pg.Client({ connectionString: url, application_name: 'switchyard-owner' });
  // A server that ends takes the session with it; `exited` tells, and an unheard 'error' would end the process.
  session.on('error', () => {});
  try {
    await session.connect();
    return session;
  } catch (error) {
    await session.end().catch(() => {});
    throw error;
  }
}

/** No socket yet, or 57P03: it starts up, or replays its log (PostgreSQL, "Error Codes"). */
function isNotReadyYet(error: unknown): boolean {
  return (
    isErrno(error, 'ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE', '57P03') || /terminated/i.test(messageOf(error))
  );
}

async function prepareDatabase(session: pg.Client, layout: Layout): Promise<void> {
  const lock = await session.query<{ taken: boolean }>('SELECT pg_try_advisory_lock($1) AS taken', [SESSION_LOCK_KEY]);
  if (lock.rows[0]?.taken !== true) {
    throw new DataDirectoryInUse(layout.dataDir, { pid: undefined, since: undefined });
  }
  const found = await session.query('SELECT 1 FROM pg_database WHERE datname = $1', [ROLE]);
  if (found.rowCount === 0) await session.query(`CREATE DATABASE ${ROLE}`);
}

function running(
  resources: AsyncDisposableStack,
  postmaster: Postmaster,
  log: ServerLog,
  facts: Pick<EmbeddedPostgres, 'databaseUrl' | 'version' | 'dataDir' | 'created'>,
): EmbeddedPostgres {
  let stopped: Promise<void> | undefined;
  const exited = new Promise<EmbeddedPostgresExit>((resolve) => {
    void postmaster.ended.then(async (end) => {
      if (stopped !== undefined) return;
      stopped = resources.disposeAsync();
      // What could not be cleaned up is `stop`'s to tell.
      await stopped.catch(() => {});
      resolve({ code: end.code, lastLines: log.lastLines() });
    });
  });
  return { ...facts, exited, stop: () => (stopped ??= resources.disposeAsync()) };
}
