import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRetentionStore } from '../../../src/adapters/postgres/retention.ts';
import { createTranscriptStore } from '../../../src/adapters/postgres/transcripts.ts';
import { DEFAULT_RETENTION } from '../../../src/domain/retention.ts';
import type { NewTranscript } from '../../../src/ports/transcripts.ts';
import { testDatabase } from '../../../testing/index.ts';
import { newTask, openParts, type Parts } from './parts.ts';

const own = testDatabase();
let parts: Parts;
beforeAll(async () => {
  parts = await openParts(own.databaseUrl);
});
afterAll(() => parts[Symbol.asyncDispose]());

const TRANSCRIPT: Omit<NewTranscript, 'taskId' | 'attempt'> = {
  scenarioId: 's-1',
  modelId: 'gpt-4o',
  modelVersion: 'gpt-4o-2024-08-06',
  sampleIndex: 0,
  turns: [
    { role: 'user', content: 'What?', label: 'scenario_prompt' },
    { role: 'assistant', content: 'A cat\u0000 and half a \uD83D', inputTokens: 10, outputTokens: 5 },
  ],
  turnCount: 1,
  tokenCount: 15,
  durationMs: 2_500,
  estimatedCost: 0.00019,
  scripted: false,
  definitionSnapshot: { template: 'box' },
};

async function task(attempt: number, runId: string | null = null): Promise<string> {
  const one = newTask();
  await parts.store.insert([one]);
  await parts.database.query('UPDATE switchyard.tasks SET attempt = $2, run_id = $3 WHERE id = $1', [
    one.spec.id,
    attempt,
    runId,
  ]);
  return one.spec.id;
}

async function rows(taskId: string): Promise<Record<string, unknown>[]> {
  const { rows: found } = await parts.database.query<Record<string, unknown>>(
    'SELECT * FROM switchyard.transcripts WHERE task_id = $1',
    [taskId],
  );
  return found;
}

describe('transcripts', () => {
  it('are kept with what was said, what the database cannot hold replaced', async () => {
    const taskId = await task(1);
    const id = await createTranscriptStore(parts.database).save({ ...TRANSCRIPT, taskId, attempt: 1 });
    expect(await rows(taskId)).toMatchObject([
      {
        id,
        run_id: null,
        scenario_id: 's-1',
        model_id: 'gpt-4o',
        model_version: 'gpt-4o-2024-08-06',
        content: {
          schemaVersion: 1,
          turns: [
            { role: 'user', content: 'What?', label: 'scenario_prompt' },
            { role: 'assistant', content: 'A cat\uFFFD and half a \uFFFD', inputTokens: 10, outputTokens: 5 },
          ],
        },
        turn_count: 1,
        token_count: 15,
        duration_ms: 2_500,
        estimated_cost: '0.00019000',
        scripted: false,
        definition_snapshot: { template: 'box' },
      },
    ]);
  });

  it('belong to the run of their task', async () => {
    const runId = '0190f5fe-7c00-7a00-8000-000000000001';
    const taskId = await task(1, runId);
    await createTranscriptStore(parts.database).save({ ...TRANSCRIPT, taskId, attempt: 1 });
    expect(await rows(taskId)).toMatchObject([{ run_id: runId }]);
  });

  it('are one for each task: the current attempt replaces, an earlier one writes nothing', async () => {
    const transcripts = createTranscriptStore(parts.database);
    const taskId = await task(1);
    const first = await transcripts.save({ ...TRANSCRIPT, taskId, attempt: 1 });
    await parts.database.query('UPDATE switchyard.tasks SET attempt = 2 WHERE id = $1', [taskId]);
    expect(await transcripts.save({ ...TRANSCRIPT, taskId, attempt: 1, tokenCount: 1 })).toBeNull();
    expect(await transcripts.save({ ...TRANSCRIPT, taskId, attempt: 2, tokenCount: 2 })).toBe(first);
    expect(await rows(taskId)).toMatchObject([{ attempt: 2, token_count: 2 }]);
  });

  it('of a task that is gone are not kept', async () => {
    const taskId = '0190f5fe-7c00-7a00-8000-000000000002';
    expect(await createTranscriptStore(parts.database).save({ ...TRANSCRIPT, taskId, attempt: 1 })).toBeNull();
  });

  it('go with their task, unless they are part of a run', async () => {
    const transcripts = createTranscriptStore(parts.database);
    const [alone, inRun] = [await task(1), await task(1, '0190f5fe-7c00-7a00-8000-000000000003')];
    const ids = [alone, inRun].map((taskId) => transcripts.save({ ...TRANSCRIPT, taskId, attempt: 1 }));
    const [, kept] = await Promise.all(ids);
    await parts.database.query('DELETE FROM switchyard.tasks WHERE id = ANY($1)', [[alone, inRun]]);
    expect(await createRetentionStore(parts.database).removeSome('transcripts', DEFAULT_RETENTION, null)).toEqual({
      removed: 1,
      next: null,
    });
    const { rows: left } = await parts.database.query<{ id: string }>(
      'SELECT id FROM switchyard.transcripts WHERE task_id IS NULL',
    );
    expect(left).toEqual([{ id: kept }]);
  });
});
