/** A configuration that is read again while tasks run and wait: on a real database, with arms that are modules. */
import { channel } from 'node:diagnostics_channel';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Config, loadConfig } from '../src/config.ts';
import { armListSchema, submittedSchema, type TaskView, taskViewSchema } from '../src/contract/index.ts';
import { startSystem } from '../src/main.ts';
import type { System } from '../src/system.ts';
import { createTestDatabase, silentLogger, type TestDatabase } from '../testing/index.ts';
import { eventually } from './eventually.ts';

const RELEASE = 'switchyard.test.release';

let own: TestDatabase;
let folder: string;
let system: System;

/** A module that answers with its name; `waits`: once it is released. */
async function module(file: string, answer: string, waits = false): Promise<void> {
  const released = `await new Promise((go) => channel(${JSON.stringify(RELEASE)}).subscribe(go));`;
  const text = `import { channel } from 'node:diagnostics_channel';
export default async () => { ${waits ? released : ''} return ${JSON.stringify(answer)}; };`;
  await writeFile(join(folder, file), text);
}

function config(arms: object, more: object = {}): Promise<Config> {
  return writeFile(join(folder, 'switchyard.config.json'), JSON.stringify({ arms, ...more })).then(
    () => loadConfig({ env: { PORT: '0', DATABASE_URL: own.databaseUrl }, cwd: folder }).config,
  );
}

async function request(path: string, body?: object): Promise<{ status: number; body: unknown }> {
  const answer = await fetch(`${system.url}${path}`, {
    ...(body === undefined
      ? {}
      : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: await answer.json() };
}

const submitted = async (arm: string): Promise<string> =>
  submittedSchema.parse((await request('/submit', { goal: 'go', assigned_arm: arm })).body).task_id;
const task = async (id: string): Promise<TaskView> => taskViewSchema.parse((await request(`/tasks/${id}`)).body);
const reached = (id: string, status: string): Promise<TaskView> =>
  eventually(`${id} is ${status}`, async () => {
    const view = await task(id);
    return view.status === status ? view : undefined;
  });
const single = (file: string) => ({ type: 'module', module: `./${file}`, concurrency: 1 });

describe('a configuration that is read again', () => {
  beforeEach(async () => {
    own = await createTestDatabase();
    folder = await mkdtemp(join(tmpdir(), 'swy-reload-'));
  });
  afterEach(async () => {
    channel(RELEASE).publish('the test is over');
    await system.stop({ deadlineMs: 0 });
    await own.drop();
    await rm(folder, { recursive: true, force: true, maxRetries: 20 });
  });

  async function start(arms: object): Promise<void> {
    const started = { config: await config(arms), logger: silentLogger, env: {} };
    system = await startSystem({ ...started, roles: ['api', 'worker'] });
  }

  it('lets what runs end with the old arm, gives what waits to the new one, and loses nothing', async () => {
    await module('arm.mjs', 'old', true);
    await start({ mine: single('arm.mjs') });
    const running = await submitted('mine');
    await reached(running, 'processing');
    const waiting = await submitted('mine');

    await module('arm.mjs', 'new');
    const changes = await system.reload(await config({ mine: single('arm.mjs') }));
    expect(changes).toEqual({ added: [], changed: ['mine'], removed: [], needsRestart: [] });
    expect(await reached(waiting, 'completed')).toMatchObject({ result: 'new', attempt: 1 });
    expect((await task(running)).status).toBe('processing');
    channel(RELEASE).publish('go');
    expect(await reached(running, 'completed')).toMatchObject({ result: 'old', attempt: 1 });
  });

  it('takes tasks for a new arm at once, and for a removed one no more; what waits for it stays', async () => {
    await module('a.mjs', 'a', true);
    await module('b.mjs', 'b');
    await start({ a: single('a.mjs') });
    const running = await submitted('a');
    await reached(running, 'processing');
    const waiting = await submitted('a');
    expect((await request('/submit', { goal: 'go', assigned_arm: 'b' })).status).toBe(422);

    expect(await system.reload(await config({ b: single('b.mjs') }, { logLevel: 'debug' }))).toEqual({
      added: ['b'],
      changed: [],
      removed: ['a'],
      needsRestart: ['logLevel'],
    });
    expect(await reached(await submitted('b'), 'completed')).toMatchObject({ result: 'b' });
    expect((await request('/submit', { goal: 'go', assigned_arm: 'a' })).status).toBe(422);
    const { data } = armListSchema.parse((await request('/arms')).body);
    expect(data.map(({ name }) => name)).toEqual(expect.arrayContaining(['b', 'generalist', 'greenlight']));
    expect(data.map(({ name }) => name)).not.toContain('a');
    channel(RELEASE).publish('go');
    await reached(running, 'completed');
    expect(await task(waiting)).toMatchObject({ status: 'pending', attempt: 0 });

    await module('a.mjs', 'a again');
    await system.reload(await config({ a: single('a.mjs') }));
    expect(await reached(waiting, 'completed')).toMatchObject({ result: 'a again', attempt: 1 });
  });

  it('that is wrong is refused, and all stays as it was', async () => {
    await module('arm.mjs', 'fine');
    await start({ mine: single('arm.mjs') });
    const broken = { ...single('gone.mjs') };
    await expect(system.reload(await config({ mine: single('arm.mjs'), other: broken }))).rejects.toMatchObject({
      code: 'arm_configuration_invalid',
    });
    expect((await request('/submit', { goal: 'go', assigned_arm: 'other' })).status).toBe(422);
    expect(await reached(await submitted('mine'), 'completed')).toMatchObject({ result: 'fine', attempt: 1 });
  });

  it('again and again under load loses no task and tries none twice', async () => {
    const arm = (concurrency: number) => ({ ...single('arm.mjs'), concurrency, maxRunning: concurrency });
    await module('arm.mjs', 'done');
    await start({ mine: arm(1) });
    const ids: string[] = [];
    for (let round = 0; round < 8; round += 1) {
      const [some] = await Promise.all([
        Promise.all(Array.from({ length: 25 }, () => submitted('mine'))),
        system.reload(await config({ mine: arm(2 + round) })),
      ]);
      ids.push(...some);
    }
    for (const id of ids) expect(await reached(id, 'completed')).toMatchObject({ result: 'done', attempt: 1 });
  });
});
