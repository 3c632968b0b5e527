/** The handoff protocol on a whole system: real database, real sandbox, real processes. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { HttpClientError } from '@switchyard/core';
import { type GreenlightAtomRequest, GreenlightClient, LANGUAGES } from '@switchyard/greenlight';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../src/config.ts';
import { readinessSchema } from '../src/contract/index.ts';
import { startSystem } from '../src/main.ts';
import type { System } from '../src/system.ts';
import { createTestDatabase, silentLogger, testDatabase } from '../testing/index.ts';
import { eventually } from './eventually.ts';

const TIMEOUT_MS = 120_000;

const ATOM: GreenlightAtomRequest = {
  atom_id: 'double',
  atom_type: 'code_submission',
  front: 'Write `double(n)`.',
  back: 'def double(n):\n    return 2 * n\n',
  content_json: {
    language: 'python',
    tests: [
      { input: [2], expected: 4 },
      { input: { n: -1 }, expected: -2 },
    ],
  },
};

/** Long enough to be killed in the middle of. */
const SLOW: GreenlightAtomRequest = {
  ...ATOM,
  atom_id: 'slow',
  back: 'import time\n\ndef double(n):\n    time.sleep(1.2)\n    return 2 * n\n',
};

function configOf(databaseUrl: string, folder: string, env: Record<string, string> = {}) {
  return loadConfig({ env: { PORT: '0', DATABASE_URL: databaseUrl, ...env }, cwd: folder }).config;
}

describe('given a system with the API and the greenlight arm', () => {
  const database = testDatabase();
  let folder: string;
  let system: System;
  let client: GreenlightClient;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'swy-greenlight-'));
    const config = configOf(database.databaseUrl, folder);
    system = await startSystem({ config, roles: ['api', 'worker'], arms: ['greenlight'], logger: silentLogger });
    client = new GreenlightClient(system.url ?? '');
  });
  afterAll(async () => {
    await client.close();
    await system.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('when an atom is run, then it is graded at once and no task is made', async () => {
    expect(await client.executeAtom(ATOM)).toMatchObject({ partial_score: 1, tests_total: 2, correct: true });
    const tasks: unknown = await (await fetch(`${system.url}/tasks`)).json();
    expect(tasks).toMatchObject({ data: [] });
  });

  it('when an atom is queued, then it is a task that ends with the result', async () => {
    const id = await client.queueAtom(ATOM, { idempotencyKey: 'learner-1' });
    const result = await client.pollUntilComplete(id, { pollIntervalSec: 0.05 });
    expect(result).toMatchObject({ atom_id: 'double', partial_score: 1, status: 'complete' });
    const task: unknown = await (await fetch(`${system.url}/tasks/${id}`)).json();
    expect(task).toMatchObject({ arm: 'greenlight', status: 'completed', result: { partial_score: 1 } });
    expect(await client.queueAtom(ATOM, { idempotencyKey: 'learner-1' })).toBe(id);
  });

  it('when the key comes with another atom, then it is refused', async () => {
    await client.queueAtom(ATOM, { idempotencyKey: 'learner-2' });
    const other = client.queueAtom({ ...ATOM, atom_id: 'other' }, { idempotencyKey: 'learner-2' });
    await expect(other).rejects.toBeInstanceOf(HttpClientError);
    await expect(other).rejects.toMatchObject({ status: 422, responseBody: { error: 'idempotency_key_reused' } });
  });

  it('when what is sent is wrong, then the errors are those of the protocol, with the pointer', async () => {
    const bad = { ...ATOM, content_json: { ...ATOM.content_json, language: 'cobol' } };
    for (const call of [client.executeAtom(bad), client.queueAtom(bad)]) {
      await expect(call).rejects.toMatchObject({ status: 400, responseBody: { pointer: '/content_json/language' } });
    }
    await expect(client.pollExecution('0')).rejects.toMatchObject({ status: 404 });
    const broken = await fetch(`${system.url}/greenlight/run-atom`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"atom_id":\n 1,}',
    });
    expect(broken.status).toBe(400);
    expect(await broken.json()).toMatchObject({ error: 'malformed_json', message: /line 2, column 5/ });
  });

  it('when it is asked whether it is ready, then it tells what each sandbox runs and why not the rest', async () => {
    const { sandboxes } = readinessSchema.parse(await (await fetch(`${system.url}/ready`)).json());
    expect(sandboxes?.map(({ name }) => name)).toEqual(['wasm', 'native']);
    for (const { languages, refused } of sandboxes ?? []) {
      expect([...languages, ...refused.map(({ language }) => language)].sort()).toEqual([...LANGUAGES].sort());
    }
    expect(sandboxes?.[0]?.languages).toContain('python');
  });

  it('documents the routes', async () => {
    const document: unknown = await (await fetch(`${system.url}/openapi.json`)).json();
    expect(document).toHaveProperty(['paths', '/greenlight/run-atom', 'post']);
    expect(document).toHaveProperty(['paths', '/greenlight/execution/{execution_id}', 'get']);
  });
});

describe('given a system where the protocol is off', () => {
  it('when it is asked, then there is no such route', { timeout: TIMEOUT_MS }, async () => {
    await using database = await createTestDatabase();
    const folder = await mkdtemp(join(tmpdir(), 'swy-greenlight-'));
    const config = configOf(database.databaseUrl, folder, { GREENLIGHT_ENABLED: 'false' });
    const system = await startSystem({ config, roles: ['api'], logger: silentLogger });
    const answer = await fetch(`${system.url}/greenlight/run-atom`, { method: 'POST' });
    await system.stop();
    await rm(folder, { recursive: true, force: true });
    expect(answer.status).toBe(404);
  });
});

type Node = ChildProcessByStdio<null, Readable, null>;

async function startNode(databaseUrl: string): Promise<{ node: Node; url: string }> {
  const path = join(import.meta.dirname, 'fixtures', 'greenlight-node.ts');
  const env = { PATH: process.env['PATH'], DATABASE_URL: databaseUrl };
  const node = spawn(process.execPath, [path], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: node.stdout })[Symbol.asyncIterator]();
  const first = await lines.next();
  return { node, url: String(first.value) };
}

async function end(node: Node, signal: NodeJS.Signals): Promise<void> {
  if (node.exitCode !== null || node.signalCode !== null) return;
  node.kill(signal);
  await once(node, 'exit');
}

describe('given `switchyard greenlight` alone', () => {
  it('when it is killed with executions under way, then the next one completes all of them', {
    timeout: TIMEOUT_MS,
  }, async () => {
    await using opened = new AsyncDisposableStack();
    const { databaseUrl } = opened.use(await createTestDatabase());
    const first = await startNode(databaseUrl);
    opened.defer(() => end(first.node, 'SIGKILL'));
    const before = opened.use(new GreenlightClient(first.url, { retryAttempts: 1 }));
    const ids: string[] = [];
    for (let count = 0; count < 4; count += 1) ids.push(await before.queueAtom(SLOW));
    await eventually('one of them runs', async () => {
      const statuses = await Promise.all(
        ids.map(async (id): Promise<unknown> => (await fetch(`${first.url}/greenlight/execution/${id}`)).json()),
      );
      return JSON.stringify(statuses).includes('running') ? true : undefined;
    });
    await end(first.node, 'SIGKILL');

    const second = await startNode(databaseUrl);
    opened.defer(() => end(second.node, 'SIGKILL'));
    const after = opened.use(new GreenlightClient(second.url));
    for (const id of ids) {
      const result = await after.pollUntilComplete(id, { pollIntervalSec: 0.2, maxWaitSec: 90 });
      expect(result).toMatchObject({ atom_id: 'slow', partial_score: 1, status: 'complete' });
    }
    expect((await fetch(`${second.url}/tasks`)).status).toBe(404);
    await end(second.node, 'SIGTERM');
    expect(second.node.exitCode).toBe(0);
  });
});
