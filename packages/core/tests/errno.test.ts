import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { errorCodeOf, isErrno } from '../src/errno.ts';

test('a system error is told by its code, anything else has none', async () => {
  const missing: unknown = await readFile('/no/such/file').catch((error: unknown) => error);
  expect(errorCodeOf(missing)).toBe('ENOENT');
  expect(isErrno(missing, 'EACCES', 'ENOENT')).toBe(true);
  expect(isErrno(missing, 'EACCES')).toBe(false);
  expect(isErrno(missing)).toBe(false);
  for (const other of [
    new Error('plain'),
    Object.assign(new Error('numbered'), { code: 7 }),
    { code: 'ENOENT' },
    null,
  ]) {
    expect(errorCodeOf(other)).toBeUndefined();
    expect(isErrno(other, 'ENOENT')).toBe(false);
  }
});
