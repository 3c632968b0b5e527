import { describe, expect, it } from 'vitest';
import { explainErrno } from '../../../src/adapters/embedded-postgres/explain-errno.ts';
import { DataDirectoryFull, DataDirectoryNotWritable } from '../../../src/adapters/embedded-postgres/index.ts';

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: as Node says it`), { code, syscall: 'mkdir', path: '/d/postgres' });
}

describe('an error of the file system', () => {
  it.each([
    ['ENOSPC', DataDirectoryFull, /the disk that holds \/d is full; free some space/],
    ['EDQUOT', DataDirectoryFull, /the disk that holds \/d is full/],
    ['EACCES', DataDirectoryNotWritable, /: \/d\/postgres cannot be used .* may not write there; give it/],
    ['EPERM', DataDirectoryNotWritable, /may not write there/],
    ['EROFS', DataDirectoryNotWritable, /read-only; name another/],
    ['ENOTDIR', DataDirectoryNotWritable, /is a file, not a folder/],
  ])('%s becomes one that says what to do', (code, type, message) => {
    const cause = systemError(code);
    const explained = explainErrno(cause, '/d');
    expect(explained).toBeInstanceOf(type);
    expect(explained).toMatchObject({ kind: 'terminal', cause });
    expect(String(explained)).toMatch(message);
  });

  it.each([
    systemError('EIO'),
    new Error('EACCES'),
    Object.assign(new Error('x'), { code: 'EACCES' }),
    'EACCES',
    undefined,
  ])('of another kind stays as it is: %s', (error) => {
    expect(explainErrno(error, '/d')).toBe(error);
  });
});
