/** Whole systems whose conversations are held in worker processes, with the fake providers. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { messageOf } from '@switchyard/core';
import { findPython } from '@switchyard/probe';
import { FakeProviders } from '@switchyard/probe/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { testDatabase } from '../testing/index.ts';
import { type ScenarioSystem, startScenario } from './scenario.ts';

const own = testDatabase();
const execute = promisify(execFile);
const PATH = process.env['PATH'] ?? '';
const WORKERS = { python: /probe\.py --serve/, node: /node-worker\/main\.ts --serve/ };
type Runtime = 'python' | 'node';

const unusable = await findPython({ env: { PATH } }).then(
  () => '',
  (error: unknown) => messageOf(error),
);
if (unusable !== '') process.stderr.write(`systems with Python workers are not tried: ${unusable}\n`);
const RUNTIMES: readonly Runtime[] = unusable === '' ? ['python', 'node'] : ['node'];

let fake: FakeProviders;

beforeEach(async () => {
  fake = await FakeProviders.open();
});
afterEach(() => fake.close());

async function start(runtime: Runtime): Promise<ScenarioSystem> {
  return await startScenario({
    databaseUrl: own.databaseUrl,
    env: { PATH, PYTHON_WORKER_DEBUG: '1', ...fake.environment() },
    settings: { arms: { probe: { type: 'probe', runtime } } },
    arms: ['probe'],
  });
}

const probe = (input: object = {}) => ({
  goal: 'Ask about the box.',
  assigned_arm: 'probe',
  input: { modelId: 'gpt-4o', scenario: { prompt: 'What is in the box?' }, ...input },
});

/** The worker processes of this process. */
async function workersOf(runtime: Runtime): Promise<number[]> {
  const { stdout } = await execute('ps', ['-eo', 'pid,ppid,args'], { maxBuffer: 16_777_216 });
  return stdout.split('\n').flatMap((line) => {
    const [, pid, parent] = /^\s*(\d+)\s+(\d+)/.exec(line) ?? [];
    return Number(parent) === process.pid && WORKERS[runtime].test(line) ? [Number(pid)] : [];
  });
}

describe.each(RUNTIMES)('a probe arm with workers of %s', (runtime) => {
  it('holds a conversation in another process, which is gone when the system has stopped', async () => {
    await using system = await start(runtime);
    fake.reply = () => ({ kind: 'answer', text: 'A cat.', inputTokens: 11, outputTokens: 7 });
    const followups = [{ label: 'colour', prompt: 'What colour is it?' }];
    const { task_id: taskId } = await system.accept(probe({ scenario: { prompt: 'What is in the box?', followups } }));
    expect(await system.reached(taskId, 'completed')).toMatchObject({
      result: { transcript: { turns: [{ targetResponse: 'A cat.' }, { promptLabel: 'colour' }] }, scripted: false },
      usage: { input_tokens: 22, output_tokens: 14, estimated: false },
      progress: { turn: 2, turns: 2, label: 'colour' },
    });
    expect(await workersOf(runtime)).toHaveLength(1);
    await system.system.stop({ deadlineMs: 10_000 });
    expect(await workersOf(runtime)).toEqual([]);
  });

  it('goes on with another attempt when its worker is killed in the middle of a conversation', async () => {
    await using system = await start(runtime);
    fake.enqueue({ kind: 'hang' });
    const { task_id: taskId } = await system.accept(probe());
    await fake.until(() => fake.open === 1);
    for (const pid of await workersOf(runtime)) process.kill(pid, 'SIGKILL');
    expect(await system.reached(taskId, 'completed')).toMatchObject({ attempt: 2 });
    const events = JSON.stringify(await system.events(taskId));
    expect(events).toContain('worker_died');
    expect(events).toContain('was ended by SIGKILL');
  });

  it('ends the worker of a conversation that is cancelled', async () => {
    await using system = await start(runtime);
    fake.reply = () => ({ kind: 'hang' });
    const { task_id: taskId } = await system.accept(probe());
    await fake.until(() => fake.open === 1);
    await system.request('POST', `/tasks/${taskId}/cancel`);
    await system.reached(taskId, 'cancelled');
    expect(await workersOf(runtime)).toEqual([]);
  });

  it('answers for the scripted model itself', async () => {
    await using system = await start(runtime);
    const { task_id: taskId } = await system.accept(probe({ modelId: 'scripted' }));
    expect(await system.reached(taskId, 'completed')).toMatchObject({ result: { scripted: true } });
    expect(await workersOf(runtime)).toEqual([]);
  });

  it('logs what its workers say, without their keys', async () => {
    await using system = await start(runtime);
    fake.reply = () => ({ kind: 'failure', failure: 'bad-key' });
    const { task_id: taskId } = await system.accept(probe());
    const task = await system.reached(taskId, 'failed');
    expect(task.error?.code).toBe('AUTH_ERROR');
    const everything = [system.log.join('\n'), JSON.stringify([task, await system.events(taskId)])].join('\n');
    expect(everything).toContain('[redacted]');
    expect(everything).not.toContain(FakeProviders.keyOf('openai'));
    if (runtime === 'python') expect(system.log.join('\n')).toContain('asking {"level":"debug"');
  });
});
