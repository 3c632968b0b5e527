import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRetentionStore } from '../../../src/adapters/postgres/retention.ts';
import { DEFAULT_RETENTION } from '../../../src/domain/retention.ts';
import type { AttemptRef } from '../../../src/ports/store.ts';
import type { NewTranscript } from '../../../src/ports/transcripts.ts';
import { testDatabase } from '../../../testing/index.ts';
import { ARM, newTask, openParts, type Parts } from './parts.ts';

const own = testDatabase();
let parts: Parts;
beforeAll(async () => {
  parts = await openParts(own.databaseUrl);
});
afterAll(() => parts[Symbol.asyncDispose]());

const TRANSCRIPT: NewTranscript = {
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
  error: null,
};

/** A claimed task. */
async function begin(runId: string | null = null): Promise<AttemptRef> {
  const one = newTask();
  await parts.store.insert([one]);
  await parts.database.query('UPDATE switchyard.tasks SET run_id = $2 WHERE id = $1', [one.spec.id, runId]);
  return await claimAgain();
}

async function claimAgain(): Promise<AttemptRef> {
  const [claim] = await parts.store.claim(ARM, 1, { id: 1, pid: 1 });
  if (claim?.kind !== 'claimed') throw new Error('nothing was claimed');
  return { taskId: claim.job.taskId, attempt: claim.attempt, job: claim.job };
}

async function rows(taskId: string): Promise<Record<string, unknown>[]> {
  const { rows: found } = await parts.database.query<Record<string, unknown>>(
    'SELECT * FROM switchyard.transcripts WHERE task_id = $1',
    [taskId],
  );
  return found;
}

const COMPLETE = { kind: 'complete', result: null, usage: null, costUsd: null } as const;
const ERROR = { code: 'RATE_LIMIT', message: 'slower' };
const RETRY = { kind: 'retry', error: ERROR, delayMs: 0 } as const;

describe('transcripts', () => {
  it('are kept with the outcome under the id of their task, what the database cannot hold replaced', async () => {
    const attempt = await begin();
    expect(await parts.store.finish(attempt, COMPLETE, 1, { transcript: TRANSCRIPT })).toBe(true);
    expect(await rows(attempt.taskId)).toMatchObject([
      {
        id: attempt.taskId,
        run_id: null,
        attempt: 1,
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
        error: null,
      },
    ]);
  });

  it('belong to the run of their task', async () => {
    const runId = '0190f5fe-7c00-7a00-8000-000000000001';
    const attempt = await begin(runId);
    await parts.store.finish(attempt, COMPLETE, 1, { transcript: TRANSCRIPT });
    expect(await rows(attempt.taskId)).toMatchObject([{ run_id: runId }]);
  });

  it.each([
    [{ kind: 'fail', error: ERROR } as const, 'failed'],
    [RETRY, 'pending'],
  ])('of a conversation that broke off are kept beside %j', async (write, status) => {
    const attempt = await begin();
    const unfinished = { ...TRANSCRIPT, modelVersion: null, definitionSnapshot: null, error: ERROR };
    await parts.store.finish(attempt, write, 1, { transcript: unfinished });
    expect(await parts.store.get(attempt.taskId)).toMatchObject({ status });
    expect(await rows(attempt.taskId)).toMatchObject([
      { turn_count: 1, error: ERROR, model_version: null, definition_snapshot: null },
    ]);
    if (write.kind === 'retry') await parts.store.finish(await claimAgain(), COMPLETE, 1);
  });

  it('are one for each task: the current attempt replaces, an earlier one writes nothing', async () => {
    const first = await begin();
    await parts.store.finish(first, RETRY, 1, { transcript: { ...TRANSCRIPT, error: ERROR } });
    const second = await claimAgain();
    expect(await parts.store.finish(first, COMPLETE, 1, { transcript: { ...TRANSCRIPT, tokenCount: 1 } })).toBe(false);
    expect(await rows(first.taskId)).toMatchObject([{ attempt: 1, token_count: 15 }]);
    await parts.store.finish(second, COMPLETE, 1, { transcript: { ...TRANSCRIPT, tokenCount: 2 } });
    expect(await rows(first.taskId)).toMatchObject([{ id: first.taskId, attempt: 2, token_count: 2, error: null }]);
  });

  it('are written together with many, and what their calls used is counted', async () => {
    const attempts = [await begin(), await begin(), await begin()];
    const use = { inputTokens: 10, outputTokens: 5, costUsd: null };
    const written = await Promise.all(
      attempts.map((attempt, index) =>
        parts.store.finish(attempt, COMPLETE, 1, index === 0 ? {} : { transcript: TRANSCRIPT, use }),
      ),
    );
    expect(written).toEqual([true, true, true]);
    const found = await Promise.all(attempts.map(({ taskId }) => rows(taskId)));
    expect(found.map(({ length }) => length)).toEqual([0, 1, 1]);
    const { rows: used } = await parts.database.query(
      'SELECT calls, input_tokens, output_tokens, unknown_prices FROM switchyard.budget_use WHERE task_id = ANY($1)',
      [attempts.map(({ taskId }) => taskId)],
    );
    const one = { calls: 1, input_tokens: '10', output_tokens: '5', unknown_prices: 1 };
    expect(used).toEqual([one, one]);
  });

  it('go with their task, unless they are part of a run', async () => {
    const [alone, inRun] = [await begin(), await begin('0190f5fe-7c00-7a00-8000-000000000003')];
    for (const attempt of [alone, inRun]) await parts.store.finish(attempt, COMPLETE, 1, { transcript: TRANSCRIPT });
    await parts.database.query('DELETE FROM switchyard.tasks WHERE id = ANY($1)', [[alone.taskId, inRun.taskId]]);
    expect(await createRetentionStore(parts.database).removeSome('transcripts', DEFAULT_RETENTION, null)).toEqual({
      removed: 1,
      next: null,
    });
    const { rows: left } = await parts.database.query<{ id: string }>(
      'SELECT id FROM switchyard.transcripts WHERE task_id IS NULL',
    );
    expect(left).toEqual([{ id: inRun.taskId }]);
  });
});
