/**
 * Numbered migrations under an advisory lock: any number of nodes may start at once, one applies, the others wait. On large tables
 * that may take minutes, so none of the limits for other statements holds here.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SwitchyardError, sleep } from '@switchyard/core';
import type { Database, SqlTransaction } from './database.ts';

/** "switchyard" in a number; the lock that migrations hold. */
const MIGRATION_LOCK = 7_349_201;
/** Between two looks whether the node that has it is done. */
const LOOK_AGAIN_MS = 250;
/** As long as a timer can be. */
const NEVER_MS = 2 ** 31 - 1;
const FILE_NAME = /^(\d{4})_([a-z0-9_]+)\.sql$/;
const MIGRATIONS_FOLDER = join(import.meta.dirname, 'migrations');

export interface Migration {
  readonly number: number;
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

/** The database was made by a later version, or a migration that it has was changed since. */
export class MigrationMismatch extends SwitchyardError {
  constructor(what: string) {
    super(
      'migration_mismatch',
      'terminal',
      `${what}; use the version of switchyard that made this database, or a newer one`,
    );
  }
}

/** All migrations of a folder, in order of their numbers. */
export async function readMigrations(folder = MIGRATIONS_FOLDER): Promise<Migration[]> {
  const migrations: Migration[] = [];
  for (const file of (await readdir(folder)).sort()) {
    const match = FILE_NAME.exec(file);
    if (match === null) continue;
    const sql = await readFile(join(folder, file), 'utf8');
    const checksum = createHash('sha256').update(sql).digest('hex');
    migrations.push({ number: Number(match[1]), name: match[2] ?? '', sql, checksum });
  }
  return migrations;
}

/**
 * Applies what is missing; all in one transaction, so that a crash leaves the version before.
 *
 * @param signal ends the wait for another node that is at it
 * @returns the numbers that were applied now
 * @throws MigrationMismatch, DatabaseUnavailable, the signal's reason
 */
export async function migrate(
  database: Database,
  migrations?: readonly Migration[],
  signal?: AbortSignal,
): Promise<number[]> {
  const wanted = migrations ?? (await readMigrations());
  return database.transaction(async (transaction) => {
    await takeLock(transaction, signal);
    await transaction.query('SET LOCAL statement_timeout = 0');
    await transaction.query('CREATE SCHEMA IF NOT EXISTS switchyard');
    await transaction.query(`
      CREATE TABLE IF NOT EXISTS switchyard.migrations (
        number     integer PRIMARY KEY,
        name       text NOT NULL,
        checksum   char(64) NOT NULL,
        applied_at timestamptz NOT NULL DEFAULT now()
      )`);
    return applyMissing(transaction, wanted);
  });
}

async function takeLock(transaction: SqlTransaction, signal: AbortSignal | undefined): Promise<void> {
  for (;;) {
    const { rows } = await transaction.query<{ is_ours: boolean }>('SELECT pg_try_advisory_xact_lock($1) AS is_ours', [
      MIGRATION_LOCK,
    ]);
    if (rows[0]?.is_ours) return;
    await sleep(LOOK_AGAIN_MS, signal);
  }
}

async function applyMissing(transaction: SqlTransaction, wanted: readonly Migration[]): Promise<number[]> {
  const { rows } = await transaction.query<{ number: number; checksum: string }>(
    'SELECT number, checksum FROM switchyard.migrations ORDER BY number',
  );
  const applied = new Map(rows.map((row) => [row.number, row.checksum]));
  const newest = wanted.at(-1)?.number ?? 0;
  for (const number of applied.keys()) {
    if (number > newest)
      throw new MigrationMismatch(`the database has migration ${number}, and this version knows ${newest}`);
  }
  const now: number[] = [];
  for (const migration of wanted) {
    const checksum = applied.get(migration.number);
    if (checksum === migration.checksum) continue;
    if (checksum !== undefined)
      throw new MigrationMismatch(`migration ${migration.number} of the database is not ours`);
    await transaction.query(migration.sql, [], NEVER_MS);
    await transaction.query('INSERT INTO switchyard.migrations (number, name, checksum) VALUES ($1, $2, $3)', [
      migration.number,
      migration.name,
      migration.checksum,
    ]);
    now.push(migration.number);
  }
  return now;
}
