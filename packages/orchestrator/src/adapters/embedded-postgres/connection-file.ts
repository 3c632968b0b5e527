import { chmod, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isErrno, isJsonObject } from '@switchyard/core';
import { ROLE } from './cluster.ts';
import { holderOfDirectory } from './directory-lock.ts';
import { DataDirectoryNotWritable, type Holder } from './errors.ts';
import { findHome } from './layout.ts';
import { SOCKET_PORT } from './settings.ts';

const FILE = 'connection.json';

/** How to reach a running embedded server. */
export interface EmbeddedConnection {
  /** Holds the password: never log it. */
  readonly databaseUrl: string;
  /** Version of the server, for example `18.4`. */
  readonly version: string;
  /** Who runs the server. */
  readonly holder: Holder;
}

/**
 * The URL of a database on the server behind a socket folder. Driver and tools take the folder from the `host` parameter
 * (libpq, "Connection URIs"); `localhost` before it makes the whole a URL that every parser reads. Port and sslmode are
 * said, so that no PGPORT or PGSSLMODE of the reader's environment takes their place.
 */
export function socketUrl(socketFolder: string, password: string, database: string = ROLE): string {
  const host = encodeURIComponent(socketFolder);
  return `postgresql://${ROLE}:${password}@localhost/${database}?host=${host}&port=${SOCKET_PORT}&sslmode=disable`;
}

/** Writes the facts for other processes of the same user (0600; at once or not at all). */
export async function writeConnectionFile(dataDir: string, databaseUrl: string, version: string): Promise<void> {
  const path = join(dataDir, FILE);
  const unfinished = `${path}.tmp`;
  await writeFile(unfinished, `${JSON.stringify({ databaseUrl, version })}\n`, { mode: 0o600 });
  await chmod(unfinished, 0o600);
  await rename(unfinished, path);
}

/** Removes them at the server's end. */
export async function removeConnectionFile(dataDir: string): Promise<void> {
  await rm(join(dataDir, FILE), { force: true });
}

/**
 * How to reach the embedded server that another process runs on `dataDir`; null when none runs there. What a killed
 * process left behind is not taken for a running one: the lock of the directory tells.
 *
 * @throws {DataDirectoryNotWritable} it runs, but as another user
 */
export async function readEmbeddedConnection(dataDir: string): Promise<EmbeddedConnection | null> {
  try {
    const home = await findHome(dataDir);
    const holder = home === null ? null : await holderOfDirectory(home);
    if (holder === null) return null;
    const parsed: unknown = JSON.parse(await readFile(join(resolve(dataDir), FILE), 'utf8'));
    if (!isJsonObject(parsed)) return null;
    const { databaseUrl, version } = parsed;
    if (typeof databaseUrl !== 'string' || typeof version !== 'string') return null;
    return { databaseUrl, version, holder };
  } catch (error) {
    // Not there yet: its holder is still starting.
    if (isErrno(error, 'ENOENT')) return null;
    if (isErrno(error, 'EACCES', 'EPERM')) {
      const advice = 'another user started Switchyard there; run this command as that user';
      throw new DataDirectoryNotWritable(dataDir, advice, { cause: error });
    }
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
