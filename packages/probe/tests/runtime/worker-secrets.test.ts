import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { messageOf } from '@switchyard/core';
import { describe, expect, it } from 'vitest';
import {
  createNodeRuntime,
  createPythonRuntime,
  type LogLine,
  PROVIDERS,
  type ProbeRuntime,
  type WorkerRuntimeOptions,
} from '../../src/index.ts';
import { FAILURES, FakeProviders } from '../../testing/index.ts';
import { INPUT, withoutPython } from '../worker-process/with-python.ts';

const MODELS = ['gpt-4o', 'claude-3-haiku', 'gemini-1.5-pro', 'grok-2', 'deepseek-chat', 'mistral-large'];
const KEYS = PROVIDERS.map(({ id }) => FakeProviders.keyOf(id));
const execute = promisify(execFile);

/** All that anybody could read of it: what is logged, answered, thrown and listed by `ps` while calls hang and fail. */
async function everythingSaid(open: (options: WorkerRuntimeOptions) => ProbeRuntime): Promise<string> {
  await using fake = await FakeProviders.open();
  const said: (LogLine | string)[] = [];
  const env = { PATH: process.env['PATH'], PYTHON_WORKER_DEBUG: '1', PROBE_RETRY_DELAY_MS: '5', ...fake.environment() };
  const runtime = open({ env, size: 1, onLog: (line) => said.push(line) });
  const run = async (modelId: string): Promise<void> => {
    const output = await runtime.run({ ...INPUT, modelId }).catch((error: unknown) => messageOf(error));
    said.push(JSON.stringify(output));
  };
  for (const failure of FAILURES) {
    fake.reply = () => ({ kind: 'failure', failure });
    await Promise.all(MODELS.map(run));
  }
  // A server that says the key back to whoever calls, in an answer and in a page that is none.
  fake.reply = ({ key }) => ({ kind: 'answer', text: `Your key is ${key}` });
  await Promise.all(MODELS.map(run));
  fake.reply = ({ key }) => ({ kind: 'raw', status: 502, body: `<html>${key}` });
  await Promise.all(MODELS.map(run));

  fake.reply = () => ({ kind: 'hang' });
  const stop = new AbortController();
  const hanging = runtime.run(INPUT, { signal: stop.signal }).catch((error: unknown) => said.push(messageOf(error)));
  await fake.until(() => fake.open === 1);
  const { stdout } = await execute('ps', ['-eo', 'pid,args'], { maxBuffer: 16_777_216 });
  said.push(stdout);
  stop.abort(new Error('enough'));
  await hanging;
  await runtime.close();
  return said.map((one) => (typeof one === 'string' ? one : JSON.stringify(one))).join('\n');
}

function keysIn(text: string): string[] {
  return KEYS.filter((key) => text.includes(key));
}

describe('no key is in what is said', () => {
  it.skipIf(withoutPython)('of Python processes', async () => {
    const said = await everythingSaid(createPythonRuntime);
    expect(keysIn(said)).toEqual([]);
    // That it was looked for in the right place:
    expect(said).toContain('probe.py --serve');
    expect(said).toContain('"level":"debug"');
    expect(said).toContain('Your key is [redacted]');
    expect(said).toContain('“<html>[redacted]”');
  });

  it('of Node processes', async () => {
    const said = await everythingSaid(createNodeRuntime);
    expect(keysIn(said)).toEqual([]);
    expect(said).toContain('main.ts --serve');
    expect(said).toContain('Your key is [redacted]');
  });
});
