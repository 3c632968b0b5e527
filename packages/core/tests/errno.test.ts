import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { errorCodeOf, fileTrouble, isErrno } from '../src/errno.ts';

function caught(work: () => void): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

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

test('what a named file lacks is said in words, and anything else as it says itself', async () => {
  const missing: unknown = await readFile('/no/such/file').catch((error: unknown) => error);
  expect(fileTrouble(missing)).toBe('there is no such file or folder');
  const folder: unknown = await readFile('/').catch((error: unknown) => error);
  expect(fileTrouble(folder)).toBe('it is a folder');
  expect(
    fileTrouble(caught(() => new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from('é', 'latin1')))),
  ).toMatch(/^it is not UTF-8 text; convert it first/);
  expect(fileTrouble(new Error('the disk is on fire'))).toBe('the disk is on fire');
  expect(fileTrouble(Object.assign(new Error('odd'), { code: 'toString' }))).toBe('odd');
});
