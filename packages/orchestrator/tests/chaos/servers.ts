/** The PostgreSQL that a run stands on: the embedded one, one of installed binaries, or one that runs already. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, chown, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { programTrouble } from '@switchyard/core';
import { startEmbeddedPostgres } from '../../src/adapters/embedded-postgres/index.ts';
import { findHome } from '../../src/adapters/embedded-postgres/layout.ts';
import { isDatabaseUrl, maskUrl } from '../../src/config-url.ts';
import { placeOf, reasonOf } from '../../src/database-words.ts';
import { eventually } from '../eventually.ts';
import { rowsOf } from './accounts.ts';
import { portOf, type Target } from './proxy.ts';

const run = promisify(execFile);
const ROLE = 'switchyard';
const OURS = `SELECT nspname FROM pg_namespace WHERE nspname IN ('switchyard', 'pgboss') ORDER BY nspname DESC`;

export interface Server extends AsyncDisposable {
  /** For whoever looks from outside. */
  readonly adminUrl: string;
  readonly password: string;
  readonly database: string;
  readonly role: string;
  target(): Target;
  /** Stops it in order (sessions are cut) and starts it again. */
  restart(): Promise<void>;
  /** Kills it and starts it again. */
  crash(): Promise<void>;
}

async function postmasterPid(data: string): Promise<number> {
  return Number((await readFile(join(data, 'postmaster.pid'), 'utf8')).split('\n')[0]);
}

/** Socket only, as `switchyard up` runs it. */
export async function openEmbeddedServer(): Promise<Server> {
  const dataDir = await mkdtemp(join(tmpdir(), 'swy-c-'));
  // As root the server runs as another user, who has to pass through.
  await chmod(dataDir, 0o711);
  const start = () => startEmbeddedPostgres({ dataDir, env: process.env });
  let server = await start();
  const url = new URL(server.databaseUrl);
  return {
    adminUrl: server.databaseUrl,
    password: url.password,
    database: url.pathname.slice(1),
    role: url.username,
    target: () => targetOf(url),
    restart: async () => {
      await server.stop();
      server = await start();
    },
    crash: async () => {
      process.kill(await postmasterPid(join((await findHome(dataDir)) ?? '', 'data')), 'SIGKILL');
      await server.exited;
      server = await eventually('the start after a crash', start);
    },
    [Symbol.asyncDispose]: async () => {
      await server.stop();
      await rm(dataDir, { recursive: true, force: true, maxRetries: 20 });
    },
  };
}

/** @param bin a folder with initdb and pg_ctl @throws RangeError where they are not */
export async function openInstalledServer(bin: string): Promise<Server> {
  for (const name of ['initdb', 'pg_ctl']) {
    const trouble = programTrouble(join(resolve(bin), name));
    if (trouble !== null)
      throw new RangeError(`--postgres was ${bin}; it may be a folder with initdb and pg_ctl: ${trouble}`);
  }
  const folder = await mkdtemp(join(tmpdir(), 'swy-c-'));
  const data = join(folder, 'data');
  const password = randomBytes(16).toString('hex');
  const passwordFile = join(folder, 'password');
  await writeFile(passwordFile, password);
  // PostgreSQL refuses to run as root.
  const nobody = { uid: 65_534, gid: 65_534 };
  const as = process.getuid?.() === 0 ? nobody : {};
  if (process.getuid?.() === 0) for (const path of [folder, passwordFile]) await chown(path, nobody.uid, nobody.gid);
  const port = await freePort();
  const program = (name: string, ...args: string[]) =>
    run(join(bin, name), args, { ...as, cwd: folder, env: { PATH: process.env['PATH'], LC_ALL: 'C' } });
  const options = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=200`;
  const start = () => program('pg_ctl', 'start', '-D', data, '-w', '-l', join(folder, 'log'), '-o', options);
  const stop = () => program('pg_ctl', 'stop', '-D', data, '-m', 'fast', '-w');
  await program(
    'initdb',
    '-D',
    data,
    '-U',
    ROLE,
    '--pwfile',
    passwordFile,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--data-checksums',
  );
  await start();
  return {
    adminUrl: `postgres://${ROLE}:${password}@127.0.0.1:${port}/postgres`,
    password,
    database: 'postgres',
    role: ROLE,
    target: () => ({ host: '127.0.0.1', port }),
    restart: async () => {
      await stop();
      await start();
    },
    crash: async () => {
      process.kill(await postmasterPid(data), 'SIGKILL');
      // Its children notice first; until then the new one refuses the shared memory.
      await eventually('the start after a crash', async () => {
        await start();
        return true;
      });
    },
    [Symbol.asyncDispose]: async () => {
      await stop();
      await rm(folder, { recursive: true, force: true, maxRetries: 20 });
    },
  };
}

/**
 * As `useServer`, looked at first: a run counts all that is in the database.
 *
 * @throws RangeError for a URL that is none and a database that is not empty; Error where it cannot be reached
 */
export async function openForeignServer(databaseUrl: string): Promise<Server> {
  if (!isDatabaseUrl(databaseUrl)) {
    throw new RangeError(
      `--database-url was ${maskUrl(databaseUrl)}; it may be a PostgreSQL URL, as postgres://user:password@host:5432/database`,
    );
  }
  const place = placeOf(databaseUrl);
  const schemas = await rowsOf<{ nspname: string }>(databaseUrl, OURS).catch((error: unknown) => {
    throw new Error(`--database-url: the database at ${place} cannot be used: ${reasonOf(error)}`, { cause: error });
  });
  if (schemas.length > 0) {
    const names = schemas.map(({ nspname }) => nspname).join(', ');
    throw new RangeError(`--database-url: the database at ${place} is not empty (it holds ${names}); name a new one`);
  }
  return useServer(databaseUrl);
}

/** One that runs already and is not ours to stop. The database has to be empty. */
export function useServer(databaseUrl: string): Server {
  const url = new URL(databaseUrl);
  const refuse = (): Promise<never> => Promise.reject(new Error('that server is not ours to stop'));
  return {
    adminUrl: databaseUrl,
    password: url.password,
    database: url.pathname.slice(1),
    role: url.username,
    target: () => targetOf(url),
    restart: refuse,
    crash: refuse,
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** The folder of a socket stands in the parameter `host`, as libpq has it. */
function targetOf(url: URL): Target {
  const folder = url.searchParams.get('host');
  const port = url.searchParams.get('port') ?? (url.port || '5432');
  return folder === null ? { host: url.hostname, port: Number(port) } : { path: join(folder, `.s.PGSQL.${port}`) };
}

export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const port = portOf(server);
  server.close();
  await once(server, 'close');
  return port;
}
