/** The store port on PostgreSQL: puts together what the modules beside it do, one transaction a method. */
import { createGroupCommit } from '../../app/group-commit.ts';
import type { Store } from '../../ports/store.ts';
import { claimJobs } from './claims.ts';
import { requestCancel, retryFailed } from './commands.ts';
import type { Database } from './database.ts';
import { insertScreenRecords, insertTasks } from './insert-tasks.ts';
import { announceNode, readArmsAtWork, withdrawNode } from './nodes.ts';
import { finishAttempts, type Outcome } from './outcomes.ts';
import { getTask, listTasks, readEvents } from './read-tasks.ts';
import { findOrphans, readBacklog, reconcile } from './upkeep.ts';
import { writeProgress } from './write-progress.ts';

export function createPostgresStore(database: Database): Store {
  const finish = createGroupCommit((outcomes: readonly Outcome[]) => finishAttempts(database, outcomes));
  return {
    insert: (tasks) => insertTasks(database, tasks),
    insertTogether: (tasks) => insertTasks(database, tasks, { together: true }),
    recordScreen: (records) => insertScreenRecords(database, records),
    get: (taskId) => getTask(database, taskId),
    list: (query) => listTasks(database, query),
    events: (taskId, after, limit) => readEvents(database, taskId, after, limit),
    claim: (arm, count, node) => claimJobs(database, arm, count, node),
    finish: (attempt, write, spentMs) => finish({ attempt, write, spentMs }),
    progress: (attempt, progress) => writeProgress(database, attempt, progress),
    requestCancel: (taskId) => requestCancel(database, taskId),
    retry: (taskId) => retryFailed(database, taskId),
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
