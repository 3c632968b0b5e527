/** Progress reports of running attempts. */
import type { JsonValue } from '../../contract/index.ts';
import type { AttemptRef } from '../../ports/store.ts';
import type { Database } from './database.ts';

/** A task whose arm reports without end keeps its first events; the newest progress still stands in its row. */
const EVENTS_LIMIT = 5_000;

const WRITE_PROGRESS = `
  WITH reported AS (
    UPDATE switchyard.tasks
       SET progress = $3::jsonb, updated_at = now(), last_event = last_event + CASE WHEN last_event < ${EVENTS_LIMIT} THEN 1 ELSE 0 END
     WHERE id = $1 AND attempt = $2 AND status::text = 'processing'
     RETURNING id, last_event
  ), event AS (
    INSERT INTO switchyard.task_events (task_id, number, type, data)
    SELECT id, last_event, 'task-progressed', jsonb_build_object('progress', $3::jsonb) FROM reported
    ON CONFLICT (task_id, number) DO NOTHING
  )
  SELECT 1 FROM reported`;

export async function writeProgress(database: Database, attempt: AttemptRef, progress: JsonValue): Promise<boolean> {
  const { rowCount } = await database.query(WRITE_PROGRESS, [
    attempt.taskId,
    attempt.attempt,
    JSON.stringify(progress),
  ]);
  return rowCount === 1;
}
