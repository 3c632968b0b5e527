/**
 * pg-boss's job rows as the store writes them: in the same statement as the task that a job stands for, which saves a round
 * trip and pg-boss's own statement each (docs/decisions/0011). pg-boss does the rest: queues, heartbeats, upkeep.
 *
 * The shapes are those of the pinned pg-boss; job-rows.test.ts holds every column to what pg-boss itself writes.
 */

import { HEAD_START_SECONDS } from '../../domain/rank.ts';

/** Where pg-boss keeps the jobs of queues that have no partition of their own; ours have none. */
export const JOBS = 'pgboss.job_common';

/** The queue of an arm. */
export function queueName(arm: string): string {
  return `arm.${arm}`;
}

/**
 * INSERT of one job for each row of `source`, which has the columns job_id, task_id, arm, priority (of the task), start_after
 * and since (null: from when it may start). A queue that is not there violates a NOT NULL: a task without its job must not come
 * to be. Jobs have no heartbeat of pg-boss's: its monitor would take every job away that was held while the database was
 * away; the sweep looks at heartbeat_on instead.
 */
export function insertJobsFrom(source: string): string {
  return `
    INSERT INTO ${JOBS} (
      id, name, data, priority, start_after, created_on, expire_seconds, deletion_seconds, keep_until, retry_limit,
      retry_delay, retry_backoff, retry_delay_max, policy, dead_letter, heartbeat_seconds
    )
    SELECT job.job_id, 'arm.' || job.arm, jsonb_build_object('task_id', job.task_id),
           ${rankOf('job.priority', 'COALESCE(job.since, GREATEST(job.start_after, now()))')},
           COALESCE(job.start_after, now()), COALESCE(job.since, now()), q.expire_seconds, q.deletion_seconds,
           COALESCE(job.start_after, now()) + q.retention_seconds * interval '1 second', q.retry_limit,
           q.retry_delay, q.retry_backoff, q.retry_delay_max, q.policy, q.dead_letter, NULL
      FROM ${source} AS job LEFT JOIN pgboss.queue AS q ON q.name = 'arm.' || job.arm`;
}

/**
 * CTEs that hand out the next jobs of a queue; `held` has job_id, task_id, delivery, priority and queued_at (seconds since 1970). The delivery counts
 * how often the job was handed out before, as pg-boss counts its retries. The update looks each job up by the key that `next` brings: with
 * the queue's name given once more, it would read every job of the queue for each of them, for as long as statistics are missing.
 *
 * @param queue, limit SQL expressions
 */
export function holdNextJobs(queue: string, limit: string): string {
  return `
    next AS (
      SELECT name, id FROM ${JOBS}
       WHERE name = ${queue} AND state < 'active' AND NOT blocked AND start_after <= now()
       ORDER BY priority DESC, created_on
       LIMIT ${limit}
         FOR UPDATE SKIP LOCKED
    ), held AS (
      UPDATE ${JOBS} AS j
         SET state = 'active', started_on = now(), heartbeat_on = now(),
             retry_count = CASE WHEN j.started_on IS NULL THEN j.retry_count ELSE j.retry_count + 1 END
        FROM next
       WHERE j.name = next.name AND j.id = next.id
      RETURNING j.id AS job_id, (j.data ->> 'task_id')::uuid AS task_id, j.retry_count AS delivery, j.priority,
                extract(epoch FROM j.created_on)::float8 AS queued_at
    )`;
}

/**
 * The condition that a job row `j` is what `holding` (columns queue, job_id, delivery) still holds. An ended job's row
 * is deleted at once: it says nothing that the tables do not, and every upkeep pass of pg-boss would read it.
 */
export function isHeldBy(holding: string): string {
  return `j.name = ${holding}.queue AND j.id = ${holding}.job_id AND j.state = 'active' AND j.retry_count = ${holding}.delivery`;
}

/** 2026-01-01T00:00:00Z: a rank is a 32-bit number of seconds, which from here lasts until 2094. */
const RANK_EPOCH_SECONDS = 1_767_225_600;
const LOWEST_RANK = -(2 ** 31);

/** The job priority (higher goes first) of a task of this priority that waits since then: `HEAD_START_SECONDS` tells why. */
function rankOf(priority: string, since: string): string {
  const cases = Object.entries(HEAD_START_SECONDS).map(([name, seconds]) => `WHEN '${name}' THEN ${seconds}`);
  return `GREATEST(${LOWEST_RANK},
             CASE ${priority}::text ${cases.join(' ')} END + ${RANK_EPOCH_SECONDS} - extract(epoch FROM ${since})::bigint)::int`;
}
