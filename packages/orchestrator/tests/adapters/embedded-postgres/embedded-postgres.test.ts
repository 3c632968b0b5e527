import { readdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  DataDirectoryInUse,
  readEmbeddedConnection,
  startEmbeddedPostgres,
} from '../../../src/adapters/embedded-postgres/index.ts';
import { isAlive, processesOf } from '../../processes.ts';
import {
  holdInProcess,
  homeOf,
  postmasterPid,
  rowsOf,
  type ScratchServer,
  scratchFolderOfTest,
  startForTest,
  startScratchServer,
} from './scratch.ts';

describe('a running embedded server', () => {
  let scratch: ScratchServer;
  beforeAll(async () => {
    scratch = await startScratchServer();
  });
  afterAll(() => scratch.remove());

  it('has a database of its role with the builtin C.UTF-8 collation', async () => {
    const rows = await rowsOf(
      scratch.server.databaseUrl,
      `SELECT current_user::text, datname::text, datlocprovider::text, datlocale, pg_encoding_to_char(encoding)::text, lower('ÄÖ')
       FROM pg_database WHERE datname = current_database()`,
    );
    expect(rows).toEqual([['switchyard', 'switchyard', 'b', 'C.UTF-8', 'UTF8', 'äö']]);
  });

  it('keeps what was committed through a crash: fsync, full pages, synchronous commit and checksums are on', async () => {
    const rows = await rowsOf(
      scratch.server.databaseUrl,
      `SELECT name, setting FROM pg_settings
       WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit', 'data_checksums') ORDER BY name`,
    );
    expect(rows.map(([, setting]) => setting)).toEqual(['on', 'on', 'on', 'on']);
  });

  it.skipIf(process.platform !== 'linux')('opens no TCP port', async () => {
    const pid = await postmasterPid(scratch.dataDir);
    const tables = await Promise.all(
      ['tcp', 'tcp6'].map((name) => readFile(`/proc/${pid}/net/${name}`, 'utf8').catch(() => '')),
    );
    const fds = await Promise.all((await readdir(`/proc/${pid}/fd`)).map((fd) => readlink(`/proc/${pid}/fd/${fd}`)));
    const sockets = fds.flatMap((target) => /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? []);
    expect(sockets.length).toBeGreaterThan(0);
    for (const inode of sockets) expect(tables.join('\n')).not.toMatch(new RegExp(` ${inode} `));
    expect(await rowsOf(scratch.server.databaseUrl, 'SHOW listen_addresses')).toEqual([['']]);
  });

  it('has folders that only their owner can enter and files that only it can read', async () => {
    const home = await homeOf(scratch.dataDir);
    const modeOf = async (...path: string[]): Promise<string> => ((await stat(join(...path))).mode & 0o777).toString(8);
    expect(await Promise.all(['', 'data', 'sock'].map((name) => modeOf(home, name)))).toEqual(['700', '700', '700']);
    expect(await modeOf(home, 'data', 'switchyard.password')).toBe('600');
    expect(await modeOf(scratch.dataDir, 'connection.json')).toBe('600');
    expect(await modeOf(scratch.dataDir, 'postgres.log')).toBe('600');
    expect(await modeOf(home, 'sock', '.s.PGSQL.5432')).toBe('700');
  });

  it('refuses a wrong password', async () => {
    const url = new URL(scratch.server.databaseUrl);
    url.password = 'guess';
    await expect(rowsOf(url.href, 'SELECT 1')).rejects.toThrow(/password authentication failed/);
  });

  it('is found by another process through its data directory', async () => {
    const connection = await readEmbeddedConnection(scratch.dataDir);
    expect(connection).toMatchObject({ databaseUrl: scratch.server.databaseUrl, version: scratch.server.version });
    expect(connection?.holder.pid).toBe(process.pid);
  });

  it('is not found while what is said about it cannot be read', async () => {
    const path = join(scratch.dataDir, 'connection.json');
    const said = await readFile(path, 'utf8');
    for (const broken of ['', '{"databaseUrl"', '[]', '{}', '{"databaseUrl": 1, "version": "18"}']) {
      await writeFile(path, broken);
      expect(await readEmbeddedConnection(scratch.dataDir)).toBeNull();
    }
    await rm(path);
    expect(await readEmbeddedConnection(scratch.dataDir)).toBeNull();
    await writeFile(path, said, { mode: 0o600 });
  });

  it('refuses a second start on its directory and says who holds it', async () => {
    const before = new Date().toISOString();
    const second = startEmbeddedPostgres({ dataDir: scratch.dataDir, env: process.env });
    await expect(second).rejects.toBeInstanceOf(DataDirectoryInUse);
    await expect(second).rejects.toThrow(new RegExp(`in use by process ${process.pid} since \\d{4}-`));
    await expect(second).rejects.toSatisfy(
      (error: unknown) => error instanceof DataDirectoryInUse && (error.holder.since ?? '~') < before,
    );
    expect(await rowsOf(scratch.server.databaseUrl, 'SELECT 1')).toEqual([[1]]);
  });

  it('logs no statement that failed', async () => {
    await expect(rowsOf(scratch.server.databaseUrl, `SELECT 'a secret'::int`)).rejects.toThrow(/invalid input syntax/);
    expect(await readFile(join(scratch.dataDir, 'postgres.log'), 'utf8')).not.toContain('a secret');
  });
});

describe('a data directory', () => {
  it('keeps its data from one start to the next', async () => {
    const dataDir = join(await scratchFolderOfTest(), 'new');
    const first = await startForTest(dataDir);
    await rowsOf(first.databaseUrl, 'CREATE TABLE kept AS SELECT 7 AS a');
    await first.stop();
    expect(await readEmbeddedConnection(dataDir)).toBeNull();
    const second = await startForTest(dataDir);
    expect(await rowsOf(second.databaseUrl, 'SELECT a FROM kept')).toEqual([[7]]);
    expect(second.databaseUrl).toBe(first.databaseUrl);
    expect([first.created, second.created]).toEqual([true, false]);
  });

  it('of one process is refused to another, which names the first', async () => {
    const dataDir = await scratchFolderOfTest();
    const held = await holdInProcess(dataDir);
    await expect(startForTest(dataDir)).rejects.toThrow(`in use by process ${held.pid} since`);
    expect((await readEmbeddedConnection(dataDir))?.databaseUrl).toBe(held.databaseUrl);
  });

  it('that is taken by five starts at once goes to exactly one', async () => {
    const dataDir = await scratchFolderOfTest();
    const starts = await Promise.allSettled([1, 2, 3, 4, 5].map(() => startForTest(dataDir)));
    const refused = starts.flatMap((start): unknown[] => (start.status === 'rejected' ? [start.reason] : []));
    expect(refused).toHaveLength(4);
    for (const reason of refused) expect(reason).toBeInstanceOf(DataDirectoryInUse);
  });

  it('without a server has no connection to give', async () => {
    const dataDir = await scratchFolderOfTest();
    expect(await readEmbeddedConnection(dataDir)).toBeNull();
    expect(await readEmbeddedConnection(join(dataDir, 'missing'))).toBeNull();
  });
});

describe('stop', () => {
  it('ends the server with clients still connected, as often as it is called, and exited stays pending', async () => {
    const dataDir = await scratchFolderOfTest();
    const server = await startForTest(dataDir);
    const pid = await postmasterPid(dataDir);
    const busy = rowsOf(server.databaseUrl, 'SELECT pg_sleep(600)').catch(String);
    await expect
      .poll(() => rowsOf(server.databaseUrl, `SELECT count(*)::int FROM pg_stat_activity WHERE wait_event = 'PgSleep'`))
      .toEqual([[1]]);
    await Promise.all([server.stop(), server.stop()]);
    expect(await busy).toMatch(/terminat/);
    await server.stop();
    expect(isAlive(pid)).toBe(false);
    expect(await Promise.race([server.exited, Promise.resolve('pending')])).toBe('pending');
    expect(await processesOf(dataDir)).toEqual([]);
  });
});

describe('an aborted start', () => {
  it('rejects with the reason and leaves nothing, whenever the abort comes', async () => {
    const dataDir = await scratchFolderOfTest();
    for (const ms of [0, 15, 40, 120, 400, 550, 650]) {
      const signal = AbortSignal.timeout(ms);
      const start = await startEmbeddedPostgres({ dataDir, env: process.env, signal }).then(
        (server) => server.stop(),
        (error: unknown) => {
          expect(error).toBe(signal.reason);
        },
      );
      expect(start).toBeUndefined();
      expect(await processesOf(dataDir)).toEqual([]);
      expect(await readEmbeddedConnection(dataDir)).toBeNull();
    }
    const server = await startForTest(dataDir);
    expect(await rowsOf(server.databaseUrl, 'SELECT 1')).toEqual([[1]]);
    expect((await readdir(await homeOf(dataDir))).filter((name) => name.startsWith('data.tmp'))).toEqual([]);
  });

  it('before it began does not begin', async () => {
    const dataDir = join(await scratchFolderOfTest(), 'never');
    await expect(startEmbeddedPostgres({ dataDir, signal: AbortSignal.abort(new Error('no')) })).rejects.toThrow('no');
    await expect(stat(dataDir)).rejects.toThrow('ENOENT');
  });
});
