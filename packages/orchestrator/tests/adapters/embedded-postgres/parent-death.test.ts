import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findBinaries } from '../../../src/adapters/embedded-postgres/binaries.ts';
import { readEmbeddedConnection } from '../../../src/adapters/embedded-postgres/index.ts';
import { prepareLayout } from '../../../src/adapters/embedded-postgres/layout.ts';
import { startPostmaster } from '../../../src/adapters/embedded-postgres/postmaster.ts';
import { ServerLog } from '../../../src/adapters/embedded-postgres/server-log.ts';
import { makeSocketFolder } from '../../../src/adapters/embedded-postgres/socket-folder.ts';
import { isAlive, processesOf } from '../../processes.ts';
import {
  holdInProcess,
  makeUsedDirectory,
  postmasterPid,
  rowsOf,
  scratchFolderOfTest,
  startForTest,
  startHolder,
  type UsedDirectory,
} from './scratch.ts';

let used: UsedDirectory;
beforeAll(async () => {
  used = await makeUsedDirectory();
});
afterAll(() => used.remove());

describe('the server of a process that', () => {
  it('is killed with SIGKILL ends by itself, and the directory can be used again', async () => {
    const { dataDir } = await used.copy();
    const held = await holdInProcess(dataDir);
    await rowsOf(held.databaseUrl, 'INSERT INTO kept VALUES (8)');
    const pid = await postmasterPid(dataDir);
    held.child.kill('SIGKILL');
    await expect.poll(() => isAlive(pid), { interval: 5, timeout: 10_000 }).toBe(false);
    await expect.poll(() => processesOf(dataDir)).toEqual([]);
    // What it could not remove is not taken for a running server.
    expect(await readEmbeddedConnection(dataDir)).toBeNull();
    const server = await startForTest(dataDir);
    expect(await rowsOf(server.databaseUrl, 'SELECT a FROM kept')).toEqual([[7], [8]]);
  });

  it('is killed and started again at once is replaced, not doubled', async () => {
    const { dataDir } = await used.copy();
    const held = await holdInProcess(dataDir);
    await rowsOf(held.databaseUrl, 'INSERT INTO kept VALUES (8)');
    const before = await postmasterPid(dataDir);
    held.child.kill('SIGKILL');
    await once(held.child, 'exit');
    const server = await startForTest(dataDir);
    expect(isAlive(before)).toBe(false);
    expect(await rowsOf(server.databaseUrl, 'SELECT a FROM kept')).toEqual([[7], [8]]);
  });

  it('is killed while a client keeps a transaction open ends even so', async () => {
    const { dataDir } = await used.copy();
    const held = await holdInProcess(dataDir);
    const pid = await postmasterPid(dataDir);
    const busy = rowsOf(held.databaseUrl, 'SELECT pg_sleep(600)').catch(String);
    await expect
      .poll(() => rowsOf(held.databaseUrl, `SELECT count(*)::int FROM pg_stat_activity WHERE wait_event = 'PgSleep'`))
      .toEqual([[1]]);
    held.child.kill('SIGKILL');
    await expect.poll(() => isAlive(pid), { interval: 5, timeout: 10_000 }).toBe(false);
    expect(await busy).toMatch(/terminat/);
  });

  it('gets a Ctrl-C or a hang-up with its whole group stays until that process stops it', async () => {
    const { dataDir } = await used.copy();
    const held = await holdInProcess(dataDir);
    const pid = await postmasterPid(dataDir);
    for (const signal of ['SIGINT', 'SIGHUP'] as const) {
      process.kill(-held.pid, signal);
      expect(await held.nextLine()).toBe(signal);
    }
    // Nor does one that is sent to the supervisor itself end anything.
    const supervisor = (await processesOf(dataDir)).filter((one) => one !== held.pid && one < pid);
    for (const signal of ['SIGINT', 'SIGHUP', 'SIGTERM'] as const) process.kill(supervisor[0] ?? Number.NaN, signal);
    expect(await rowsOf(held.databaseUrl, 'SELECT 1')).toEqual([[1]]);
    const exit = once(held.child, 'exit');
    held.child.kill('SIGTERM');
    expect(await exit).toEqual([0, null]);
    expect(await processesOf(dataDir)).toEqual([]);
  });
});

describe('a process that is killed while it creates its database', () => {
  it('leaves nothing that disturbs a start right after it', async () => {
    const dataDir = await scratchFolderOfTest();
    const held = startHolder(dataDir);
    const unfinished = async (): Promise<string[]> =>
      (await readdir(join(dataDir, 'postgres')).catch(() => [])).filter((name) => /^data\.tmp-\w+$/.test(name));
    await expect.poll(unfinished, { interval: 2, timeout: 20_000 }).toHaveLength(1);
    held.kill('SIGKILL');
    await once(held, 'exit');
    const server = await startForTest(dataDir);
    await rowsOf(server.databaseUrl, 'CREATE TABLE kept AS SELECT 7 AS a');
    // The orphaned initdb finds its folder gone and ends.
    await expect
      .poll(async () => (await processesOf(`${dataDir}/postgres/data.tmp`)).length, { timeout: 20_000 })
      .toBe(0);
    await server.stop();
    const again = await startForTest(dataDir);
    expect(await rowsOf(again.databaseUrl, 'SELECT a FROM kept')).toEqual([[7]]);
    expect(await unfinished()).toEqual([]);
  });
});

describe('a server that does not react', () => {
  it('is killed after the time for its shutdown, and its data stay whole', async () => {
    const { dataDir } = await used.copy();
    const env = { PATH: process.env['PATH'] ?? '' };
    const layout = await prepareLayout(dataDir, { env, onLog: () => {} });
    const { postgres } = await findBinaries(env);
    const sockets = await makeSocketFolder(layout);
    const options = { env, log: new ServerLog(dataDir), sockets, stopTimeoutMs: 50, killAfterMs: 50 };
    const postmaster = await startPostmaster(layout, postgres, options);
    await expect.poll(() => options.log.lastLines().join('\n'), { timeout: 10_000 }).toContain('ready to accept');
    const pid = await postmasterPid(dataDir);
    process.kill(pid, 'SIGSTOP');
    await postmaster.stop();
    await expect.poll(() => isAlive(pid)).toBe(false);
    const server = await startForTest(dataDir);
    expect(await rowsOf(server.databaseUrl, 'SELECT a FROM kept')).toEqual([[7]]);
  });
});

describe('a server that crashes', () => {
  it('resolves exited, frees the directory and starts again with its data', async () => {
    const { dataDir } = await used.copy();
    const server = await startForTest(dataDir);
    await rowsOf(server.databaseUrl, 'INSERT INTO kept VALUES (8)');
    process.kill(await postmasterPid(dataDir), 'SIGKILL');
    const exit = await server.exited;
    expect(exit.code).toBe(128 + 9);
    expect(exit.lastLines.join('\n')).toContain('ready to accept connections');
    expect(await readEmbeddedConnection(dataDir)).toBeNull();
    await server.stop();
    const again = await startForTest(dataDir);
    expect(await rowsOf(again.databaseUrl, 'SELECT a FROM kept')).toEqual([[7], [8]]);
  });

  it('with its supervisor is noticed as well', async () => {
    const { dataDir } = await used.copy();
    const server = await startForTest(dataDir);
    const pid = await postmasterPid(dataDir);
    const [supervisor] = (await processesOf(dataDir)).filter((one) => one < pid);
    process.kill(supervisor ?? Number.NaN, 'SIGKILL');
    expect((await server.exited).code).toBeNull();
    // Nobody waits for it any more, but the reader of our pipe still tells it to end.
    await expect.poll(() => processesOf(dataDir), { timeout: 10_000 }).toEqual([]);
  });
});
