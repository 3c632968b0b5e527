/** The store port on PostgreSQL: puts together what the modules beside it do, one transaction a method. */
import { createGroupCommit } from '../../app/group-commit.ts';
import type { ArmLimits } from '../../domain/arm-limits.ts';
import { DEFAULT_RETENTION } from '../../domain/retention.ts';
import type { Finished, NodeIdentity, Store } from '../../ports/store.ts';
import { claimJobs } from './claims.ts';
import { requestCancel } from './commands.ts';
import type { Database } from './database.ts';
import { insertScreenRecords, insertTasks } from './insert-tasks.ts';
import { createLimitedClaims } from './limited-claims.ts';
import { announceNode, readArmsAtWork, withdrawNode } from './nodes.ts';
import { finishAndClaim, finishAttempts, type Outcome } from './outcomes.ts';
import { getTask, listTasks, readEvents } from './read-tasks.ts';
import { readRedactions } from './redactions.ts';
import { countFailed, retryFailed, retrySome } from './retry-tasks.ts';
import { findOrphans, readBacklog, reconcile } from './upkeep.ts';
import { writeProgress } from './write-progress.ts';

export interface PostgresStoreOptions {
  /** Of arms that have some. */
  readonly limits?: ReadonlyMap<string, ArmLimits>;
  /** How long an idempotency key answers. Default a day. */
  readonly keySeconds?: number;
}

export function createPostgresStore(
  database: Database,
  { limits = new Map(), keySeconds = DEFAULT_RETENTION.idempotencyKeys }: PostgresStoreOptions = {},
): Store {
  const limited = createLimitedClaims(database, limits);
  const finish = createGroupCommit((outcomes: readonly Outcome[]) => finishAttempts(database, outcomes));
  const handOn = createHandOn(database);
  return {
    insert: (tasks) => insertTasks(database, tasks, { keySeconds }),
    insertTogether: (tasks) => insertTasks(database, tasks, { keySeconds, together: true }),
    recordScreen: (records) => insertScreenRecords(database, records),
    get: (taskId) => getTask(database, taskId),
    redactions: (taskId) => readRedactions(database, taskId),
    list: (query) => listTasks(database, query),
    events: (taskId, after, limit) => readEvents(database, taskId, after, limit),
    claim: (arm, count, node) =>
      limits.has(arm) ? limited.claim(arm, count, node) : claimJobs(database, arm, count, node),
    claimAgainMs: (arm) => limited.againMs(arm),
    finish: (attempt, write, spentMs, beside = {}) => finish({ attempt, write, spentMs, beside }),
    finishAndClaim: async (attempt, write, spentMs, beside, node) => {
      if (!limits.has(attempt.job.arm)) return handOn(node, { attempt, write, spentMs, beside });
      return { written: await finish({ attempt, write, spentMs, beside }), next: null };
    },
    progress: (attempt, progress) => writeProgress(database, attempt, progress),
    requestCancel: (taskId) => requestCancel(database, taskId),
    retry: (taskId) => retryFailed(database, taskId),
    retrySome: (filter, limit) => retrySome(database, filter, limit),
    countFailed: (filter) => countFailed(database, filter),
    cancelRequested: async (taskIds) => {
      const { rows } = await database.query<{ id: string }>(
        'SELECT id FROM switchyard.tasks WHERE id = ANY($1::uuid[]) AND cancel_requested_at IS NOT NULL',
        [taskIds],
      );
      return rows.map((row) => row.id);
    },
    orphans: () => findOrphans(database),
    reconcile: () => reconcile(database),
    backlog: () => readBacklog(database),
    announce: (node, arms) => announceNode(database, node, arms),
    withdraw: (node) => withdrawNode(database, node),
    armsAtWork: () => readArmsAtWork(database),
    ping: (signal) => database.ping(signal),
  };
}

/** Outcomes of one arm that come together share a statement. A node has as many lines as it has arms. */
function createHandOn(database: Database): (node: NodeIdentity, outcome: Outcome) => Promise<Finished> {
  const lines = new Map<string, (outcome: Outcome) => Promise<Finished>>();
  return (node, outcome) => {
    const { arm } = outcome.attempt.job;
    const name = `${node.id} ${arm}`;
    let line = lines.get(name);
    if (line === undefined) {
      line = createGroupCommit((outcomes: readonly Outcome[]) => finishAndClaim(database, arm, node, outcomes));
      lines.set(name, line);
    }
    return line(outcome);
  };
}
