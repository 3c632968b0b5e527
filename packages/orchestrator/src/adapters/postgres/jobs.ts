/** Jobs for tasks that are in the tables already: those put back, tried again or repaired. */
import { insertJobsFrom } from '../pg-boss/job-rows.ts';
import type { SqlTransaction } from './database.ts';

export interface NewJob {
  readonly id: string;
  readonly taskId: string;
  readonly arm: string;
  /** Higher goes first. */
  readonly priority: number;
  readonly startAfter: Date | null;
}

const ENQUEUE = `
  WITH batch AS (
    SELECT * FROM jsonb_to_recordset($1::jsonb) AS b (
      job_id uuid, task_id uuid, arm text, priority_number int, start_after timestamptz
    )
  ) ${insertJobsFrom('batch')}`;

export async function enqueueJobs(transaction: SqlTransaction, jobs: readonly NewJob[]): Promise<void> {
  if (jobs.length === 0) return;
  const batch = jobs.map((job) => ({
    job_id: job.id,
    task_id: job.taskId,
    arm: job.arm,
    priority_number: job.priority,
    start_after: job.startAfter,
  }));
  await transaction.query(ENQUEUE, [JSON.stringify(batch)]);
}
