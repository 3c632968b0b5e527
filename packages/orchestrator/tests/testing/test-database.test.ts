import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createTemplateDatabase, createTestDatabase, TEMPLATE_DATABASE, testDatabase } from '../../testing/index.ts';
import { type ScratchServer, startScratchServer } from '../adapters/embedded-postgres/scratch.ts';

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

describe('a test database', () => {
  let scratch: ScratchServer;
  beforeAll(async () => {
    scratch = await startScratchServer();
  });
  afterAll(() => scratch.remove());

  it('is empty, of its own, and gone after drop', async () => {
    const serverUrl = scratch.server.databaseUrl;
    const one = await createTestDatabase({ serverUrl });
    const two = await createTestDatabase({ serverUrl });
    await query(one.databaseUrl, 'CREATE TABLE t (a int)');
    expect(await query(two.databaseUrl, `SELECT to_regclass('t')::text AS t`)).toEqual([{ t: null }]);
    await Promise.all([one.drop(), two.drop(), one.drop()]);
    expect(await query(serverUrl, `SELECT datname FROM pg_database WHERE datname LIKE 'test_%'`)).toEqual([]);
  });

  it('is a copy of the template when there is one', async () => {
    const serverUrl = scratch.server.databaseUrl;
    await createTemplateDatabase(serverUrl, async (url) => {
      await query(url, 'CREATE TABLE made_by_migration (a int)');
    });
    const copies = await Promise.all([1, 2, 3].map(() => createTestDatabase({ serverUrl })));
    for (const copy of copies) expect(await query(copy.databaseUrl, 'SELECT * FROM made_by_migration')).toEqual([]);
    await Promise.all(copies.map((copy) => copy.drop()));
    await query(serverUrl, `DROP DATABASE ${TEMPLATE_DATABASE}`);
  });

  it('whose connections were left open fails its drop and is dropped even so', async () => {
    const serverUrl = scratch.server.databaseUrl;
    const database = await createTestDatabase({ serverUrl });
    const left = new pg.Client({ connectionString: database.databaseUrl, application_name: 'forgetful' });
    left.on('error', () => {});
    await left.connect();
    await left.query('SELECT 42');
    await expect(database.drop()).rejects.toThrow(/left 1 connections.*\nforgetful: SELECT 42/);
    expect(await query(serverUrl, `SELECT datname FROM pg_database WHERE datname LIKE 'test_%'`)).toEqual([]);
    await left.end();
  });
});

describe('the hooks of a test database', () => {
  const database = testDatabase();
  let outsideOfHooks: unknown;
  try {
    outsideOfHooks = database.databaseUrl;
  } catch (error) {
    outsideOfHooks = error;
  }

  it("make it on the run's server before the tests", async () => {
    expect(await query(database.databaseUrl, 'SELECT current_database() LIKE $$test_%$$ AS ours')).toEqual([
      { ours: true },
    ]);
    expect(new URL(database.databaseUrl).search).toBe(new URL(inject('switchyardDatabaseUrl')).search);
  });

  it('refuse a read before they have run', () => {
    expect(String(outsideOfHooks)).toMatch(/inside hooks and tests only/);
  });
});
