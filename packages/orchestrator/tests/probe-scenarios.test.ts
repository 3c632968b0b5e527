/** Whole systems that hold conversations with the fake providers. */
import { FakeProviders } from '@switchyard/probe/testing';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { matching, testDatabase } from '../testing/index.ts';
import { type ScenarioSystem, startScenario } from './scenario.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f-]{27}$/;
const own = testDatabase();
let fake: FakeProviders;
let system: ScenarioSystem;

beforeAll(async () => {
  fake = await FakeProviders.open();
  system = await startScenario({ databaseUrl: own.databaseUrl, env: fake.environment(), arms: ['probe'] });
});
afterAll(async () => {
  await system[Symbol.asyncDispose]();
  await fake.close();
});
beforeEach(() => fake.reset());

const probe = (input: object, more: object = {}) => ({
  goal: 'Ask about the box.',
  assigned_arm: 'probe',
  input: { modelId: 'gpt-4o', scenario: { prompt: 'What is in the box?' }, ...input },
  ...more,
});

async function query<Row extends object>(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
  const client = new pg.Client({ connectionString: own.databaseUrl });
  await client.connect();
  try {
    return (await client.query<Row>(sql, [...values])).rows;
  } finally {
    await client.end();
  }
}

/** Everything that the database holds, as text. */
async function wholeDatabase(): Promise<string> {
  const tables = await query<{ name: string }>(
    `SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables
      WHERE table_schema NOT IN ('pg_catalog', 'information_schema') AND table_type = 'BASE TABLE'`,
  );
  const texts = await Promise.all(
    tables.map(({ name }) => query<{ row: string }>(`SELECT t::text AS row FROM ${name} AS t`)),
  );
  return texts
    .flat()
    .map(({ row }) => row)
    .join('\n');
}

describe('a task of the probe arm', () => {
  it('ends with its transcript, which is kept', async () => {
    fake.reply = () => ({
      kind: 'answer',
      text: 'A cat.',
      inputTokens: 11,
      outputTokens: 7,
      served: 'gpt-4o-2024-08-06',
    });
    const { task_id: taskId } = await system.accept(probe({ scenarioId: 'box', config: { temperature: 0 } }));
    const task = await system.reached(taskId, 'completed');
    expect(task).toMatchObject({
      arm: 'probe',
      result: {
        transcript: { turns: [{ targetResponse: 'A cat.' }], modelVersion: 'gpt-4o-2024-08-06' },
        scripted: false,
      },
      usage: { input_tokens: 11, output_tokens: 7, estimated: false },
    });
    expect(task.cost_usd).toBeGreaterThan(0);
    const kept = await query<{ id: string }>(
      'SELECT id, run_id, scenario_id, token_count FROM switchyard.transcripts WHERE task_id = $1',
      [taskId],
    );
    expect(kept).toEqual([{ id: matching(UUID), run_id: null, scenario_id: 'box', token_count: 18 }]);
    expect(task.result).toMatchObject({ transcript_id: kept[0]?.id });
  });

  it('is refused where its input is wrong, field by field', async () => {
    const { status, body } = await system.submit(probe({ modelId: 'nobodys', config: { maxTokens: 0 } }));
    expect(status).toBe(422);
    expect(body).toMatchObject({ errors: [{ pointer: '/input/config/maxTokens' }] });
    expect((await system.submit(probe({ modelId: 'nobodys' }))).body).toMatchObject({
      errors: [{ pointer: '/input/modelId' }],
    });
  });

  it('is one call where it is cancelled: the call in flight is ended', async () => {
    fake.reply = () => ({ kind: 'hang' });
    const { task_id: taskId } = await system.accept(probe({ modelId: 'grok-2' }));
    await fake.until(() => fake.open === 1);
    await system.request('POST', `/tasks/${taskId}/cancel`);
    await system.reached(taskId, 'cancelled');
    await fake.until(() => fake.open === 0);
    expect(fake.abandoned).toBe(1);
    expect(fake.calls).toHaveLength(1);
  });

  it('ends the call in flight at its deadline', async () => {
    fake.reply = () => ({ kind: 'hang' });
    const { task_id: taskId } = await system.accept(
      probe({ modelId: 'deepseek-chat' }, { budget: { max_time_seconds: 1 } }),
    );
    expect((await system.reached(taskId, 'failed')).error).toMatchObject({ code: 'deadline_exceeded' });
    await fake.until(() => fake.open === 0);
  });

  it('that is blocked has failed', async () => {
    fake.reply = () => ({ kind: 'blocked', by: 'prompt' });
    const { task_id: taskId } = await system.accept(probe({ modelId: 'gemini-1.5-pro' }));
    expect((await system.reached(taskId, 'failed')).error).toMatchObject({ code: 'CONTENT_BLOCKED' });
    expect(await query('SELECT 1 FROM switchyard.transcripts WHERE task_id = $1', [taskId])).toEqual([]);
  });

  it('that breaks off in its third turn has the two before it, and why', async () => {
    const ends = [
      { kind: 'blocked', by: 'answer' },
      { kind: 'answer', text: 'Two.' },
      { kind: 'answer', text: 'One.' },
    ] as const;
    const left = [...ends];
    fake.reply = () => left.pop();
    const followups = ['b', 'c', 'd'].map((label) => ({ label, prompt: `${label}?` }));
    const { task_id: taskId } = await system.accept(probe({ scenario: { prompt: 'a?', followups } }));
    const failed = await system.reached(taskId, 'failed');
    expect(failed.error).toMatchObject({ code: 'CONTENT_BLOCKED' });
    expect(failed.usage?.output_tokens).toBeGreaterThan(0);
    const { status, body } = await system.request('GET', `/tasks/${taskId}/transcript`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      id: taskId,
      turnCount: 2,
      error: failed.error,
      content: {
        turns: [
          { role: 'user', content: 'a?', label: 'scenario_prompt' },
          { role: 'assistant', content: 'One.' },
          { role: 'user', content: 'b?', label: 'b' },
          { role: 'assistant', content: 'Two.' },
        ],
      },
    });
    for (const other of ['0190f5fe-7c00-7a00-8000-000000000009', 'nonsense']) {
      const missing = await system.request('GET', `/tasks/${other}/transcript`);
      expect(missing).toMatchObject({ status: 404, body: { code: 'transcript_missing' } });
    }
  });

  it('three into a standing limit cost twelve requests at most, engine and all', async () => {
    fake.reply = () => ({ kind: 'failure', failure: 'rate-limit', afterSeconds: 0.05 });
    const tasks = await Promise.all([1, 2, 3].map(() => system.accept(probe({ modelId: 'mistral-large' }))));
    const ended = await Promise.all(tasks.map(({ task_id: taskId }) => system.reached(taskId, 'failed')));
    expect(ended.map(({ error, attempt }) => [error?.code, attempt])).toEqual([
      ['RATE_LIMIT', 1],
      ['RATE_LIMIT', 1],
      ['RATE_LIMIT', 1],
    ]);
    expect(fake.calls.length).toBeLessThanOrEqual(12);
  });

  it('leaves no key in any table, log, event or answer, even where a provider repeats it', async () => {
    fake.reply = () => ({ kind: 'failure', failure: 'bad-key' });
    const ids = ['gpt-4o', 'grok-2', 'deepseek-chat', 'claude-3-haiku'];
    const tasks = await Promise.all(ids.map((modelId) => system.accept(probe({ modelId }))));
    const ended = await Promise.all(tasks.map(({ task_id: taskId }) => system.reached(taskId, 'failed')));
    expect(ended.map(({ error }) => error?.code)).toEqual(ids.map(() => 'AUTH_ERROR'));
    expect(ended[0]?.error?.message).toContain('[redacted]');
    const events = await Promise.all(tasks.map(({ task_id: taskId }) => system.events(taskId)));
    const everything = [await wholeDatabase(), system.log.join('\n'), JSON.stringify([ended, events])].join('\n');
    for (const call of fake.calls) {
      expect(call.key).toBe(FakeProviders.keyOf(call.provider));
      expect(everything).not.toContain(FakeProviders.keyOf(call.provider));
    }
    // The search would find it: the lane that the call went through is there.
    expect(everything).toContain('openai:');
  });
});
