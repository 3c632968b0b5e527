/** The policy `redact`: a whole system over HTTP on a real database, in whose tables nothing of a value may be. */
import type { JsonObject } from '@switchyard/core';
import { startReflexServer } from '@switchyard/reflex';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Database, openDatabase } from '../src/adapters/postgres/database.ts';
import { armListSchema } from '../src/contract/index.ts';
import { createTestDatabase, matching, testDatabase } from '../testing/index.ts';
import { problemOf, type ScenarioSystem, startScenario } from './scenario.ts';
import { tablesThatHold } from './tables-that-hold.ts';

const KEY = 'a1'.repeat(32);
const NEWER = 'b2'.repeat(32);
const EMAIL = 'ana.kowalska@acme-mail.io';
const OTHER = 'bo.lind@acme-mail.io';
const SSN = '536-22-8471';
const CARD = '4111 1111 1111 1111';
const PHONE = '+49 1512 3442403';
/** Gives back what it is given; speaks of progress with it too. */
const ECHO = [
  process.execPath,
  '-e',
  `let text = '';
   process.stdin.on('data', (part) => { text += part; }).on('end', () => {
     const { contract: task } = JSON.parse(text);
     process.stderr.write(JSON.stringify({ type: 'progress', seen: task.goal }) + '\\n');
     process.stderr.write(JSON.stringify({ level: 'info', msg: task.goal }) + '\\n');
     const lower = task.goal.toLowerCase();
     console.log(JSON.stringify({ success: true, result: { ...task, lower } }));
   });`,
];
const SETTINGS = {
  arms: {
    echo: { type: 'process', command: ECHO, screening: { pii: { default: 'redact', SSN: 'block', IPv4: 'redact' } } },
    plain: { type: 'process', command: ECHO, screening: 'report' },
    failing: {
      type: 'process',
      command: ['false'],
      screening: { pii: 'redact' },
      retry: { attempts: 2, initialSeconds: 0 },
    },
    strict: {
      type: 'process',
      command: ECHO,
      screening: { pii: 'redact' },
      inputSchema: { type: 'object', properties: { card: { type: 'string', pattern: '^[0-9 ]+$' } } },
    },
  },
};

function open(
  databaseUrl: string,
  env: Record<string, string> = { SWITCHYARD_SECRET_KEY: KEY },
  settings: JsonObject = SETTINGS,
) {
  return startScenario({
    databaseUrl,
    env,
    settings,
    arms: ['echo', 'plain', 'failing', 'strict'],
  });
}

describe('given an arm whose policy redacts', () => {
  const server = testDatabase();
  let system: ScenarioSystem;
  let database: Database;
  const values = [EMAIL, OTHER, CARD, PHONE, '4111111111111111', '10.20.30.40'];

  beforeAll(async () => {
    database = openDatabase({ url: server.databaseUrl, applicationName: 'switchyard test' });
    system = await open(server.databaseUrl);
  });
  afterAll(async () => {
    await system[Symbol.asyncDispose]();
    await database.close();
  });

  /** Every place but the result that the submitter reads. */
  const expectNothingLeft = async (): Promise<void> => {
    const metrics = (await system.request('GET', '/metrics')).text;
    const lists = (await system.request('GET', '/tasks')).text;
    for (const value of values) {
      expect(await tablesThatHold(database, value)).toEqual([]);
      expect(system.log.join('\n')).not.toContain(value);
      expect(metrics).not.toContain(value);
      expect(lists).not.toContain(value);
    }
  };

  it('when values stand anywhere in a task, then only its result has them, and nothing else in the system ever does', async () => {
    const input = {
      [EMAIL]: { list: [`call ${PHONE}`, { deep: OTHER }] },
      card_number: 4_111_111_111_111_111,
      host: '10.20.30.40',
      untouched: [1, true, null, '[EMAIL_1] is not ours'],
    };
    const task = {
      goal: `Write to ${EMAIL} and ${OTHER}, then to ${EMAIL}.`,
      assigned_arm: 'echo',
      context: `paid by card ${CARD}`,
      acceptance_criteria: [`mentions ${EMAIL}`],
      constraints: { never: [OTHER] },
      metadata: { by: EMAIL },
      input,
    };
    const { task_id } = await system.accept(task);
    const view = await system.reached(task_id, 'completed');
    expect(view.goal).toBe('Write to [EMAIL_2] and [EMAIL_3], then to [EMAIL_2].');
    expect(view.metadata).toEqual({ by: '[EMAIL_2]' });
    expect(view.redaction).toEqual({ restored: true });
    expect(view.result).toMatchObject({
      goal: task.goal,
      context: task.context,
      input,
      lower: `write to ${EMAIL} and ${OTHER}, then to ${EMAIL}.`,
    });
    const { text } = await system.request('GET', `/tasks/${task_id}/events`);
    for (const value of values) expect(text).not.toContain(value);
    await expectNothingLeft();
    const { rows } = await database.query('SELECT findings::text FROM switchyard.screen_log WHERE task_id = $1', [
      task_id,
    ]);
    expect(JSON.stringify(rows)).toContain('"treatment\\": \\"redact\\"');
  });

  it('when another type in it blocks, then it is refused as a whole', async () => {
    const problem = problemOf(await system.submit({ goal: `${EMAIL} has the SSN ${SSN}`, assigned_arm: 'echo' }));
    expect(problem).toMatchObject({ status: 400, code: 'task_blocked', detail: matching(/found SSN;/) });
    await expectNothingLeft();
  });

  it('when a task fails and is tried again, then it goes on with the same placeholders', async () => {
    const { task_id } = await system.accept({ goal: `write to ${EMAIL}`, assigned_arm: 'failing' });
    const failed = await system.reached(task_id, 'failed');
    expect(failed).toMatchObject({ goal: 'write to [EMAIL_1]', attempt: 2 });
    expect((await system.request('POST', `/tasks/${task_id}/retry`)).status).toBe(202);
    expect(await system.reached(task_id, 'failed')).toMatchObject({ goal: 'write to [EMAIL_1]' });
    await expectNothingLeft();
  });

  it('when the schema of the arm does not take the placeholder, then the task is refused with the field', async () => {
    const problem = problemOf(await system.submit({ goal: 'pay', assigned_arm: 'strict', input: { card: CARD } }));
    expect(problem).toMatchObject({ status: 422, errors: [{ pointer: '/input/card' }] });
    expect(JSON.stringify(problem)).not.toContain(CARD);
  });

  it('when the same request comes again under its key, then it is the same task, and another one is another', async () => {
    const key = { 'idempotency-key': 'k-1' };
    const task = { goal: `write to ${EMAIL}`, assigned_arm: 'echo' };
    const { task_id } = await system.accept(task, key);
    expect((await system.accept(task, key)).task_id).toBe(task_id);
    const other = await system.submit({ ...task, goal: `write to ${OTHER}` }, key);
    expect(problemOf(other)).toMatchObject({ status: 422, code: 'idempotency_key_reused' });
    const { rows } = await database.query('SELECT FROM switchyard.redactions WHERE task_id = $1', [task_id]);
    expect(rows).toHaveLength(1);
    await expectNothingLeft();
  });

  it('when tasks come as a batch, then each has placeholders of its own', async () => {
    const batch = [EMAIL, OTHER].map((value) => ({ goal: `write to ${value}`, assigned_arm: 'echo' }));
    const answer = await system.request('POST', '/submit/batch', batch, { 'idempotency-key': 'b-1' });
    expect(answer.status).toBe(202);
    const again = await system.request('POST', '/submit/batch', batch, { 'idempotency-key': 'b-1' });
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    const ids = [...answer.text.matchAll(/"task_id":"([^"]+)"/g)].map(([, id = '']) => id);
    for (const [index, value] of [EMAIL, OTHER].entries()) {
      const view = await system.reached(ids[index] ?? '', 'completed');
      expect(view).toMatchObject({ goal: 'write to [EMAIL_1]', result: { goal: `write to ${value}` } });
    }
    await expectNothingLeft();
  });

  it('when they come as a tree, then a value has one placeholder in all of it, and the results of children stand in that of their parent', async () => {
    const child = (value: string) => ({ goal: `write to ${value}`, assigned_arm: 'echo' });
    const { task_id } = await system.accept({
      goal: `ask ${EMAIL}`,
      assigned_arm: 'echo',
      subtasks: [child(OTHER), child(EMAIL), { ...child('nobody'), assigned_arm: 'plain' }],
    });
    const view = await system.reached(task_id, 'completed');
    expect(view.goal).toBe('ask [EMAIL_1]');
    expect(view.result).toMatchObject({
      children: [
        { result: { goal: `write to ${OTHER}` } },
        { result: { goal: `write to ${EMAIL}` } },
        { result: { goal: 'write to nobody' } },
      ],
    });
    const { rows } = await database.query<{ goal: string }>(
      'SELECT goal FROM switchyard.tasks WHERE parent_task_id = $1 ORDER BY tree_index',
      [task_id],
    );
    expect(rows.map(({ goal }) => goal)).toEqual(['write to [EMAIL_2]', 'write to [EMAIL_1]', 'write to nobody']);
    await expectNothingLeft();
  });

  it('when a task goes, then what was taken out of it goes too', async () => {
    const { task_id } = await system.accept({ goal: `write to ${EMAIL}`, assigned_arm: 'echo' });
    await system.reached(task_id, 'completed');
    await database.query('DELETE FROM switchyard.tasks WHERE id = $1', [task_id]);
    const { rows } = await database.query('SELECT FROM switchyard.redactions WHERE task_id = $1', [task_id]);
    expect(rows).toEqual([]);
  });

  it('lists which arms take out what', async () => {
    const { data } = armListSchema.parse((await system.request('GET', '/arms')).body);
    expect(data.find(({ name }) => name === 'echo')?.redacts).toContain('IPv4');
    expect(data.find(({ name }) => name === 'plain')?.redacts).toEqual([]);
  });
});

describe('given tasks that were redacted under a key', () => {
  const task = { goal: `write to ${EMAIL}`, assigned_arm: 'echo' };
  const key = { 'idempotency-key': 'k-1' };

  it('when the key is another one, then their results keep the placeholders and say why; when it comes back, so do the values', async () => {
    await using server = await createTestDatabase();
    let taskId: string;
    {
      await using system = await open(server.databaseUrl);
      taskId = (await system.accept(task, key)).task_id;
      await system.reached(taskId, 'completed');
    }
    {
      await using system = await open(server.databaseUrl, { SWITCHYARD_SECRET_KEY: NEWER });
      const view = await system.task(taskId);
      expect(view).toMatchObject({ result: { goal: 'write to [EMAIL_1]' }, redaction: { restored: false } });
      expect(view.redaction?.detail).toMatch(/sealed under the key [0-9a-f]{16}, which this server does not have/);
      expect(system.log.join('\n')).toContain('could not be replaced');
    }
    {
      await using system = await open(server.databaseUrl, { SWITCHYARD_SECRET_KEY: `${NEWER},${KEY}` });
      expect(await system.task(taskId)).toMatchObject({ result: { goal: task.goal }, redaction: { restored: true } });
      expect((await system.accept(task, key)).task_id).toBe(taskId);
    }
    {
      await using system = await open(
        server.databaseUrl,
        {},
        {
          arms: {
            echo: { ...SETTINGS.arms.echo, screening: 'enforce' },
            plain: SETTINGS.arms.plain,
            failing: { ...SETTINGS.arms.failing, screening: 'report' },
            strict: { ...SETTINGS.arms.strict, screening: 'report' },
          },
        },
      );
      const view = await system.task(taskId);
      expect(view).toMatchObject({ result: { goal: 'write to [EMAIL_1]' }, redaction: { restored: false } });
      expect(view.redaction?.detail).toContain('this server has none');
    }
  });
});

describe('given a policy that redacts and a database that is shared', () => {
  const server = testDatabase();

  it('when there is no key, then the start is refused and says how to make one', async () => {
    await expect(open(server.databaseUrl, {})).rejects.toThrow(
      /policy of echo, failing, strict redacts, and there is no key.*openssl rand -base64 32.*SWITCHYARD_SECRET_KEY/,
    );
    const all = startScenario({ databaseUrl: server.databaseUrl, env: { PII_POLICY: 'redact' } });
    await expect(all).rejects.toThrow(/policy of generalist/);
  });
});

describe('given a screen behind REFLEX_URL', () => {
  it('when it answers, then its findings are redacted; when it goes, then tasks are refused and everyone is told', async () => {
    await using database = await createTestDatabase();
    const reflex = await startReflexServer({ host: '127.0.0.1', port: 0, version: 'test', limits: {} });
    const { host } = new URL(reflex.url);
    await using system = await open(database.databaseUrl, { SWITCHYARD_SECRET_KEY: KEY, REFLEX_URL: reflex.url });
    const { task_id } = await system.accept({ goal: `write to ${EMAIL}`, assigned_arm: 'echo', input: { a: [OTHER] } });
    const view = await system.reached(task_id, 'completed');
    expect(view).toMatchObject({
      goal: 'write to [EMAIL_1]',
      result: { goal: `write to ${EMAIL}`, input: { a: [OTHER] } },
    });
    expect((await system.request('GET', '/ready')).status).toBe(200);
    const fine = (await system.request('GET', '/metrics')).text;
    expect(fine).toContain(`orchestrator_breaker_state{target="${host}"} 0`);
    expect(fine).toMatch(new RegExp(`orchestrator_client_requests_total{target="${host}",outcome="succeeded"} [1-9]`));
    await reflex.close();
    const refused = await system.submit({ goal: 'say hello', assigned_arm: 'plain' });
    expect(problemOf(refused)).toMatchObject({ status: 503, code: 'screen_unavailable' });
    const ready = await system.request('GET', '/ready');
    expect(ready.status).toBe(503);
    expect(ready.body).toMatchObject({ checks: { database: true, reflex_layer: false } });
    // All texts of the one submission were asked about at once: that is enough for the breaker.
    const gone = (await system.request('GET', '/metrics')).text;
    expect(gone).toContain(`orchestrator_breaker_state{target="${host}"} 2`);
  });
});
