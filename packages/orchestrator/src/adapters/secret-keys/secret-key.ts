/** The secret key: from the configuration, or made in the data directory. */
import { randomBytes } from 'node:crypto';
import { link, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCodeOf, isErrno, makeFolder, SwitchyardError } from '@switchyard/core';
import { readSecretKeys, type SecretKeys } from '../../domain/secret-keys.ts';

const FILE = 'secret.key';
const KEY_BYTES = 32;
const OTHERS = 0o077;
const MAKE_ONE = 'make one with `openssl rand -base64 32` and set SWITCHYARD_SECRET_KEY to it';

/** Something is to be redacted, and there is no key to keep the values under. */
export class SecretKeyMissing extends SwitchyardError {
  constructor(arms: readonly string[]) {
    super(
      'secret_key_missing',
      'invalid',
      `the policy of ${arms.join(', ')} redacts, and there is no key to seal the values with; ${MAKE_ONE}, the same on every machine that shares the database`,
    );
  }
}

/** The file is there and cannot be used. */
export class SecretKeyUnusable extends SwitchyardError {
  constructor(path: string, problem: string) {
    super('secret_key_unusable', 'invalid', `the secret key in ${path} cannot be used: ${problem}`);
  }
}

/** The keys of the file; null when there is none. @throws SecretKeyUnusable */
export async function readSecretKeyFile(dataDir: string): Promise<SecretKeys | null> {
  const path = join(dataDir, FILE);
  try {
    const { mode } = await stat(path);
    if ((mode & OTHERS) !== 0) {
      throw new SecretKeyUnusable(path, `others may read it (mode ${(mode & 0o777).toString(8)}); chmod 600 it`);
    }
    const keys = readSecretKeys(await readFile(path, 'utf8'));
    if (keys === null) throw new SecretKeyUnusable(path, 'it is not 32 bytes as base64 or hexadecimal');
    return keys;
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return null;
    if (error instanceof SwitchyardError) throw error;
    throw new SecretKeyUnusable(path, errorCodeOf(error) ?? 'it cannot be read');
  }
}

/** Makes a key where there is none yet (mode 0600; at once or not at all), and reads it. @throws SecretKeyUnusable */
export async function ensureSecretKeyFile(dataDir: string): Promise<SecretKeys> {
  const known = await readSecretKeyFile(dataDir);
  if (known !== null) return known;
  const path = join(dataDir, FILE);
  const unfinished = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await makeFolder(dataDir, 0o700);
    await writeFile(unfinished, `${randomBytes(KEY_BYTES).toString('base64')}\n`, {
      mode: 0o600,
      flag: 'wx',
      flush: true,
    });
    // A link does not replace what another process made meanwhile.
    await link(unfinished, path).catch((error: unknown) => {
      if (!isErrno(error, 'EEXIST')) throw error;
    });
  } catch (error) {
    throw new SecretKeyUnusable(path, `it cannot be made (${errorCodeOf(error) ?? 'unknown'}); ${MAKE_ONE}`);
  } finally {
    await rm(unfinished, { force: true }).catch(() => undefined);
  }
  const made = await readSecretKeyFile(dataDir);
  if (made === null) throw new SecretKeyUnusable(path, 'it was made and is gone');
  return made;
}
