/** Reading table `transcripts`. */
import type { TranscriptView } from '../../contract/index.ts';
import type { TranscriptReader } from '../../ports/transcripts.ts';
import type { Database } from './database.ts';
import { isTaskId } from './read-tasks.ts';

/** By transcripts_task_id_key. */
const OF_TASK = `
  SELECT id, run_id AS "runId", scenario_id AS "scenarioId", model_id AS "modelId", model_version AS "modelVersion",
         sample_index AS "sampleIndex", content, turn_count AS "turnCount", token_count AS "tokenCount",
         duration_ms AS "durationMs", estimated_cost::float8 AS "estimatedCost", scripted, error,
         definition_snapshot AS "definitionSnapshot", created_at AS "createdAt"
    FROM switchyard.transcripts WHERE task_id = $1`;

type Row = Omit<TranscriptView, 'createdAt'> & { readonly createdAt: Date };

export function createTranscriptReader(database: Database): TranscriptReader {
  return {
    ofTask: async (taskId) => {
      if (!isTaskId(taskId)) return null;
      const { rows } = await database.query<Row>(OF_TASK, [taskId]);
      const [row] = rows;
      return row === undefined ? null : { ...row, createdAt: row.createdAt.toISOString() };
    },
  };
}
