import { chmod, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { programTrouble, runProcess } from '../../src/index.ts';

let folder: string;

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'program-trouble-')));
  await mkdir(join(folder, 'bin', 'folder'), { recursive: true });
  await writeFile(join(folder, 'bin', 'hello'), '#!/bin/sh\necho hello\n');
  await chmod(join(folder, 'bin', 'hello'), 0o755);
  await writeFile(join(folder, 'bin', 'text'), 'no program');
  await writeFile(join(folder, 'bin', 'orphan'), '#!/no/such/interpreter\n');
  await chmod(join(folder, 'bin', 'orphan'), 0o755);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const start = (command: string, path: string, cwd = folder) =>
  runProcess(command, [], { timeLimitMs: 20_000, cwd, environment: { set: { PATH: path } } });

describe('a program that is there', () => {
  test.each([
    ['hello', '/no/such/folder:bin'],
    ['hello', '$/bin'],
    ['./bin/hello', ''],
    ['bin/hello', ''],
    ['$/bin/hello', ''],
  ])('%s, looked for on the PATH "%s", is not in trouble, and starts', async (command, path) => {
    const [program, place] = [command, path].map((text) => text.replace('$', folder));
    if (program === undefined || place === undefined) throw new Error('neither is missing');
    expect(programTrouble(program, { cwd: folder, path: place })).toBeNull();
    expect(await start(program, place)).toMatchObject({ status: 'exited' });
  });
});

test('without a PATH a program is looked for where the system looks then', async () => {
  expect(programTrouble('sh')).toBeNull();
  const started = await runProcess('sh', ['-c', 'exit 0'], { timeLimitMs: 20_000, cwd: folder });
  expect(started).toMatchObject({ status: 'exited' });
});

describe('a program that cannot be started', () => {
  test.each([
    ['no-such-program', 'no-such-program is not on the PATH'],
    ['folder', 'folder is not on the PATH'],
    ['text', 'text is not on the PATH'],
    ['./missing.sh', '$/missing.sh: there is no such file or folder'],
    ['bin/folder', '$/bin/folder: it is a folder'],
    ['bin/text', '$/bin/text: the user who runs this may not execute it'],
    ['bin/text/deeper', '$/bin/text/deeper: a part of that path is a file, not a folder'],
  ])('%s is told beforehand in the words of its failure', async (command, words) => {
    const place = { cwd: folder, path: join(folder, 'bin') };
    const trouble = words.replace('$', folder);
    expect(programTrouble(command, place)).toBe(trouble);
    expect(await start(command, place.path)).toMatchObject({ status: 'spawn-failed', message: trouble });
  });

  test('for its folder, which is not there, is told by that', async () => {
    const nowhere = join(folder, 'nowhere');
    const words = `its folder ${nowhere}: there is no such file or folder`;
    expect(programTrouble('sh', { cwd: nowhere })).toBe(words);
    expect(await start('sh', '/bin:/usr/bin', nowhere)).toMatchObject({ status: 'spawn-failed', message: words });
  });

  test('for its interpreter is told when it is tried', async () => {
    const place = { cwd: folder, path: join(folder, 'bin') };
    expect(programTrouble('orphan', place)).toBeNull();
    const result = await start('orphan', place.path);
    expect(result.status === 'spawn-failed' && result.message).toMatch(/^orphan: .*ENOENT/);
  });
});
