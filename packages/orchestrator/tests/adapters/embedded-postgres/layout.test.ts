import { execFileSync } from 'node:child_process';
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { copyBinaries, findBinaries } from '../../../src/adapters/embedded-postgres/binaries.ts';
import {
  DataDirectoryFull,
  DataDirectoryInvalid,
  DataDirectoryNotWritable,
  InitdbFailed,
  PostgresUnsupportedPlatform,
  readEmbeddedConnection,
} from '../../../src/adapters/embedded-postgres/index.ts';
import { accountMay, prepareLayout } from '../../../src/adapters/embedded-postgres/layout.ts';
import { type Account, runProgram } from '../../../src/adapters/embedded-postgres/run-program.ts';
import {
  holdInProcess,
  homeOf,
  isRoot,
  makeUsedDirectory,
  postmasterPid,
  rowsOf,
  scratchFolderOfTest,
  startForTest,
  type UsedDirectory,
} from './scratch.ts';

const env = { PATH: process.env['PATH'] ?? '' };
const quiet = { env, onLog: (): void => {} };

function idOf(flag: '-u' | '-g', name: string): number | undefined {
  try {
    return Number(execFileSync('id', [flag, name], { stdio: ['ignore', 'pipe', 'ignore'] }));
  } catch {
    return undefined;
  }
}

const nobody: Account = { uid: idOf('-u', 'nobody') ?? 65_534, gid: idOf('-g', 'nobody') ?? 65_534 };
/** Whether the ordinary user of these tests can run this checkout at all. */
const nobodyCanRun =
  isRoot &&
  (await accountMay('-x', process.execPath, nobody, { env })) &&
  (await accountMay('-r', import.meta.filename, nobody, { env }));
const notRoot = 'needs root, to act as two users';

let used: UsedDirectory;
beforeAll(async () => {
  used = await makeUsedDirectory();
});
afterAll(() => used.remove());

describe('a data directory', () => {
  it('whose path is too long for a socket address gets a short folder for its socket, which goes with the server', async () => {
    const { dataDir } = await used.copy(join('a'.repeat(60), 'ü b,"c"'.repeat(6)));
    const server = await startForTest(dataDir);
    const folder = new URL(server.databaseUrl).searchParams.get('host') ?? '';
    expect(Buffer.byteLength(folder)).toBeLessThan(90);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect(await rowsOf(server.databaseUrl, 'SELECT 1')).toEqual([[1]]);
    await server.stop();
    await expect(stat(folder)).rejects.toThrow('ENOENT');
  });

  it('with spaces, quotes and commas in its path works', async () => {
    const dataDir = join(await scratchFolderOfTest(), `it's a, "b" ü %41`);
    const server = await startForTest(dataDir);
    expect(await rowsOf(server.databaseUrl, 'SELECT 1')).toEqual([[1]]);
    expect((await readEmbeddedConnection(dataDir))?.databaseUrl).toBe(server.databaseUrl);
  });

  it('is the same through a symbolic link', async () => {
    const { dataDir } = await used.copy('real');
    const folder = dirname(dataDir);
    await symlink(dataDir, join(folder, 'link'));
    const server = await startForTest(dataDir);
    await expect(startForTest(join(folder, 'link'))).rejects.toThrow(/in use by process/);
    expect((await readEmbeddedConnection(join(folder, 'link')))?.databaseUrl).toBe(server.databaseUrl);
  });

  it('where no folder can be made is refused with what to do, and at once', async () => {
    await expect(startForTest('/proc/switchyard')).rejects.toMatchObject({ code: 'data_directory_not_writable' });
  });

  it('that is a file is refused with what to do', async () => {
    const path = join(await scratchFolderOfTest(), 'file');
    await writeFile(path, '');
    await expect(startForTest(path)).rejects.toBeInstanceOf(DataDirectoryNotWritable);
    await expect(startForTest(join(path, 'below'))).rejects.toThrow(/is a file, not a folder; name another/);
  });
});

describe.skipIf(!isRoot)(`as root (${notRoot})`, () => {
  it('runs the server as an unprivileged account that owns its folder', async () => {
    const dataDir = await scratchFolderOfTest();
    await startForTest(dataDir);
    const owner = (await stat(await homeOf(dataDir))).uid;
    expect(owner).not.toBe(0);
    expect((await stat(`/proc/${await postmasterPid(dataDir)}`)).uid).toBe(owner);
    const status = await readFile(`/proc/${await postmasterPid(dataDir)}/status`, 'utf8');
    expect(status).toMatch(/^Groups:\s*$/m);
    expect(status).toMatch(/^CapEff:\s*0+$/m);
  });

  it('opens its own data directory for passing through, no more', async () => {
    const dataDir = await scratchFolderOfTest();
    await chmod(dataDir, 0o700);
    expect((await prepareLayout(dataDir, quiet)).home).toBe(join(dataDir, 'postgres'));
    expect((await stat(dataDir)).mode & 0o777).toBe(0o711);
  });

  it('keeps the database elsewhere when the account cannot come through, says so, and finds it again', async () => {
    const closed = await mkdtemp(join(tmpdir(), 'swy-closed-'));
    const fallback = join(await scratchFolderOfTest(), 'fallback');
    onTestFinished(() => rm(closed, { recursive: true, force: true }));
    const dataDir = join(closed, 'data');
    const logged: string[] = [];
    const options = { rootFallbackFolder: fallback, onLog: (line: string): void => void logged.push(line) };
    const first = await startForTest(dataDir, options);
    await rowsOf(first.databaseUrl, 'CREATE TABLE kept AS SELECT 7 AS a');
    expect((await readEmbeddedConnection(dataDir))?.databaseUrl).toBe(first.databaseUrl);
    await first.stop();
    const second = await startForTest(dataDir, options);
    expect(await rowsOf(second.databaseUrl, 'SELECT a FROM kept')).toEqual([[7]]);
    const places = await readdir(fallback);
    expect(places).toHaveLength(1);
    expect(
      logged.filter((line) => line.includes(`cannot enter ${dataDir}: the database lies in ${fallback}`)),
    ).toHaveLength(1);
    expect((await stat(closed)).mode & 0o777).toBe(0o700);
  });

  it('says what to do when the other place is closed too, or when the note of the place is broken', async () => {
    const closed = await mkdtemp(join(tmpdir(), 'swy-closed-'));
    onTestFinished(() => rm(closed, { recursive: true, force: true }));
    const dataDir = join(closed, 'data');
    const start = startForTest(dataDir, { rootFallbackFolder: join(closed, 'fallback') });
    await expect(start).rejects.toBeInstanceOf(DataDirectoryNotWritable);
    await expect(start).rejects.toThrow(/can enter neither this path nor .*; start Switchyard as an ordinary user/);
    await writeFile(join(dataDir, 'postgres-location.json'), '{}');
    await expect(startForTest(dataDir)).rejects.toBeInstanceOf(DataDirectoryInvalid);
  });

  it('uses a copy of the binaries where the account cannot enter their path, whole or not at all', async () => {
    const folder = await scratchFolderOfTest();
    const found = await findBinaries(env);
    await mkdir(join(folder, `binaries-${found.version}.tmp`, 'bin'), { recursive: true });
    await writeFile(join(folder, `binaries-${found.version}.tmp`, 'bin', 'left'), 'by an interrupted copy');
    const copied = await copyBinaries(found, folder, nobody);
    for (const file of [copied.postgres, copied.initdb, copied.pgCtl]) {
      expect(await runProgram(file, ['--version'], { env, account: nobody })).toMatchObject({ code: 0 });
    }
    expect(await readdir(folder)).toEqual([`binaries-${found.version}`]);
    expect(await readdir(join(folder, `binaries-${found.version}`, 'bin'))).not.toContain('left');
    const { ino } = await stat(copied.postgres);
    await copyBinaries(found, folder, nobody);
    expect((await stat(copied.postgres)).ino).toBe(ino);
  });

  it.skipIf(!nobodyCanRun)('and as an ordinary user each works, and one is told of the other', async () => {
    const dataDir = await scratchFolderOfTest();
    await chown(dataDir, nobody.uid, nobody.gid);
    const held = await holdInProcess(dataDir, { uid: nobody.uid });
    expect(await rowsOf(held.databaseUrl, 'SELECT 1')).toEqual([[1]]);
    expect((await stat(await homeOf(dataDir))).uid).toBe(nobody.uid);
    await expect(startForTest(dataDir)).rejects.toThrow(`in use by process ${held.pid}`);
    held.child.kill('SIGKILL');
    // Root goes on as the owner of the data.
    const server = await startForTest(dataDir);
    expect((await stat(`/proc/${await postmasterPid(dataDir)}`)).uid).toBe(nobody.uid);
    await server.stop();
  });

  it.skipIf(!nobodyCanRun)('leaves data that an ordinary user is told how to take over', async () => {
    const dataDir = await scratchFolderOfTest();
    const { home, account } = await prepareLayout(dataDir, quiet);
    await chown(dataDir, nobody.uid, nobody.gid);
    const foreign = account?.uid === nobody.uid ? 1 : (account?.uid ?? 1);
    await chown(home, foreign, foreign);
    await expect(holdInProcess(dataDir, { uid: nobody.uid })).rejects.toThrow(/belongs to user id \d+ .*sudo chown -R/);
    await chown(dataDir, 0, 0);
    await rm(home, { recursive: true });
    await expect(holdInProcess(dataDir, { uid: nobody.uid })).rejects.toThrow(/may not write there/);
  });

  it.skipIf(!nobodyCanRun)('a user id without a name is told why initdb refuses it', async () => {
    const nameless = 61_999;
    const dataDir = await scratchFolderOfTest();
    await chown(dataDir, nameless, nameless);
    await expect(holdInProcess(dataDir, { uid: nameless })).rejects.toThrow(
      /user id that runs this process has no name/,
    );
    expect(await readdir(join(dataDir, 'postgres'))).toEqual([]);
    expect(new InitdbFailed(dataDir, 'x')).toMatchObject({ code: 'postgres_initdb_failed', kind: 'terminal' });
  });

  it('says that the disk is full, at the first start and at a later one, and goes on when there is space', async ({
    skip,
  }) => {
    const dataDir = await scratchFolderOfTest();
    const mount = (options: string): unknown =>
      execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', dataDir], { stdio: 'ignore' });
    try {
      mount('size=8m,mode=0755');
    } catch {
      skip('this root may not mount a small file system');
    }
    onTestFinished(() => void execFileSync('umount', [dataDir]));
    await expect(startForTest(dataDir)).rejects.toBeInstanceOf(DataDirectoryFull);
    expect(await readdir(await homeOf(dataDir))).toEqual([]);
    mount('remount,size=100m');
    await (await startForTest(dataDir)).stop();
    await writeFile(join(dataDir, 'filler'), Buffer.alloc(100 << 20)).catch(() => {});
    await expect(startForTest(dataDir)).rejects.toThrow(/is full; free some space.*\n[^]*no space left/i);
    await rm(join(dataDir, 'filler'));
    expect(await rowsOf((await startForTest(dataDir)).databaseUrl, 'SELECT 1')).toEqual([[1]]);
  });

  it.skipIf(!nobodyCanRun)('runs a database whose connection another user is refused, and told why', async () => {
    const { dataDir } = await used.copy();
    await startForTest(dataDir);
    const fixture = join(import.meta.dirname, 'fixtures', 'read-connection.ts');
    const asNobody = await runProgram(process.execPath, [fixture, dataDir], { env, account: nobody });
    expect(asNobody.output).toMatch(/^DataDirectoryNotWritable: .* another user started Switchyard there; run this/);
  });
});

describe('a machine', () => {
  it.each(['win32-x64', 'sunos-x64', 'linux-s390x'])('of the kind %s is told to set DATABASE_URL', async (platform) => {
    await expect(findBinaries(env, platform)).rejects.toBeInstanceOf(PostgresUnsupportedPlatform);
    await expect(findBinaries(env, platform)).rejects.toThrow(/no binaries are published .* set DATABASE_URL/);
  });

  it('whose binaries were not installed is told so', async () => {
    const other = process.platform === 'darwin' ? 'linux-ppc64' : 'darwin-arm64';
    await expect(findBinaries(env, other)).rejects.toThrow(/package @embedded-postgres\/.* is not installed/);
  });
});
