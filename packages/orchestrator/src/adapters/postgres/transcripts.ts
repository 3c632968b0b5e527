/** Table `transcripts`. */
import { randomUUID } from 'node:crypto';
import { storable, storableText } from '../../domain/storable.ts';
import type { NewTranscript, StoredTurn, TranscriptStore } from '../../ports/transcripts.ts';
import type { Database } from './database.ts';

const SCHEMA_VERSION = 1;

/**
 * The run is the task's own. By transcripts_task_id_key.
 *
 * It does not wait for the disk: the task's outcome is committed after it and waits for both, since the log is written in order.
 * After a crash in between there is neither, and the task is done again.
 */
const SAVE = `
  WITH lazily AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))
  INSERT INTO switchyard.transcripts AS kept (
    id, task_id, attempt, run_id, scenario_id, model_id, model_version, sample_index, content, turn_count, token_count,
    duration_ms, estimated_cost, scripted, definition_snapshot
  )
  SELECT $1, t.id, $3, t.run_id, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14
    FROM lazily, switchyard.tasks AS t
   WHERE t.id = $2 AND t.attempt = $3
  ON CONFLICT (task_id) DO UPDATE
     SET attempt = excluded.attempt, model_version = excluded.model_version, content = excluded.content,
         turn_count = excluded.turn_count, token_count = excluded.token_count, duration_ms = excluded.duration_ms,
         estimated_cost = excluded.estimated_cost, scripted = excluded.scripted, created_at = excluded.created_at
   WHERE kept.attempt <= excluded.attempt
  RETURNING id`;

export function createTranscriptStore(database: Database, newId: () => string = randomUUID): TranscriptStore {
  return {
    save: async (transcript) => {
      const { rows } = await database.query<{ id: string }>(SAVE, [newId(), ...valuesOf(transcript)]);
      return rows[0]?.id ?? null;
    },
  };
}

function valuesOf(transcript: NewTranscript): unknown[] {
  const { modelVersion, definitionSnapshot } = transcript;
  return [
    transcript.taskId,
    transcript.attempt,
    transcript.scenarioId,
    transcript.modelId,
    modelVersion === null ? null : storableText(modelVersion),
    transcript.sampleIndex,
    JSON.stringify(contentOf(transcript.turns)),
    transcript.turnCount,
    transcript.tokenCount,
    transcript.durationMs,
    transcript.estimatedCost,
    transcript.scripted,
    definitionSnapshot === null ? null : JSON.stringify(storable(definitionSnapshot)),
  ];
}

/** What models say may hold what the database cannot. */
function contentOf(turns: readonly StoredTurn[]) {
  return {
    schemaVersion: SCHEMA_VERSION,
    turns: turns.map((turn) => ({ ...turn, content: storableText(turn.content) })),
  };
}
