import { mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { isErrno } from './errno.ts';

/**
 * Makes a folder and the missing ones above it, each asked for once. Node's own recursive mkdir never ends where the
 * system answers ENOENT below a folder that exists, as procfs does.
 *
 * @param mode of the folders that are made
 * @throws the file system's error
 */
export async function makeFolder(path: string, mode: number): Promise<void> {
  const missing: string[] = [];
  for (let at = resolve(path); !(await isThere(at)); at = dirname(at)) missing.unshift(at);
  // What is there already and is no folder: mkdir says so.
  if (missing.length === 0 && !(await stat(path)).isDirectory()) await mkdir(path, { mode });
  for (const folder of missing) {
    await mkdir(folder, { mode }).catch((error: unknown) => {
      // Another process was quicker.
      if (!isErrno(error, 'EEXIST')) throw error;
    });
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return false;
    throw error;
  }
}
