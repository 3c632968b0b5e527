/** Toolchains outside of the system's folders: found, bound read-only, or refused with the reason. */
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createNativeSandbox } from '../../../src/sandbox/index.ts';
import { type FoundToolchain, findToolchain } from '../../../src/sandbox/native/find-toolchain.ts';
import type { Toolchain } from '../../../src/sandbox/native/languages.ts';
import { job, outcomesOf } from '../jobs.ts';
import { missingHere } from './missing-here.ts';

const GO: Toolchain = {
  programs: ['/usr/bin/no-such-go/go'],
  folder: { parts: ['bin', 'src', 'absent'], marker: 'src/runtime' },
  run: () => [],
};
/** Stands for a compiler: what it makes of a source is the source itself, made executable. */
const COMPILER = '#!/bin/sh\n[ "$1 $2" = "build -o" ] && cp "$4" "$3" && chmod 755 "$3"\n';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'switchyard-toolchain-'));
  await chmod(root, 0o755);
});
afterEach(() => rm(root, { recursive: true }));

async function layOut(name: string, program = COMPILER): Promise<string> {
  const folder = join(root, name);
  await mkdir(join(folder, 'bin'), { recursive: true });
  await mkdir(join(folder, 'src', 'runtime'), { recursive: true });
  await writeFile(join(folder, 'bin', 'go'), program, { mode: 0o755 });
  await writeFile(join(folder, 'private'), 'not a part of it');
  return folder;
}

function find(path: string, toolchain = GO, isReachable = () => true): Promise<FoundToolchain> {
  return findToolchain('go', toolchain, { env: { PATH: path }, isReachable });
}

describe('the search for a toolchain', () => {
  it('one in a folder of its own is found on the PATH, and only its parts are bound', async () => {
    const folder = await layOut('go1');
    await mkdir(join(root, 'links'));
    await symlink(join(folder, 'bin', 'go'), join(root, 'links', 'go'));
    expect(await find(`relative:/nowhere:${join(root, 'links')}`)).toEqual({
      program: '/opt/toolchains/go/bin/go',
      parts: ['bin', 'src'].map((part) => ({ source: join(folder, part), inside: `/opt/toolchains/go/${part}` })),
    });
  });

  it('one that rustup chooses is asked for the folder that it stands for', async () => {
    const folder = await layOut('chosen');
    const chooser = `#!/bin/sh\n[ "$1 $2" = "--print sysroot" ] && echo ${folder}\n`;
    await writeFile(join(root, 'rustup'), chooser, { mode: 0o755 });
    await mkdir(join(root, 'shims'));
    await symlink(join(root, 'rustup'), join(root, 'shims', 'go'));
    expect(await find(join(root, 'shims'))).toMatchObject({ program: '/opt/toolchains/go/bin/go' });
    await writeFile(join(root, 'rustup'), '#!/bin/sh\necho no toolchain is chosen >&2; exit 1\n', { mode: 0o755 });
    expect(await find(join(root, 'shims'))).toMatchObject({
      missing: expect.stringMatching(/does not tell which/) as unknown,
    });
  });

  it('what cannot be used is told with the reason', async () => {
    expect(await find('/nowhere')).toEqual({
      missing: 'none of /usr/bin/no-such-go/go is installed, nor is go on the PATH',
    });
    const folder = await layOut('go2');
    expect(await find(join(folder, 'bin'), GO, () => false)).toMatchObject({
      missing: expect.stringMatching(/cannot enter; install it under \/usr/) as unknown,
    });
    const other = await layOut('go5');
    const isOther = (root: string) => root === other;
    expect(
      await findToolchain('go', GO, { env: { PATH: `${folder}/bin:${other}/bin` }, isReachable: isOther }),
    ).toMatchObject({
      parts: [{ source: join(other, 'bin') }, {}],
    });
    expect(await find(join(folder, 'bin'), { ...GO, needs: ['/usr/bin/no-such-linker'] })).toEqual({
      missing: '/usr/bin/no-such-linker, which it needs, is not installed',
    });
    await rm(join(folder, 'src'), { recursive: true });
    expect(await find(join(folder, 'bin'))).toMatchObject({
      missing: expect.stringMatching(/not part of a whole toolchain/) as unknown,
    });
  });

  it('a program of the system is taken as it is, one that only points out of it is not', async () => {
    const bash: Toolchain = { programs: ['/usr/bin/bash', '/bin/bash'], run: () => [] };
    expect(await findToolchain('bash', bash, { env: {}, isReachable: () => true })).toMatchObject({ parts: [] });
    const folder = await layOut('go3');
    const link = { ...GO, programs: [join(folder, 'bin', 'go')] };
    expect(await find('/nowhere', link)).toMatchObject({ program: '/opt/toolchains/go/bin/go' });
  });
});

const missing = await missingHere('python', 'java');

describe.skipIf(missing !== '')(`a toolchain in a folder of its own${missing}`, () => {
  it('compiles inside, sees its parts alone, and cannot be written', async () => {
    const folder = await layOut('go4');
    await using opened = new AsyncDisposableStack();
    const sandbox = await createNativeSandbox({ parkedAtLeast: 0 }, { PATH: join(folder, 'bin') });
    opened.defer(() => sandbox.close());
    const source =
      '#!/bin/sh\ncd /opt/toolchains/go; echo *; (echo x > bin/go) 2>/dev/null || echo refused; ls $FOLDER 2>&1 | head -1\n';
    const [outcome] = await outcomesOf(sandbox, job('go', source.replace('$FOLDER', folder), [{ kind: 'program' }]));
    expect(outcome).toMatchObject({ status: 'exited', exitCode: 0 });
    expect(outcome?.stdout.split('\n').slice(0, 2)).toEqual(['bin src', 'refused']);
    expect(outcome?.stdout).toContain('No such file');
  });
});
