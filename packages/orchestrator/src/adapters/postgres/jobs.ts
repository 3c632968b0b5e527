/** Jobs for tasks that are in the tables already: those put back, tried again or repaired. */
import type { Priority } from '../../contract/index.ts';
import { insertJobsFrom } from '../pg-boss/job-rows.ts';
import type { SqlTransaction } from './database.ts';

export interface NewJob {
  readonly id: string;
  readonly taskId: string;
  readonly arm: string;
  readonly priority: Priority;
  readonly startAfter: Date | null;
  /** When its wait began, for its place in the line; null: now, or when it may start. */
  readonly since: Date | null;
}

const ENQUEUE = `
  WITH batch AS (
    SELECT * FROM jsonb_to_recordset($1::jsonb) AS b (
      job_id uuid, task_id uuid, arm text, priority text, start_after timestamptz, since timestamptz
    )
  ) ${insertJobsFrom('batch')}`;

export async function enqueueJobs(transaction: SqlTransaction, jobs: readonly NewJob[]): Promise<void> {
  if (jobs.length === 0) return;
  const batch = jobs.map((job) => ({
    job_id: job.id,
    task_id: job.taskId,
    arm: job.arm,
    priority: job.priority,
    start_after: job.startAfter,
    since: job.since,
  }));
  await transaction.query(ENQUEUE, [JSON.stringify(batch)]);
}
