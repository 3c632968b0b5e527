import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, inject } from 'vitest';
import type {} from './provided-context.ts';

/** When a database of this name exists, every test database begins as a copy of it. */
export const TEMPLATE_DATABASE = 'switchyard_template';

export interface TestDatabase extends AsyncDisposable {
  readonly databaseUrl: string;
  /**
   * Drops the database. Idempotent.
   *
   * @throws when connections to it are still open some 5 s later: what a test opens, it closes. It is dropped even so.
   */
  drop(): Promise<void>;
}

export interface TestDatabaseOptions {
  /** Any database of the server, as superuser. Default: the one that vitest's global setup started. */
  readonly serverUrl?: string;
}

/** A fresh database of its own: a copy of the template, or empty when there is none. */
export async function createTestDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const serverUrl = options.serverUrl ?? inject('switchyardDatabaseUrl');
  const name = `test_${randomBytes(6).toString('hex')}`;
  await withClient(serverUrl, async (client) => {
    const template = await databaseExists(client, TEMPLATE_DATABASE);
    await client.query(`CREATE DATABASE ${name}${template ? ` TEMPLATE ${TEMPLATE_DATABASE}` : ''}`);
  });
  let dropped: Promise<void> | undefined;
  const drop = (): Promise<void> => (dropped ??= withClient(serverUrl, (client) => dropDatabase(client, name)));
  return { databaseUrl: urlOfDatabase(serverUrl, name), drop, [Symbol.asyncDispose]: drop };
}

/**
 * Registers hooks that make a fresh database before the tests of a file (or describe block) and drop it after them.
 * Read `databaseUrl` inside hooks and tests only.
 */
export function testDatabase(options: TestDatabaseOptions = {}): { readonly databaseUrl: string } {
  let database: TestDatabase | undefined;
  beforeAll(async () => {
    database = await createTestDatabase(options);
  });
  afterAll(() => database?.drop());
  return {
    get databaseUrl(): string {
      if (database === undefined) throw new Error('the test database exists inside hooks and tests only');
      return database.databaseUrl;
    },
  };
}

/**
 * Makes the template by running `migrate` on an empty database, for global setup to call once. Nothing may stay connected
 * to it: PostgreSQL copies only a database that nobody uses.
 */
export async function createTemplateDatabase(
  serverUrl: string,
  migrate: (databaseUrl: string) => Promise<void>,
): Promise<void> {
  await withClient(serverUrl, async (client) => {
    await client.query(`DROP DATABASE IF EXISTS ${TEMPLATE_DATABASE}`);
    await client.query(`CREATE DATABASE ${TEMPLATE_DATABASE}`);
  });
  await migrate(urlOfDatabase(serverUrl, TEMPLATE_DATABASE));
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function databaseExists(client: pg.Client, name: string): Promise<boolean> {
  const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
  return found.rowCount !== 0;
}

async function dropDatabase(client: pg.Client, name: string): Promise<void> {
  try {
    // Without FORCE it waits some 5 s for the last connections to go, then refuses.
    await client.query(`DROP DATABASE IF EXISTS ${name}`);
  } catch (error) {
    const open = await client.query<{ line: string }>(
      `SELECT format('%s: %s', application_name, left(query, 200)) AS line FROM pg_stat_activity WHERE datname = $1`,
      [name],
    );
    await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    const lines = open.rows.map((row) => row.line).join('\n');
    throw new Error(`a test left ${open.rows.length} connections to its database open; their last queries:\n${lines}`, {
      cause: error,
    });
  }
}

function urlOfDatabase(serverUrl: string, name: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}
