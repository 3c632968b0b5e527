import { isErrno } from '@switchyard/core';
import { DataDirectoryFull, DataDirectoryNotWritable } from './errors.ts';

/** What an error of the file system under `dataDir` means to the user; any other error as it is. */
export function explainErrno(error: unknown, dataDir: string): unknown {
  if (!(error instanceof Error) || !('path' in error || 'syscall' in error)) return error;
  const path = 'path' in error && typeof error.path === 'string' ? error.path : dataDir;
  if (isErrno(error, 'ENOSPC', 'EDQUOT')) return new DataDirectoryFull(dataDir, error.message, { cause: error });
  if (isErrno(error, 'EACCES', 'EPERM')) {
    const advice = 'the user who runs this may not write there; give it to that user, or name another with --data-dir';
    return new DataDirectoryNotWritable(path, advice, { cause: error });
  }
  if (isErrno(error, 'EROFS')) {
    const advice = 'its file system is read-only; name another with --data-dir';
    return new DataDirectoryNotWritable(path, advice, { cause: error });
  }
  if (isErrno(error, 'ENOTDIR', 'EEXIST')) {
    const advice = 'a part of that path is a file, not a folder; name another with --data-dir';
    return new DataDirectoryNotWritable(path, advice, { cause: error });
  }
  return error;
}

/** The same for what a program of PostgreSQL wrote: true when it ran out of space. */
export function saysDiskFull(output: string): boolean {
  return /no space left on device|disk quota exceeded/i.test(output);
}
