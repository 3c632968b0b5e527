import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findBinaries } from '../../../src/adapters/embedded-postgres/binaries.ts';
import {
  DataDirectoryInUse,
  DataDirectoryInvalid,
  DataDirectoryVersion,
  PostgresStartFailed,
} from '../../../src/adapters/embedded-postgres/index.ts';
import { prepareLayout } from '../../../src/adapters/embedded-postgres/layout.ts';
import { runProgram } from '../../../src/adapters/embedded-postgres/run-program.ts';
import { isAlive } from '../../processes.ts';
import {
  holdInProcess,
  isRoot,
  makeUsedDirectory,
  postmasterPid,
  rowsOf,
  scratchFolderOfTest,
  startForTest,
  type UsedDirectory,
} from './scratch.ts';

const env = { PATH: process.env['PATH'] ?? '' };

/** Root in a container: it has no CAP_SYS_PTRACE, so /proc/PID/cwd of another user's process is closed to it. */
const WITHOUT_PTRACE = ['setpriv', '--bounding-set=-sys_ptrace', '--inh-caps=-sys_ptrace'];
const canDropPtrace = isRoot && spawnSync('/bin/sh', ['-c', 'exec "$@"', 'sh', ...WITHOUT_PTRACE, 'true']).status === 0;

let used: UsedDirectory;
beforeAll(async () => {
  used = await makeUsedDirectory();
});
afterAll(() => used.remove());

async function expectUsable(dataDir: string): Promise<void> {
  const server = await startForTest(dataDir);
  expect(await rowsOf(server.databaseUrl, 'SELECT a FROM kept')).toEqual([[7]]);
  await server.stop();
}

describe('a start on what an earlier one left', () => {
  it('removes a postmaster.pid whose number is another process now, and leaves that process alone', async () => {
    const { dataDir, data } = await used.copy();
    const stranger = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    await once(stranger, 'spawn');
    try {
      const lines = [stranger.pid, data, 1_700_000_000, 5432, join(data, '..', 'sock'), '', '  1 1', 'ready   ', ''];
      await writeFile(join(data, 'postmaster.pid'), lines.join('\n'));
      await expectUsable(dataDir);
      expect(isAlive(stranger.pid ?? 0)).toBe(true);
    } finally {
      stranger.kill('SIGKILL');
      await once(stranger, 'exit');
    }
  });

  it.each([
    ['an empty', ''],
    ['a garbled', 'x\ny\n'],
    ["a dead process's", '4194303\n/nowhere\n1\n5432\n/nowhere\n\n1 1\nready\n'],
  ])('disregards %s postmaster.pid', async (_which, text) => {
    const { dataDir, data } = await used.copy();
    await writeFile(join(data, 'postmaster.pid'), text);
    await expectUsable(dataDir);
  });

  /** Starts a server on the data that belongs to nobody. */
  async function startOrphan(dataDir: string, data: string): Promise<number> {
    const binaries = await findBinaries(env);
    const { account } = await prepareLayout(dataDir, { env, onLog: () => {} });
    const args = ['start', '--wait', '--pgdata', data, '--log', '/dev/null', '-o', `-c listen_addresses='' -k ${data}`];
    expect(await runProgram(binaries.pgCtl, args, { env, account })).toMatchObject({ code: 0 });
    return postmasterPid(dataDir);
  }

  it('stops a server that still runs on the data, then starts its own', async () => {
    const { dataDir, data } = await used.copy();
    const orphan = await startOrphan(dataDir, data);
    const logged: string[] = [];
    const server = await startForTest(dataDir, { onLog: (line) => logged.push(line) });
    expect(logged).toEqual([`stopping the server of an earlier start (process ${orphan})`]);
    expect(isAlive(orphan)).toBe(false);
    expect(await rowsOf(server.databaseUrl, 'SELECT a FROM kept')).toEqual([[7]]);
  });

  it.skipIf(!canDropPtrace)('does so too as a root that may not look into the processes of others', async () => {
    const { dataDir, data } = await used.copy();
    const orphan = await startOrphan(dataDir, data);
    const held = await holdInProcess(dataDir, { wrapper: WITHOUT_PTRACE });
    expect(isAlive(orphan)).toBe(false);
    expect(await rowsOf(held.databaseUrl, 'SELECT a FROM kept')).toEqual([[7]]);
  });

  it('is refused while a server that it cannot see as a process holds the lock file', async () => {
    const { dataDir, data } = await used.copy();
    // As from another container: the lock of the shared folder is taken, the number in postmaster.pid says nothing here.
    const script = 'exec 9>>"$1" && flock -n 9 && echo locked && exec sleep 60';
    const other = spawn('/bin/sh', ['-c', script, 'sh', join(data, '..', 'postgres.lock')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      await once(other.stdout, 'data');
      await writeFile(join(data, 'postmaster.pid'), '');
      await expect(startForTest(dataDir)).rejects.toBeInstanceOf(DataDirectoryInUse);
      expect(await readFile(join(data, 'postmaster.pid'), 'utf8')).toBe('');
      await rm(join(data, 'postmaster.pid'));
      await expect(startForTest(dataDir)).rejects.toThrow(/in use by another process that did not say who it is/);
    } finally {
      other.kill('SIGKILL');
      await once(other, 'exit');
    }
    await expectUsable(dataDir);
  });

  it('begins anew after an initdb that was interrupted', async () => {
    const dataDir = await scratchFolderOfTest();
    const { home, account } = await prepareLayout(dataDir, { env, onLog: () => {} });
    for (const name of ['data.tmp', 'data.tmp-00000000', 'data']) {
      await mkdir(join(home, name));
      if (account) await chown(join(home, name), account.uid, account.gid);
      if (name !== 'data') await writeFile(join(home, name, 'PG_VERSION'), '18\n');
    }
    const server = await startForTest(dataDir);
    expect(await rowsOf(server.databaseUrl, 'SELECT 1')).toEqual([[1]]);
  });

  it('makes the database again when only that is missing', async () => {
    const { dataDir } = await used.copy();
    const server = await startForTest(dataDir);
    const other = new URL(server.databaseUrl);
    other.pathname = '/template1';
    await rowsOf(other.href, 'DROP DATABASE switchyard WITH (FORCE)');
    await server.stop();
    const again = await startForTest(dataDir);
    expect(await rowsOf(again.databaseUrl, `SELECT to_regclass('kept')::text`)).toEqual([[null]]);
  });
});

describe('data that cannot be opened', () => {
  it('of another major version are refused with both versions', async () => {
    const { dataDir, data } = await used.copy();
    await writeFile(join(data, 'PG_VERSION'), '19\n');
    await expect(startForTest(dataDir)).rejects.toBeInstanceOf(DataDirectoryVersion);
    await expect(startForTest(dataDir)).rejects.toThrow(/made by PostgreSQL 19, this is PostgreSQL 18.*pg_dump/);
    await writeFile(join(data, 'PG_VERSION'), '18\n');
    await expectUsable(dataDir);
  });

  it.each(['PG_VERSION', 'switchyard.password'])('without %s are refused, not replaced', async (name) => {
    const { dataDir, data } = await used.copy();
    await rename(join(data, name), join(data, 'aside'));
    await expect(startForTest(dataDir)).rejects.toBeInstanceOf(DataDirectoryInvalid);
    await writeFile(join(data, name), '');
    await expect(startForTest(dataDir)).rejects.toThrow(`${name} is empty`);
    await rename(join(data, 'aside'), join(data, name));
    await expectUsable(dataDir);
  });

  it("fail with the server's own last lines", async () => {
    const { dataDir, data } = await used.copy();
    await rename(join(data, 'global', 'pg_control'), join(data, 'aside'));
    await expect(startForTest(dataDir)).rejects.toBeInstanceOf(PostgresStartFailed);
    await expect(startForTest(dataDir)).rejects.toThrow(/exit code 2; .*\n[^]*could not find the database system/);
    await rename(join(data, 'aside'), join(data, 'global', 'pg_control'));
    await expectUsable(dataDir);
  });

  it('with another password inside than beside them are refused at once', async () => {
    const { dataDir, data } = await used.copy();
    await writeFile(join(data, 'switchyard.password'), 'other');
    await expect(startForTest(dataDir)).rejects.toThrow(/refused our own connection \(password authentication failed/);
  });

  it('that others may enter are refused by the server, which says so', async () => {
    const { dataDir, data } = await used.copy();
    await chmod(data, 0o755);
    await expect(startForTest(dataDir)).rejects.toThrow(/has invalid permissions/);
    await chmod(data, 0o700);
    await expectUsable(dataDir);
  });
});
