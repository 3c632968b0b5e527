/**
 * Where the database of a data directory lies, and who owns it.
 *
 * An ordinary user owns everything and it lies in `<dataDir>/postgres`. PostgreSQL refuses to run as root, so root hands
 * that folder to an unprivileged account; when that account cannot enter the path to it (a checkout under /root), the
 * folder lies under /var/lib/switchyard and `<dataDir>/postgres-location.json` says where.
 */
import { randomBytes } from 'node:crypto';
import { chmod, chown, readFile, realpath, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isErrno, isJsonObject, makeFolder } from '@switchyard/core';
import { DataDirectoryInvalid, DataDirectoryNotWritable } from './errors.ts';
import { type Account, runProgram } from './run-program.ts';

/** Tried in this order by root when nothing says whose the data are. All of them have a name, which initdb asks for. */
const UNPRIVILEGED_NAMES = ['postgres', 'nobody', 'daemon'];
/** Where root's databases go when the data directory cannot be entered by the account. */
const ROOT_FALLBACK_FOLDER = '/var/lib/switchyard';
const LOCATION_FILE = 'postgres-location.json';

export interface Layout {
  /** Real path of the data directory. */
  readonly dataDir: string;
  /** The folder that holds `data`, `sock` and perhaps copied binaries; 0700, owned by `account`. */
  readonly home: string;
  readonly data: string;
  /** Whom PostgreSQL runs as; undefined: as this process. */
  readonly account: Account | undefined;
}

export interface LayoutOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly onLog: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
  /** Default: /var/lib/switchyard. */
  readonly rootFallbackFolder?: string | undefined;
}

/** The folder of the database of `dataDir`, or null when there is none yet. */
export async function findHome(dataDir: string): Promise<string | null> {
  try {
    const real = await realpath(dataDir);
    return await realpath((await readLocation(real)) ?? join(real, 'postgres'));
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return null;
    throw error;
  }
}

/**
 * Makes the data directory and the folder of the database where they are missing, with owner and mode.
 *
 * @throws {DataDirectoryNotWritable} or an error of the file system
 */
export async function prepareLayout(dataDir: string, options: LayoutOptions): Promise<Layout> {
  const asked = resolve(dataDir);
  await makeFolder(asked, 0o700).catch((error: unknown) => {
    if (!isErrno(error, 'ENOENT')) throw error;
    throw new DataDirectoryNotWritable(asked, 'no folder can be made there; name another with --data-dir');
  });
  const real = await realpath(asked);
  const account = process.getuid?.() === 0 ? await chooseAccount(real, options) : undefined;
  const home = account === undefined ? join(real, 'postgres') : await homeForRoot(real, account, options);
  await makeFolder(home, 0o700);
  if (account === undefined) await refuseForeignOwner(home);
  else await chown(home, account.uid, account.gid);
  await chmod(home, 0o700);
  const realHome = await realpath(home);
  return { dataDir: real, home: realHome, data: join(realHome, 'data'), account };
}

/** Whether `account` may do `test` (of test(1): -x enter or execute, -r read) on `path`. */
export async function accountMay(
  test: '-x' | '-r',
  path: string,
  account: Account,
  options: Pick<LayoutOptions, 'env' | 'signal'>,
): Promise<boolean> {
  const { code } = await runProgram('/bin/sh', ['-c', `test ${test} "$1"`, 'sh', path], { ...options, account });
  return code === 0;
}

async function refuseForeignOwner(home: string): Promise<void> {
  const { uid } = await stat(home);
  const own = process.getuid?.();
  if (uid === own) return;
  throw new DataDirectoryNotWritable(
    home,
    `it belongs to user id ${uid} and this process runs as ${own}; a start as root made it so. ` +
      `Start as root again, or hand it over once: sudo chown -R ${own} ${home}`,
  );
}

/** The owner of the data; else the owner of the data directory; else the first unprivileged name that exists. */
async function chooseAccount(dataDir: string, options: LayoutOptions): Promise<Account> {
  const location = await readLocation(dataDir);
  const dataOwner = await ownerOf(join(location ?? join(dataDir, 'postgres'), 'data'));
  if (dataOwner !== null && dataOwner.uid !== 0) return dataOwner;
  const directoryOwner = await ownerOf(dataDir);
  if (directoryOwner !== null && directoryOwner.uid !== 0 && (await idOf('-un', `${directoryOwner.uid}`, options))) {
    return directoryOwner;
  }
  for (const name of UNPRIVILEGED_NAMES) {
    const uid = Number((await idOf('-u', name, options)) ?? 0);
    const gid = Number((await idOf('-g', name, options)) ?? 0);
    if (uid > 0 && gid > 0) return { uid, gid };
  }
  throw new DataDirectoryNotWritable(
    dataDir,
    `PostgreSQL refuses to run as root and there is no user named ${UNPRIVILEGED_NAMES.join(', ')} to run it as; ` +
      'start Switchyard as an ordinary user, or set DATABASE_URL',
  );
}

async function homeForRoot(dataDir: string, account: Account, options: LayoutOptions): Promise<string> {
  const located = await readLocation(dataDir);
  if (located !== null) return located;
  if (await accountMay('-x', dataDir, account, options)) return join(dataDir, 'postgres');
  // Only our own directory is opened, and only for passing through: what lies in it keeps its own modes.
  const mode = (await stat(dataDir)).mode & 0o777;
  if ((mode & 0o011) !== 0o011) {
    await chmod(dataDir, mode | 0o011);
    if (await accountMay('-x', dataDir, account, options)) return join(dataDir, 'postgres');
    await chmod(dataDir, mode);
  }
  return writeFallbackLocation(dataDir, account, options);
}

async function writeFallbackLocation(dataDir: string, account: Account, options: LayoutOptions): Promise<string> {
  const folder = options.rootFallbackFolder ?? ROOT_FALLBACK_FOLDER;
  await makeFolder(folder, 0o711);
  if (!(await accountMay('-x', folder, account, options))) {
    throw new DataDirectoryNotWritable(
      dataDir,
      `PostgreSQL refuses to run as root, and user id ${account.uid}, which it would run as, can enter neither this path ` +
        `nor ${folder}; start Switchyard as an ordinary user, or name a directory with --data-dir that others may enter`,
    );
  }
  const home = join(folder, `postgres-${randomBytes(8).toString('hex')}`);
  const text = `${JSON.stringify({ directory: home })}\n`;
  try {
    await writeFile(join(dataDir, LOCATION_FILE), text, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    // Another start was quicker: its choice holds, and the lock decides between the two.
    if (!isErrno(error, 'EEXIST')) throw error;
    const other = await readLocation(dataDir);
    if (other !== null) return other;
  }
  options.onLog(
    `user id ${account.uid}, which PostgreSQL runs as, cannot enter ${dataDir}: the database lies in ${home}`,
  );
  return home;
}

async function readLocation(dataDir: string): Promise<string | null> {
  const path = join(dataDir, LOCATION_FILE);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return null;
    throw error;
  }
  try {
    const parsed: unknown = JSON.parse(text);
    if (isJsonObject(parsed) && typeof parsed['directory'] === 'string') return parsed['directory'];
  } catch {
    // Told below.
  }
  throw new DataDirectoryInvalid(path, 'it should name the folder that holds the database');
}

async function ownerOf(path: string): Promise<Account | null> {
  try {
    const { uid, gid } = await stat(path);
    return { uid, gid };
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return null;
    throw error;
  }
}

/** What `id` says; null when there is no such user. Asks the system, not a file: users may come from elsewhere. */
async function idOf(flag: '-u' | '-g' | '-un', user: string, options: LayoutOptions): Promise<string | null> {
  const { code, output } = await runProgram('/bin/sh', ['-c', 'id "$1" "$2" 2>/dev/null', 'sh', flag, user], options);
  return code === 0 ? output.trim() : null;
}
