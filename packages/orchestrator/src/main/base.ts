/** What every role stands on: the database with its schema, the queue, this node's connection. */
import { randomInt } from 'node:crypto';
import { SwitchyardError } from '@switchyard/core';
import { startEmbeddedPostgres } from '../adapters/embedded-postgres/index.ts';
import { openPgBossQueue, type PgBossQueue } from '../adapters/pg-boss/queue.ts';
import { type Database, openDatabase } from '../adapters/postgres/database.ts';
import { migrate } from '../adapters/postgres/migrate.ts';
import { type NodeConnection, openNodeConnection } from '../adapters/postgres/node-connection.ts';
import { createPostgresStore } from '../adapters/postgres/store.ts';
import { placeOf, reasonOf } from '../database-words.ts';
import type { ArmLimits } from '../domain/arm-limits.ts';
import { DatabaseEnded, DatabaseUnreachable } from '../errors.ts';
import { DatabaseUnavailable } from '../ports/errors.ts';
import type { Logger } from '../ports/logger.ts';
import type { NodeIdentity, Store } from '../ports/store.ts';
import type { SystemOptions } from '../system.ts';

const LARGEST_NODE_ID = 2 ** 31 - 1;

export interface Base {
  readonly databaseUrl: string;
  readonly databaseDetail: string;
  readonly failed: Promise<SwitchyardError>;
  readonly database: Database;
  readonly queue: PgBossQueue;
  readonly connection: NodeConnection;
  readonly store: Store;
  readonly node: NodeIdentity;
}

/** @throws DatabaseUnreachable, and what the start of an embedded one throws */
export async function openBase(
  options: SystemOptions,
  arms: readonly string[],
  limits: ReadonlyMap<string, ArmLimits>,
  logger: Logger,
  opened: AsyncDisposableStack,
): Promise<Base> {
  const found = await findDatabase(options, logger, opened);
  const node: NodeIdentity = { id: randomInt(1, LARGEST_NODE_ID), pid: process.pid };
  const database = openDatabase({
    url: found.databaseUrl,
    applicationName: 'switchyard',
    onIdleError: (error) => logger.debug({ error: error.message }, 'an idle database connection was lost'),
  });
  opened.defer(() => database.close());
  try {
    await migrate(database, undefined, options.signal);
    const queue = await openPgBossQueue({ url: found.databaseUrl, arms, logger });
    opened.defer(() => queue.close());
    const connection = await openNodeConnection({ url: found.databaseUrl, node, logger });
    opened.defer(() => connection.close());
    return {
      ...found,
      database,
      queue,
      connection,
      store: createPostgresStore(database, {
        limits,
        keySeconds: options.config.retention.idempotencyKeys,
      }),
      node,
    };
  } catch (error) {
    if (error instanceof SwitchyardError && !(error instanceof DatabaseUnavailable)) throw error;
    throw new DatabaseUnreachable(placeOf(found.databaseUrl), reasonOf(error), { cause: error });
  }
}

async function findDatabase(
  { config, signal, env }: SystemOptions,
  logger: Logger,
  opened: AsyncDisposableStack,
): Promise<Pick<Base, 'databaseUrl' | 'databaseDetail' | 'failed'>> {
  if (config.databaseUrl !== undefined) {
    return {
      databaseUrl: config.databaseUrl,
      databaseDetail: `PostgreSQL at ${placeOf(config.databaseUrl)}`,
      failed: new Promise(() => undefined),
    };
  }
  const postgres = await startEmbeddedPostgres({
    dataDir: config.dataDir,
    onLog: (line) => logger.info({}, line),
    ...(signal === undefined ? {} : { signal }),
    ...(env === undefined ? {} : { env }),
  });
  opened.defer(() => postgres.stop());
  return {
    databaseUrl: postgres.databaseUrl,
    databaseDetail: `embedded PostgreSQL ${postgres.version}${postgres.created ? ', made just now' : ''} in ${postgres.dataDir}`,
    failed: postgres.exited.then(({ code, lastLines }) => new DatabaseEnded(code, lastLines)),
  };
}
