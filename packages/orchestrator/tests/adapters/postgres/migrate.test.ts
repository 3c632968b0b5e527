import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../../src/adapters/postgres/database.ts';
import { type Migration, MigrationMismatch, migrate, readMigrations } from '../../../src/adapters/postgres/migrate.ts';
import { getTask, listTasks, readEvents } from '../../../src/adapters/postgres/read-tasks.ts';
import { TASK_STATUSES } from '../../../src/contract/index.ts';
import { createTestDatabase, type TestDatabase } from '../../../testing/index.ts';

let own: TestDatabase;
let database: Database;
const others: Database[] = [];

beforeEach(async () => {
  own = await createTestDatabase();
  database = open();
  // The template has the schema already; these tests begin before it.
  await database.query('DROP SCHEMA switchyard CASCADE');
});
afterEach(async () => {
  await Promise.all([database, ...others.splice(0)].map((one) => one.close()));
  await own.drop();
});

function open(): Database {
  return openDatabase({ url: own.databaseUrl, applicationName: 'switchyard test' });
}

function migration(number: number, sql: string): Migration {
  return { number, name: `step_${number}`, sql, checksum: createHash('sha256').update(sql).digest('hex') };
}

async function applied(): Promise<number[]> {
  const { rows } = await database.query<{ number: number }>('SELECT number FROM switchyard.migrations ORDER BY number');
  return rows.map(({ number }) => number);
}

async function tables(): Promise<string[]> {
  const { rows } = await database.query<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'switchyard' ORDER BY 1`,
  );
  return rows.map(({ name }) => name);
}

const FIRST = migration(1, 'CREATE TABLE switchyard.one (a int); INSERT INTO switchyard.one VALUES (1)');
const SECOND = migration(2, 'ALTER TABLE switchyard.one ADD COLUMN b text');

describe('our migrations', () => {
  it('make the whole schema from nothing, and nothing the second time', async () => {
    const all = (await readMigrations()).map(({ number }) => number);
    expect(await migrate(database)).toEqual(all);
    expect(await tables()).toEqual(
      expect.arrayContaining(['idempotency_keys', 'migrations', 'screen_log', 'task_events', 'task_results', 'tasks']),
    );
    expect(await migrate(database)).toEqual([]);
    expect(await applied()).toEqual(all);
  });

  it('are numbered without gaps from 1', async () => {
    const numbers = (await readMigrations()).map(({ number }) => number);
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
  });

  it('by five nodes at once are applied by one of them', async () => {
    others.push(...Array.from({ length: 5 }, open));
    const all = (await readMigrations()).map(({ number }) => number);
    const answers = await Promise.all(others.map((one) => migrate(one)));
    expect(answers.flat()).toEqual(all);
    expect(await applied()).toEqual(all);
  });
});

/** One task in each status, as a database of the first version holds them. */
const FILL_FIRST_VERSION = `
  WITH t AS (
    INSERT INTO switchyard.tasks (id, goal, status, budget, assigned_arm, trace_id, span_id, last_event, ended_at)
    SELECT gen_random_uuid(), 'as it was', status, '{"max_tokens": 1, "max_time_seconds": 1, "max_cost_usd": 1}', 'test',
           repeat('a', 32), repeat('b', 16), 1, CASE WHEN status > 'processing' THEN now() END
      FROM unnest(enum_range(NULL::switchyard.task_status)) AS status
    RETURNING id
  ), e AS (
    INSERT INTO switchyard.task_events (task_id, number, type) SELECT id, 1, 'task-submitted' FROM t
  ), k AS (
    INSERT INTO switchyard.idempotency_keys (key, digest, task_id, expires_at)
    SELECT id::text, repeat('0', 64), id, now() + interval '1 day' FROM t
  ), s AS (
    INSERT INTO switchyard.screen_log (task_id, arm, status, findings, request_id) SELECT id, 'test', 'Success', '[]', 'r' FROM t
  )
  INSERT INTO switchyard.task_results (task_id, result) SELECT id, '{"kept": true}' FROM t`;

describe('a database of an earlier version', () => {
  it('is brought to this one from each of them with its data in place', async () => {
    const all = await readMigrations();
    for (const { number } of all) {
      await database.query('DROP SCHEMA IF EXISTS switchyard CASCADE');
      await migrate(database, all.slice(0, 1));
      await database.query(FILL_FIRST_VERSION);
      await migrate(database, all.slice(0, number));
      expect(await migrate(database)).toEqual(all.slice(number).map((later) => later.number));
      const { tasks } = await listTasks(database, { limit: 10 });
      expect(tasks.map(({ status }) => status).sort()).toEqual([...TASK_STATUSES].sort());
      for (const { id } of tasks) {
        expect(await getTask(database, id)).toMatchObject({ goal: 'as it was', result: { kept: true } });
        expect(await readEvents(database, id, 0, 10)).toHaveLength(1);
      }
    }
  });
});

describe('migrating', () => {
  it('applies what is missing, in order, with the data in place', async () => {
    await migrate(database, [FIRST]);
    expect(await migrate(database, [FIRST, SECOND])).toEqual([2]);
    expect((await database.query('SELECT a, b FROM switchyard.one')).rows).toEqual([{ a: 1, b: null }]);
  });

  it('refuses a database that is newer, and says what to do', async () => {
    await migrate(database, [FIRST, SECOND]);
    await expect(migrate(database, [FIRST])).rejects.toThrow(MigrationMismatch);
    await expect(migrate(database, [FIRST])).rejects.toThrow(/migration 2.*knows 1.*newer one/);
  });

  it('refuses a migration that was changed after it was applied, and applies nothing', async () => {
    await migrate(database, [FIRST]);
    const changed = migration(1, `${FIRST.sql};`);
    await expect(migrate(database, [changed, SECOND])).rejects.toThrow(/migration 1 of the database is not ours/);
    expect(await applied()).toEqual([1]);
  });

  it('waits for a node that is at it for as long as that takes, until it is told not to', async () => {
    const [other, third] = [open(), open()];
    others.push(other, third);
    let waiting = Promise.resolve<number[]>([]);
    await other.transaction(async (transaction) => {
      await migrate({ ...other, transaction: (work) => work(transaction) }, [FIRST]);
      waiting = migrate(third, [FIRST, SECOND]);
      const stop = new AbortController();
      const stopped = migrate(database, [FIRST, SECOND], stop.signal);
      stop.abort(new Error('enough'));
      await expect(stopped).rejects.toThrow('enough');
    });
    expect(await waiting).toEqual([2]);
  });

  it('may take longer than any other statement', async () => {
    const look = migration(1, `CREATE TABLE switchyard.seen AS SELECT current_setting('statement_timeout') AS value`);
    await migrate(database, [look]);
    expect((await database.query('SELECT value FROM switchyard.seen')).rows).toEqual([{ value: '0' }]);
    expect((await database.query('SHOW statement_timeout')).rows).toEqual([{ statement_timeout: '30s' }]);
  });

  it('that fails leaves nothing of any migration of that run', async () => {
    const broken = migration(3, 'CREATE TABLE switchyard.three (a int); SELECT 1 / 0');
    await expect(migrate(database, [FIRST, SECOND, broken])).rejects.toMatchObject({ code: '22012' });
    expect(await tables()).toEqual([]);
    expect(await migrate(database, [FIRST, SECOND])).toEqual([1, 2]);
    await expect(migrate(database, [FIRST, SECOND, broken])).rejects.toMatchObject({ code: '22012' });
    expect(await applied()).toEqual([1, 2]);
    expect(await tables()).toEqual(['migrations', 'one']);
  });
});

describe('a folder of migrations', () => {
  it('is read in the order of its numbers, other files left aside', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'swy-migrations-'));
    try {
      await writeFile(join(folder, '0002_b.sql'), 'SELECT 2');
      await writeFile(join(folder, '0001_a_one.sql'), 'SELECT 1');
      await writeFile(join(folder, 'README.md'), 'no');
      expect(await readMigrations(folder)).toMatchObject([
        { number: 1, name: 'a_one', sql: 'SELECT 1', checksum: createHash('sha256').update('SELECT 1').digest('hex') },
        { number: 2, name: 'b' },
      ]);
    } finally {
      await rm(folder, { recursive: true, force: true, maxRetries: 20 });
    }
  });
});
