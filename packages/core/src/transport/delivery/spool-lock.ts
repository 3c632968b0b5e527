/** Keeps a spool directory to one transport: a file with its holder's process id, which a dead holder does not keep. */
import { open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isErrno } from '../../errno.ts';
import { SpoolHeld } from './problems.ts';

const FILE = 'lock';
const ATTEMPTS = 3;

/**
 * Takes the lock; what it resolves to gives it back.
 *
 * @throws {SpoolHeld}, or what the file system says
 */
export async function lockSpool(directory: string): Promise<() => Promise<void>> {
  const path = join(directory, FILE);
  for (let attempt = 1; ; attempt += 1) {
    try {
      const file = await open(path, 'wx', 0o600);
      await file.writeFile(ownName());
      await file.close();
      return () => rm(path, { force: true });
    } catch (error) {
      if (!isErrno(error, 'EEXIST')) throw error;
      const holder = await readFile(path, 'utf8').catch(() => '');
      if (attempt >= ATTEMPTS || isAlive(holder)) throw new SpoolHeld(directory, holder.split(' ')[0] ?? '');
      await rm(path, { force: true });
    }
  }
}

/** Process id and start: ids come back, in a container always the same. */
function ownName(): string {
  return `${process.pid} ${performance.timeOrigin}`;
}

function isAlive(holder: string): boolean {
  const pid = Number(holder.split(' ')[0]);
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  if (pid === process.pid) return holder === ownName();
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there, but another user's.
    return isErrno(error, 'EPERM');
  }
}
