import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { BASE_VARIABLES, messageOf } from '@switchyard/core';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
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

/** In front of what a worker was started with. */
const GIVEN = 'given:';
const NOT_FOR_WORKERS = {
  SWITCHYARD_SECRET_KEY: 'seals',
  DATABASE_URL: 'postgres://u:pw@h/d',
  AWS_SECRET_ACCESS_KEY: 'aws',
};
const SETTINGS = ['PYTHON_WORKER_TIMEOUT', 'PYTHON_WORKER_DEBUG', 'PROBE_RETRY_DELAY_MS'];

/** Of this process, in a list of `pid ppid args`: workers, not the `ps` itself. */
function childrenIn(list: string): string[] {
  return list.split('\n').flatMap((line) => {
    const [pid = '', parent, ...args] = line.trim().split(/\s+/);
    return parent === String(process.pid) && args.includes('--serve') ? [pid] : [];
  });
}

/** What those processes were started with, one line each; where the system does not show it (no /proc), nothing. */
async function environmentsOf(pids: readonly string[]): Promise<string[]> {
  if (!existsSync('/proc/self/environ')) return [];
  const texts = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/environ`, 'utf8')));
  return texts.map((text) => `${GIVEN}${JSON.stringify(text.split('\0').filter((variable) => variable !== ''))}`);
}

function isGiven(line: string): boolean {
  return line.startsWith(GIVEN);
}

/** One worker for each provider is kept: it has the key and the address of that one, in its environment only. */
function expectOnlyWhatEachNeeds(said: string): void {
  const workers = said.split('\n').filter(isGiven);
  for (const line of workers) {
    const given = z.array(z.string()).parse(JSON.parse(line.slice(GIVEN.length)));
    const provider = PROVIDERS.find(({ id }) => given.some((variable) => variable.includes(FakeProviders.keyOf(id))));
    const names = given
      .map((variable) => variable.split('=')[0] ?? '')
      .filter((name) => !BASE_VARIABLES.includes(name));
    const needed = [provider?.keyVariable, provider?.baseUrlVariable, ...SETTINGS];
    expect(new Set(names)).toEqual(new Set(needed));
  }
  if (existsSync('/proc/self/environ')) expect(workers).toHaveLength(MODELS.length);
}

function withoutGiven(said: string): string {
  return said
    .split('\n')
    .filter((line) => !isGiven(line))
    .join('\n');
}

/** All that anybody could read of it: what is logged, answered, thrown and listed by `ps` while calls hang and fail. */
async function everythingSaid(open: (options: WorkerRuntimeOptions) => ProbeRuntime): Promise<string> {
  await using fake = await FakeProviders.open();
  const said: (LogLine | string)[] = [];
  const env = {
    ...NOT_FOR_WORKERS,
    PATH: process.env['PATH'],
    PYTHON_WORKER_DEBUG: '1',
    PROBE_RETRY_DELAY_MS: '5',
    ...fake.environment(),
  };
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
  const { stdout } = await execute('ps', ['-eo', 'pid,ppid,args'], { maxBuffer: 16_777_216 });
  said.push(stdout);
  said.push(...(await environmentsOf(childrenIn(stdout))));
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
    expect(keysIn(withoutGiven(said))).toEqual([]);
    expectOnlyWhatEachNeeds(said);
    // That it was looked for in the right place:
    expect(said).toContain('probe.py --serve');
    expect(said).toContain('"level":"debug"');
    expect(said).toContain('Your key is [redacted]');
    expect(said).toContain('“<html>[redacted]”');
  });

  it('of Node processes', async () => {
    const said = await everythingSaid(createNodeRuntime);
    expect(keysIn(withoutGiven(said))).toEqual([]);
    expectOnlyWhatEachNeeds(said);
    expect(said).toContain('main.ts --serve');
    expect(said).toContain('Your key is [redacted]');
  });
});
