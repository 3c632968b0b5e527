/**
 * The queue port on pg-boss.
 *
 * pg-boss keeps the queues and their upkeep; the jobs themselves are written with their tasks
 * (job-rows.ts). Attempts, retries and outcomes are ours, so its retries only ever mean "the holder is gone": the limit is
 * far away, and the tables count worker deaths.
 */
import { messageOf } from '@switchyard/core';
import type { ClientConfig } from 'pg';
import { type ConstructorOptions, PgBoss } from 'pg-boss';
import type { Logger } from '../../ports/logger.ts';
import type { Queue, QueuedJob } from '../../ports/queue.ts';
import { queueName } from './job-rows.ts';

const CONNECTIONS = 4;
const QUERY_TIMEOUT_MS = 30_000;
/** Above the largest time budget; the budget is ours to enforce. */
const EXPIRE_SECONDS = 2 * 3600;
/** A waiting task is never dropped by age. */
const RETENTION_SECONDS = 3650 * 24 * 3600;
/** Ended jobs say nothing that the tables do not; every monitor pass scans them. */
const DELETE_AFTER_SECONDS = 60;
const WORKER_DEATHS_WITHOUT_LIMIT = 1_000_000;
const STOP_TIMEOUT_MS = 5_000;

export interface PgBossQueue extends Queue {
  /** Makes the queues of these arms where they are missing. */
  ensure(arms: readonly string[]): Promise<void>;
  /** Null when the queue can be read; else why not. */
  problem(): Promise<string | null>;
  close(): Promise<void>;
}

export interface PgBossQueueOptions {
  readonly url: string;
  /** A queue is made for each. */
  readonly arms: readonly string[];
  readonly logger: Logger;
  /**
   * After so long a statement of the queue is given up, milliseconds: a connection that hangs half-open must not keep
   * heartbeats and fetches waiting for as long as TCP tries. Default 30,000, as in the store's pool.
   */
  readonly queryTimeoutMs?: number;
}

/** Makes pg-boss's schema and the queues where missing. */
export async function openPgBossQueue(options: PgBossQueueOptions): Promise<PgBossQueue> {
  const { arms, logger } = options;
  const boss = new PgBoss(bossOptions(options));
  boss.on('error', (error) => logger.debug({ error: messageOf(error) }, 'the queue reported an error'));
  try {
    await boss.start();
    for (const arm of arms) await makeQueue(boss, arm);
  } catch (error) {
    await boss.stop({ graceful: false, close: true }).catch(() => undefined);
    throw error;
  }

  return {
    touch: async (arm, jobs) => {
      if (jobs.length === 0) return new Set();
      return settledIds(await boss.touch(queueName(arm), jobs.map(attemptOf)));
    },
    abandon: async (job) => settledIds(await boss.fail(queueName(job.arm), [attemptOf(job)])).has(job.id),
    ensure: async (more) => {
      for (const arm of more) await makeQueue(boss, arm);
    },
    problem: async () => {
      try {
        return (await boss.schemaVersion()) === null ? 'its schema is missing' : null;
      } catch (error) {
        return messageOf(error);
      }
    },
    close: () => boss.stop({ graceful: false, close: true, timeout: STOP_TIMEOUT_MS }),
  };
}

/** pg-boss hands the settings of the driver that its own type does not name on to its pool. */
function bossOptions({
  url,
  queryTimeoutMs = QUERY_TIMEOUT_MS,
}: PgBossQueueOptions): ConstructorOptions & Pick<ClientConfig, 'query_timeout' | 'keepAlive'> {
  return {
    connectionString: url,
    application_name: 'switchyard queue',
    max: CONNECTIONS,
    connectionTimeoutMillis: 5_000,
    query_timeout: queryTimeoutMs,
    keepAlive: true,
    schedule: false,
    supervise: true,
    superviseIntervalSeconds: 1,
    monitorIntervalSeconds: 2,
  };
}

async function makeQueue(boss: PgBoss, arm: string): Promise<void> {
  const options = {
    policy: 'standard',
    retryLimit: WORKER_DEATHS_WITHOUT_LIMIT,
    retryDelay: 0,
    expireInSeconds: EXPIRE_SECONDS,
    retentionSeconds: RETENTION_SECONDS,
    deleteAfterSeconds: DELETE_AFTER_SECONDS,
  };
  await boss.createQueue(queueName(arm), options);
}

function attemptOf(job: QueuedJob): { id: string; retryCount: number } {
  return { id: job.id, retryCount: job.delivery };
}

/**
 * The ids that a settling call touched: `settled` in its answer, which pg-boss's types do not show (12.35 declares the
 * answer empty). Those of a stale delivery are not among them.
 */
function settledIds(answer: object): ReadonlySet<string> {
  const settled: unknown = 'settled' in answer ? answer.settled : undefined;
  if (!Array.isArray(settled))
    throw new Error('pg-boss answered without the ids it settled: its version is not the pinned one');
  return new Set(settled.filter((id): id is string => typeof id === 'string'));
}
