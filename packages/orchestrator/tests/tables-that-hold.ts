import { expect } from 'vitest';
import type { Database } from '../src/adapters/postgres/database.ts';

/** Rows of all tables of all schemas in which the text stands, in whatever column. */
export async function tablesThatHold(database: Database, text: string): Promise<string[]> {
  const { rows } = await database.query<{ name: string }>(
    `SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables
      WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')`,
  );
  expect(rows.map(({ name }) => name)).toEqual(expect.arrayContaining(['switchyard.tasks', 'pgboss.job']));
  const found: string[] = [];
  for (const { name } of rows) {
    const { rowCount } = await database.query(`SELECT FROM ${name} AS t WHERE strpos(t::text, $1) > 0 LIMIT 1`, [text]);
    if (rowCount > 0) found.push(name);
  }
  return found;
}
