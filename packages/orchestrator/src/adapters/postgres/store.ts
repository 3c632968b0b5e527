/** The store port on PostgreSQL: puts together what the modules beside it do, one transaction a method. */
import type { Queue } from '../../ports/queue.ts';
import type { Store } from '../../ports/store.ts';
import { claimTask, finishAttempt, writeProgress } from './attempts.ts';
import { requestCancel, retryFailed } from './commands.ts';
import type { Database } from './database.ts';
import { insertScreenRecords, insertTasks } from './insert-tasks.ts';
import { announceNode, readArmsAtWork, withdrawNode } from './nodes.ts';
import { getTask, listTasks, readEvents } from './read-tasks.ts';
import { findOrphans, readBacklog, reconcile } from './upkeep.ts';

export function createPostgresStore(database: Database, queue: Queue): Store {
  return {
    insert: (tasks) => insertTasks(database, queue, tasks),
    insertTogether: (tasks) => insertTasks(database, queue, tasks, { together: true }),
    recordScreen: (records) => insertScreenRecords(database, records),
    get: (taskId) => getTask(database, taskId),
    list: (query) => listTasks(database, query),
    events: (taskId, after, limit) => readEvents(database, taskId, after, limit),
    claim: (job, node) => claimTask(database, queue, job, node),
    finish: (attempt, write, spentMs) => finishAttempt(database, queue, attempt, write, spentMs),
    progress: (attempt, progress) => writeProgress(database, attempt, progress),
    requestCancel: (taskId) => requestCancel(database, taskId),
    retry: (taskId) => retryFailed(database, queue, taskId),
    cancelRequested: async (taskIds) => {
      const { rows } = await database.query<{ id: string }>(
        'SELECT id FROM switchyard.tasks WHERE id = ANY($1::uuid[]) AND cancel_requested_at IS NOT NULL',
        [taskIds],
      );
      return rows.map((row) => row.id);
    },
    orphans: () => findOrphans(database),
    reconcile: () => reconcile(database, queue),
    backlog: () => readBacklog(database),
    announce: (node, arms) => announceNode(database, node, arms),
    withdraw: (node) => withdrawNode(database, node),
    armsAtWork: () => readArmsAtWork(database),
    ping: (signal) => database.ping(signal),
  };
}
