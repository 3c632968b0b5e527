import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeFolder } from '../src/make-folder.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchyard-make-folder-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('makeFolder', () => {
  it('makes what is missing, with its mode, and leaves what is there', async () => {
    const path = join(folder, 'a', 'b', 'c');
    await makeFolder(path, 0o700);
    await makeFolder(path, 0o755);
    expect((await stat(path)).mode & 0o777).toBe(0o700);
    expect((await stat(join(folder, 'a'))).mode & 0o777).toBe(0o700);
  });

  it('may be asked for the same folder many times at once', async () => {
    const path = join(folder, 'x', 'y');
    await Promise.all(Array.from({ length: 10 }, () => makeFolder(path, 0o700)));
    expect((await stat(path)).isDirectory()).toBe(true);
  });

  it('refuses a path that is a file, or leads through one', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    await expect(makeFolder(file, 0o700)).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(makeFolder(join(file, 'below'), 0o700)).rejects.toMatchObject({ code: 'ENOTDIR' });
  });

  it.skipIf(process.platform !== 'linux')('ends where the system makes no folders', async () => {
    await expect(makeFolder('/proc/switchyard/data', 0o700)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
