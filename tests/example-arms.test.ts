/** The arms of examples/arms, each as its README tells: from its own configuration file, over REST, to its result. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { runProcess } from '@switchyard/core';
import { loadConfig, startSystem } from '@switchyard/orchestrator';
import { type TaskRequest, taskEventSchema, taskViewSchema } from '@switchyard/orchestrator/contract';
import { createTestDatabase, silentLogger } from '@switchyard/orchestrator/testing';
import { afterEach, describe, expect, it } from 'vitest';

const EXAMPLES = join(import.meta.dirname, '..', 'examples', 'arms');
const SWITCHYARD = join(import.meta.dirname, '..', 'packages', 'cli', 'bin', 'switchyard.js');
const python = spawnSync('python3', ['--version']).status === 0;
if (!python) process.stderr.write('skipped: the examples in Python: there is no python3\n');

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A system with the configuration of an example; `edit` is what a user would change in the file. */
async function startIn(example: string, edit: (file: string) => string = (file) => file) {
  const cwd = join(EXAMPLES, example);
  const database = await createTestDatabase();
  cleanups.push(() => database.drop());
  const file = edit(await readFile(join(cwd, 'switchyard.config.json'), 'utf8'));
  const { config } = loadConfig({ env: { PORT: '0', DATABASE_URL: database.databaseUrl }, cwd, readFile: () => file });
  const arms = Object.keys(config.arms);
  const env = { PATH: process.env['PATH'] };
  const system = await startSystem({ config, roles: ['api', 'worker'], arms, logger: silentLogger, env });
  cleanups.push(() => system.stop({ deadlineMs: 0 }));
  const url = system.url ?? '';
  const submit = async (task: TaskRequest) => {
    const answer = await fetch(`${url}/submit`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(task),
    });
    const body: unknown = await answer.json();
    return { status: answer.status, location: answer.headers.get('location') ?? '', body };
  };
  /** What came of a task, once its event stream has ended. */
  const outcome = async (task: TaskRequest) => {
    const { location } = await submit(task);
    const stream = await (await fetch(`${url}${location}/events`)).text();
    const events = [...stream.matchAll(/^data: (.*)$/gm)].map(([, data = '']) =>
      taskEventSchema.parse(JSON.parse(data)),
    );
    return { view: taskViewSchema.parse(await (await fetch(`${url}${location}`)).json()), events };
  };
  return { outcome };
}

/** The command of the README, in a process of its own: there Node itself reads the TypeScript. */
async function submitByCommand(input: object) {
  const database = await createTestDatabase();
  cleanups.push(() => database.drop());
  const words = ['submit', '--goal', 'Find the anagrams', '--arm', 'anagrams', '--wait', '--json', '--input', '-'];
  return runProcess(process.execPath, [SWITCHYARD, ...words], {
    timeLimitMs: 60_000,
    cwd: join(EXAMPLES, 'typescript'),
    // A port where nobody is: else a server of the user's on the usual one would take it.
    environment: { set: { PATH: process.env['PATH'] ?? '', DATABASE_URL: database.databaseUrl, PORT: '1' } },
    stdin: JSON.stringify(input),
  });
}

describe('the arm in TypeScript', () => {
  it('groups the words, and refuses an input that its schema does not fit', async () => {
    const done = await submitByCommand({ words: ['listen', 'silent', 'stone', 'notes', 'one'] });
    expect(taskViewSchema.parse(JSON.parse(done.stdout.trim().split('\n').at(-1) ?? ''))).toMatchObject({
      status: 'completed',
      result: [
        ['listen', 'silent'],
        ['stone', 'notes'],
      ],
    });
    const refused = await submitByCommand({ words: 'listen' });
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain('/input/words');
  });
});

describe.runIf(python)('the arm in Python', () => {
  it.each(['word-count', 'word-count-kept'])('%s counts the words and tells its progress', async (arm) => {
    const { outcome } = await startIn('python');
    const task = { goal: 'Count the words', assigned_arm: arm, context: 'a rose is a rose is a rose' };
    for (const { view, events } of [await outcome(task), await outcome(task)]) {
      expect(view).toMatchObject({ status: 'completed', result: { a: 3, rose: 3, is: 2 } });
      expect(events.find(({ type }) => type === 'task-progressed')?.data).toEqual({ progress: { words: 8 } });
    }
  });
});

describe.runIf(python)('the arm behind HTTP', () => {
  it('rolls the dice that the task asks for', async () => {
    const port = await freePort();
    await startServer(port);
    const { outcome } = await startIn('http', (file) => file.replace('8137', String(port)));
    const { view } = await outcome({ goal: 'Roll', assigned_arm: 'dice', input: { dice: 3 } });
    expect(view.status).toBe('completed');
    expect(view.result).toEqual({ rolled: [expect.any(Number), expect.any(Number), expect.any(Number)] });
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function startServer(port: number): Promise<void> {
  const child: ChildProcess = spawn('python3', [join(EXAMPLES, 'http', 'dice.py'), String(port)], { stdio: 'ignore' });
  cleanups.push(async () => {
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
  for (;;) {
    const answered = await fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    );
    if (answered) return;
    if (child.exitCode !== null) throw new Error(`dice.py ended with ${child.exitCode}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
