import { randomBytes } from 'node:crypto';
import { chown, mkdir, open, readdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isErrno } from '@switchyard/core';
import type { Binaries } from './binaries.ts';
import { DataDirectoryFull, DataDirectoryInvalid, DataDirectoryVersion, InitdbFailed } from './errors.ts';
import { saysDiskFull } from './explain-errno.ts';
import type { Layout } from './layout.ts';
import { runProgram } from './run-program.ts';

/** The role and the database of the application. The role is the cluster's superuser: nobody else uses it. */
export const ROLE = 'switchyard';
/** Lies inside the data directory, so that data and password appear in one rename. */
const PASSWORD_FILE = 'switchyard.password';
const UNFINISHED = 'data.tmp';

export interface ClusterOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  /** Major version of the binaries, as PG_VERSION holds it. */
  readonly major: string;
}

export interface Cluster {
  /** Of the role. */
  readonly password: string;
  /** Whether there was none before. */
  readonly created: boolean;
}

/**
 * Makes the database files unless they are there. The caller holds the directory's
 * lock. An initdb that was interrupted leaves a `data.tmp…` only, which is removed here.
 *
 * @throws {DataDirectoryVersion} {DataDirectoryInvalid} {DataDirectoryFull} {InitdbFailed}
 */
export async function prepareCluster(layout: Layout, binaries: Binaries, options: ClusterOptions): Promise<Cluster> {
  await removeUnfinished(layout.home);
  const created = !(await hasFiles(layout.data));
  if (created) await createCluster(layout, binaries, options);
  const found = await readInside(layout.data, 'PG_VERSION');
  if (found !== options.major) throw new DataDirectoryVersion(layout.dataDir, found, options.major);
  return { password: await readInside(layout.data, PASSWORD_FILE), created };
}

async function removeUnfinished(home: string): Promise<void> {
  for (const name of await readdir(home)) {
    // One that an initdb of a killed parent still writes to may come back; its name is never used again.
    if (name.startsWith(UNFINISHED)) await rm(join(home, name), { recursive: true, force: true, maxRetries: 3 });
  }
}

async function hasFiles(folder: string): Promise<boolean> {
  try {
    if ((await readdir(folder)).length > 0) return true;
    await rmdir(folder);
    return false;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return false;
    throw error;
  }
}

async function createCluster(layout: Layout, binaries: Binaries, options: ClusterOptions): Promise<void> {
  const { account } = layout;
  const id = randomBytes(4).toString('hex');
  const unfinished = join(layout.home, `${UNFINISHED}-${id}`);
  const passwordFile = join(layout.home, `${UNFINISHED}-${id}.password`);
  const password = randomBytes(24).toString('hex');
  try {
    await mkdir(unfinished, { mode: 0o700 });
    await writeFile(passwordFile, password, { mode: 0o600, flush: true });
    if (account) {
      await chown(unfinished, account.uid, account.gid);
      await chown(passwordFile, account.uid, account.gid);
    }
    await initdb(layout, binaries, options, unfinished, passwordFile);
    await rename(passwordFile, join(unfinished, PASSWORD_FILE));
    await rename(unfinished, layout.data);
    await syncFolder(layout.data);
    await syncFolder(layout.home);
  } finally {
    await rm(unfinished, { recursive: true, force: true, maxRetries: 3 });
    await rm(passwordFile, { force: true });
  }
}

async function initdb(
  layout: Layout,
  binaries: Binaries,
  options: ClusterOptions,
  folder: string,
  passwordFile: string,
): Promise<void> {
  // The collation is PostgreSQL's own C.UTF-8; the system's locale plays no part, so the data sort alike everywhere.
  const args = [
    ...['--pgdata', folder, '--username', ROLE, '--pwfile', passwordFile, '--auth=scram-sha-256'],
    ...['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
    ...['--data-checksums', '--no-instructions'],
  ];
  const { code, output } = await runProgram(binaries.initdb, args, { ...options, account: layout.account });
  if (code === 0) return;
  if (saysDiskFull(output)) throw new DataDirectoryFull(layout.dataDir, output);
  throw new InitdbFailed(layout.dataDir, output);
}

/** A rename is safe from a power cut once its folder is on disk. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function readInside(data: string, name: string): Promise<string> {
  let text: string;
  try {
    text = (await readFile(join(data, name), 'utf8')).trim();
  } catch (error) {
    if (isErrno(error, 'ENOENT')) throw new DataDirectoryInvalid(data, `${name} is missing`);
    throw error;
  }
  if (text === '') throw new DataDirectoryInvalid(data, `${name} is empty`);
  return text;
}
