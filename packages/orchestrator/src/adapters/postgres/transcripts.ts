/** Table `transcripts`: one for each task, under the task's id, written with the outcome of its attempt. */
import { storable, storableText } from '../../domain/storable.ts';
import type { WrittenBeside } from '../../ports/store.ts';
import type { NewTranscript, StoredTurn } from '../../ports/transcripts.ts';
import type { SqlTransaction } from './database.ts';

const SCHEMA_VERSION = 1;

/**
 * By transcripts_task_id_key.
 *
 * @param source relation with `id`, `attempt` and `run_id` of tasks, and `transcript` as `transcriptRecord` makes it, or null
 */
export function insertTranscripts(source: string): string {
  return `INSERT INTO switchyard.transcripts AS kept (
      id, task_id, attempt, run_id, scenario_id, model_id, model_version, sample_index, content, turn_count, token_count,
      duration_ms, estimated_cost, scripted, definition_snapshot, error
    )
    SELECT ${source}.id, ${source}.id, ${source}.attempt, ${source}.run_id, said.scenario_id, said.model_id, said.model_version,
           said.sample_index, said.content, said.turn_count, said.token_count, said.duration_ms, said.estimated_cost,
           said.scripted, said.definition_snapshot, said.error
      FROM ${source}, jsonb_to_record(${source}.transcript) AS said (
        scenario_id text, model_id text, model_version text, sample_index int, content jsonb, turn_count int, token_count int,
        duration_ms int, estimated_cost numeric, scripted boolean, definition_snapshot jsonb, error jsonb
      )
     WHERE ${source}.transcript IS NOT NULL
    ON CONFLICT (task_id) DO UPDATE
       SET id = excluded.id, attempt = excluded.attempt, model_version = excluded.model_version, content = excluded.content,
           turn_count = excluded.turn_count, token_count = excluded.token_count, duration_ms = excluded.duration_ms,
           estimated_cost = excluded.estimated_cost, scripted = excluded.scripted, error = excluded.error,
           created_at = excluded.created_at`;
}

const KEEP = `
  WITH kept_of AS (
    SELECT t.id, b.attempt, t.run_id, b.transcript
      FROM jsonb_to_recordset($1::jsonb) AS b (task_id uuid, attempt int, transcript jsonb)
      JOIN switchyard.tasks AS t ON t.id = b.task_id
  )
  ${insertTranscripts('kept_of')}`;

interface WithTranscript {
  readonly attempt: { readonly taskId: string; readonly attempt: number };
  readonly beside?: WrittenBeside;
}

/** Of attempts that are written in the same transaction. */
export async function keepTranscripts(transaction: SqlTransaction, outcomes: readonly WithTranscript[]): Promise<void> {
  const batch = outcomes.flatMap(({ attempt: { taskId, attempt }, beside }) =>
    beside?.transcript === undefined
      ? []
      : [{ task_id: taskId, attempt, transcript: transcriptRecord(beside.transcript) }],
  );
  if (batch.length > 0) await transaction.query(KEEP, [JSON.stringify(batch)]);
}

/** What models say may hold what the database cannot. */
export function transcriptRecord(transcript: NewTranscript): object {
  const { modelVersion, definitionSnapshot, error } = transcript;
  return {
    scenario_id: transcript.scenarioId,
    model_id: transcript.modelId,
    model_version: modelVersion === null ? null : storableText(modelVersion),
    sample_index: transcript.sampleIndex,
    content: contentOf(transcript.turns),
    turn_count: transcript.turnCount,
    token_count: transcript.tokenCount,
    duration_ms: transcript.durationMs,
    estimated_cost: transcript.estimatedCost,
    scripted: transcript.scripted,
    definition_snapshot: definitionSnapshot === null ? null : storable(definitionSnapshot),
    error: error === null ? null : { ...error, message: storableText(error.message) },
  };
}

function contentOf(turns: readonly StoredTurn[]) {
  return {
    schemaVersion: SCHEMA_VERSION,
    turns: turns.map((turn) => ({ ...turn, content: storableText(turn.content) })),
  };
}
