import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startEmbeddedPostgres } from '../src/adapters/embedded-postgres/index.ts';
import { openPgBossQueue } from '../src/adapters/pg-boss/queue.ts';
import { openDatabase } from '../src/adapters/postgres/database.ts';
import { migrate } from '../src/adapters/postgres/migrate.ts';
import type {} from './provided-context.ts';
import { silentLogger } from './silent-logger.ts';
import { createTemplateDatabase } from './test-database.ts';

/** Starts one embedded server for the whole run; vitest calls what it returns at the end. About .7 s. */
export default async function startServerForRun(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = await mkdtemp(join(tmpdir(), 'switchyard-test-'));
  // As root the server runs as another user, who has to pass through.
  await chmod(dataDir, 0o711);
  try {
    const server = await startEmbeddedPostgres({ dataDir, env: process.env });
    await createTemplateDatabase(server.databaseUrl, makeSchemas);
    project.provide('switchyardDatabaseUrl', server.databaseUrl);
    return async () => {
      await server.stop();
      await rm(dataDir, { recursive: true, force: true, maxRetries: 20 });
    };
  } catch (error) {
    await rm(dataDir, { recursive: true, force: true, maxRetries: 20 });
    throw error;
  }
}

/** What every test database begins with: our schema and pg-boss's, with a queue for each arm that tests use. */
async function makeSchemas(url: string): Promise<void> {
  const database = openDatabase({ url, applicationName: 'switchyard test setup' });
  try {
    await migrate(database);
  } finally {
    await database.close();
  }
  const queue = await openPgBossQueue({
    url,
    arms: ['generalist', 'greenlight', 'probe', 'test'],
    logger: silentLogger,
  });
  await queue.close();
}
