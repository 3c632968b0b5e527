/** Attempts that did not end their task: back to a queue for another one, of the same arm or of the next. */
import { randomUUID } from 'node:crypto';
import type { EventType } from '../../contract/index.ts';
import type { AttemptRef, AttemptWrite, WrittenBeside } from '../../ports/store.ts';
import { queueName } from '../pg-boss/job-rows.ts';
import type { SqlTransaction } from './database.ts';
import { TAKE_HELD_JOBS, writeTerminal } from './end-tasks.ts';
import { enqueueJobs, type NewJob } from './jobs.ts';
import type { TaskRow } from './rows.ts';
import { keepTranscripts } from './transcripts.ts';

type PutBack = Extract<AttemptWrite, { kind: 'retry' | 'release' | 'reroute' }>;

export interface PutBackOutcome {
  readonly attempt: AttemptRef;
  readonly write: PutBack;
  readonly spentMs: number;
  readonly beside?: WrittenBeside;
}

export function isPutBack(write: AttemptWrite): write is PutBack {
  return write.kind === 'retry' || write.kind === 'release' || write.kind === 'reroute';
}

const PUT_BACK = `
  WITH batch AS (
    SELECT * FROM jsonb_to_recordset($1::jsonb) AS b (
      task_id uuid, attempt int, failures int, arm text, event text, data jsonb, spent_ms bigint, next_job_id uuid,
      delay_ms float8,
      queue text, job_id uuid, delivery int
    )
    LIMIT jsonb_array_length($1::jsonb) -- as in end-tasks.ts
  ), held AS (${TAKE_HELD_JOBS}), back AS (
    UPDATE switchyard.tasks AS t
       SET status = 'pending', node_id = NULL, job_id = held.next_job_id,
           failures = CASE WHEN held.arm IS NULL THEN t.failures + held.failures ELSE 0 END,
           arms_tried = CASE WHEN held.arm IS NULL THEN t.arms_tried ELSE t.arms_tried || t.assigned_arm::text END,
           assigned_arm = COALESCE(held.arm, t.assigned_arm),
           job_delivery = NULL, updated_at = now(), last_event = t.last_event + 1,
           processing_time_ms = COALESCE(t.processing_time_ms, 0) + held.spent_ms
      FROM held
     WHERE t.id = held.task_id AND t.attempt = held.attempt AND t.status::text = 'processing' AND t.cancel_requested_at IS NULL
    RETURNING t.id, t.last_event, t.assigned_arm, t.priority, t.created_at, held.event, held.data,
              now() + held.delay_ms * interval '1 millisecond' AS retry_at
  ), event AS (
    INSERT INTO switchyard.task_events (task_id, number, type, data)
    SELECT id, last_event, event, data || jsonb_strip_nulls(jsonb_build_object(
             'retry_at', to_char(retry_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')))
      FROM back
  )
  SELECT held.task_id, back.assigned_arm, back.priority, back.created_at, back.retry_at FROM held LEFT JOIN back ON back.id = held.task_id`;

interface PutBackRow {
  readonly task_id: string;
  /** Null, with the rest, where a cancel came in between. */
  readonly assigned_arm: string | null;
  readonly priority: TaskRow['priority'] | null;
  readonly created_at: Date | null;
  /** Null too where it is not to wait. */
  readonly retry_at: Date | null;
}

/**
 * Back to a queue for another attempt, of the same arm or of the next; a task for which a cancel came in between ends as cancelled.
 *
 * @returns the ids of the tasks that were written
 */
export async function putBackHeld(transaction: SqlTransaction, outcomes: readonly PutBackOutcome[]): Promise<string[]> {
  const byTask = new Map(outcomes.map((outcome) => [outcome.attempt.taskId, { ...outcome, nextJobId: randomUUID() }]));
  const batch = [...byTask.values()].map(({ attempt: { taskId, attempt, job }, write, spentMs, nextJobId }) => ({
    task_id: taskId,
    attempt,
    failures: write.kind === 'retry' ? 1 : 0,
    arm: write.kind === 'reroute' ? write.to : null,
    ...eventOf(write, attempt, job.arm),
    delay_ms: write.kind === 'retry' ? write.delayMs : null,
    spent_ms: spentMs,
    next_job_id: nextJobId,
    queue: queueName(job.arm),
    job_id: job.id,
    delivery: job.delivery,
  }));
  const { rows } = await transaction.query<PutBackRow>(PUT_BACK, [JSON.stringify(batch)]);
  const isBack = new Set(rows.map((row) => row.task_id));
  const jobs: NewJob[] = [];
  for (const { task_id: taskId, assigned_arm: arm, priority, created_at: since, retry_at: startAfter } of rows) {
    const outcome = byTask.get(taskId);
    if (outcome === undefined) continue;
    const { attempt, spentMs, nextJobId } = outcome;
    if (arm === null || priority === null) {
      await writeTerminal(transaction, { taskId, attempt: attempt.attempt, status: 'cancelled', spentMs });
      continue;
    }
    jobs.push({ id: nextJobId, taskId, arm, priority, startAfter, since: startAfter === null ? since : null });
  }
  await enqueueJobs(transaction, jobs);
  await keepTranscripts(
    transaction,
    [...byTask.values()].filter(({ attempt }) => isBack.has(attempt.taskId)),
  );
  return [...isBack];
}

function eventOf(write: PutBack, attempt: number, arm: string): { readonly event: EventType; readonly data: object } {
  switch (write.kind) {
    case 'retry':
      return { event: 'task-retried', data: { attempt, error: write.error } };
    case 'release':
      return { event: 'task-released', data: { attempt } };
    case 'reroute':
      return { event: 'task-rerouted', data: { attempt, from: arm, to: write.to, error: write.error } };
  }
}
