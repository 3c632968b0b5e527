import { access, constants, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileTrouble } from '@switchyard/core';
import { type Check, failed, ok } from './check.ts';

const MIB = 1024 * 1024;
/** An empty database and its log of changes take about 60 MiB; less than this and it stops soon. */
const NEEDED_MIB = 512;

/** Whether the data directory can be made or written, how much fits, and who uses it. */
export async function checkDataDirectory(dataDir: string): Promise<Check> {
  const name = 'data directory';
  const existing = await nearestExisting(dataDir);
  try {
    await access(existing, constants.W_OK | constants.X_OK);
  } catch (error) {
    return failed(
      name,
      `${dataDir} cannot be written (${fileTrouble(error)})`,
      'give it to this user, or name another with --data-dir',
    );
  }
  const free = await freeMib(existing);
  if (free < NEEDED_MIB) {
    return failed(name, `${dataDir} has ${free} MiB free`, `free some space: about ${NEEDED_MIB} MiB are needed`);
  }
  const { readEmbeddedConnection } = await import('@switchyard/orchestrator');
  const running = await readEmbeddedConnection(dataDir);
  const use =
    running !== null
      ? `in use by process ${running.holder.pid ?? '(unknown)'}`
      : existing === dataDir
        ? 'not in use'
        : 'made at the first start';
  return ok(name, `${dataDir}, ${free} MiB free, ${use}`);
}

async function nearestExisting(path: string): Promise<string> {
  for (let current = path; ; current = dirname(current)) {
    const found = await stat(current).catch(() => null);
    if (found !== null || current === dirname(current)) return current;
  }
}

async function freeMib(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path);
  return Math.round((bavail * bsize) / MIB);
}
