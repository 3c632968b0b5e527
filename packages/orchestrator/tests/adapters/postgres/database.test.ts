import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../../src/adapters/embedded-postgres/index.ts';
import { type Database, openDatabase, Rollback } from '../../../src/adapters/postgres/database.ts';
import { isAway, translated } from '../../../src/adapters/postgres/failures.ts';
import { openNodeConnection } from '../../../src/adapters/postgres/node-connection.ts';
import { DatabaseUnavailable } from '../../../src/ports/errors.ts';
import { createTestDatabase, silentLogger, testDatabase } from '../../../testing/index.ts';
import { scratchFolder } from '../embedded-postgres/scratch.ts';

const never = new AbortController().signal;

describe('a transaction', () => {
  const server = testDatabase();
  let database: Database;
  beforeAll(async () => {
    database = openDatabase({ url: server.databaseUrl, applicationName: 'switchyard test', connections: 2 });
    await database.query('CREATE TABLE notes (text text UNIQUE)');
  });
  afterAll(() => database.close());

  const notes = async (): Promise<unknown[]> => (await database.query('SELECT text FROM notes ORDER BY text')).rows;

  it('is there when its work resolves and gone when it rejects', async () => {
    await database.transaction((transaction) => transaction.query(`INSERT INTO notes VALUES ('kept')`));
    const refused = database.transaction(async (transaction) => {
      await transaction.query(`INSERT INTO notes VALUES ('dropped')`);
      throw new Rollback();
    });
    await expect(refused).rejects.toBeInstanceOf(Rollback);
    expect(await notes()).toEqual([{ text: 'kept' }]);
  });

  it('that fails passes the error as it is and leaves the pool whole', async () => {
    for (let round = 0; round < 5; round += 1) {
      const failing = database.transaction((transaction) => transaction.query(`INSERT INTO notes VALUES ('kept')`));
      await expect(failing).rejects.toMatchObject({ code: '23505' });
    }
    expect(await notes()).toEqual([{ text: 'kept' }]);
  });

  it('whose connection is cut is told as a database that is away; the next one works', async () => {
    for (let round = 0; round < 4; round += 1) {
      const cut = database.transaction(async (transaction) => {
        await transaction.query(`INSERT INTO notes VALUES ('cut')`);
        const { rows } = await transaction.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
        await database.query('SELECT pg_terminate_backend($1, 5000)', [rows[0]?.pid]);
        await transaction.query('SELECT 1');
      });
      await expect(cut).rejects.toBeInstanceOf(DatabaseUnavailable);
    }
    expect(await notes()).toEqual([{ text: 'kept' }]);
  });

  it('answers a ping, and an aborted one rejects', async () => {
    await database.ping(never);
    const controller = new AbortController();
    const gate = database.transaction(async (one) => {
      await one.query('SELECT 1');
      await database.transaction(async (two) => {
        await two.query('SELECT 1');
        // Both connections are taken: the ping waits.
        const ping = database.ping(controller.signal);
        controller.abort();
        await expect(ping).rejects.toThrow(/abort/);
      });
    });
    await gate;
  });
});

it('plans by index, beside what its URL asks of the server', async () => {
  await using own = await createTestDatabase();
  const url = `${own.databaseUrl}${own.databaseUrl.includes('?') ? '&' : '?'}options=-c%20work_mem%3D7MB`;
  const database = openDatabase({ url, applicationName: 'switchyard test' });
  try {
    const { rows } = await database.query(
      `SELECT current_setting('enable_seqscan') AS scan, current_setting('enable_hashjoin') AS join, current_setting('work_mem') AS mem`,
    );
    expect(rows).toEqual([{ scan: 'off', join: 'off', mem: '7MB' }]);
  } finally {
    await database.close();
  }
});

describe('a server that is away', () => {
  let folder = '';
  let server: EmbeddedPostgres;
  let database: Database;
  beforeAll(async () => {
    folder = await scratchFolder();
    server = await startEmbeddedPostgres({ dataDir: folder, env: process.env });
    database = openDatabase({ url: server.databaseUrl, applicationName: 'switchyard test' });
    await database.query('SELECT 1');
    await server.stop();
  });
  afterAll(async () => {
    await database.close();
    await server.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 20 });
  });

  it('is DatabaseUnavailable for every way in, until it is back', async () => {
    await expect(database.query('SELECT 1')).rejects.toBeInstanceOf(DatabaseUnavailable);
    await expect(database.transaction(async () => 1)).rejects.toBeInstanceOf(DatabaseUnavailable);
    await expect(database.ping(never)).rejects.toBeInstanceOf(DatabaseUnavailable);
    const node = { id: 1, pid: 1 };
    const connecting = openNodeConnection({ url: server.databaseUrl, node, logger: silentLogger });
    await expect(connecting).rejects.toBeInstanceOf(DatabaseUnavailable);

    const again = await startEmbeddedPostgres({ dataDir: folder, env: process.env });
    try {
      expect(again.databaseUrl).toBe(server.databaseUrl);
      expect((await database.query('SELECT 7 AS a')).rows).toEqual([{ a: 7 }]);
    } finally {
      await again.stop();
    }
  });
});

describe('what counts as away', () => {
  const withCode = (code: string): Error => Object.assign(new Error('x'), { code });

  it.each([
    '08006',
    '08P01',
    '53100',
    '53200',
    '53300',
    '25006',
    '57P01',
    '57P03',
    '25P03',
    '40P01',
    'ECONNREFUSED',
    'EPIPE',
    'ENOENT',
  ])('%s does', (code) => {
    expect(isAway(withCode(code))).toBe(true);
    expect(translated(withCode(code))).toBeInstanceOf(DatabaseUnavailable);
  });

  it.each(['23505', '42601', '57014', '22P05', 'EACCES'])('%s does not', (code) => {
    const error = withCode(code);
    expect(translated(error)).toBe(error);
  });

  it.each([
    'Connection terminated unexpectedly',
    'timeout exceeded when trying to connect',
    'Query read timeout',
    'Client has encountered a connection error and is not queryable',
  ])('the driver\'s "%s" does', (message) => {
    expect(isAway(new Error(message))).toBe(true);
  });

  it('nothing that is no error does', () => {
    expect(isAway('57P01')).toBe(false);
    expect(isAway(null)).toBe(false);
    expect(isAway(new Error('syntax error'))).toBe(false);
  });
});
