/** The scenarios in which a part of the world is missing: the screen, the database, the process itself. */
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmbeddedPostgres } from '../src/adapters/embedded-postgres/index.ts';
import { type Database, openDatabase } from '../src/adapters/postgres/database.ts';
import { readinessSchema, submittedSchema } from '../src/contract/index.ts';
import { testDatabase } from '../testing/index.ts';
import { postmasterPid, scratchFolder } from './adapters/embedded-postgres/scratch.ts';
import { eventually } from './eventually.ts';
import { closedPort, problemOf, SCRIPT, startScenario } from './scenario.ts';

describe('given a screen that is down', () => {
  const server = testDatabase();
  let database: Database;
  beforeAll(() => {
    database = openDatabase({ url: server.databaseUrl, applicationName: 'switchyard test' });
  });
  afterAll(() => database.close());

  it('when a task is handed in, then it is refused for now and nothing is stored', async () => {
    const env = { REFLEX_URL: `http://127.0.0.1:${await closedPort()}` };
    await using system = await startScenario({ databaseUrl: server.databaseUrl, env });
    const answer = await system.submit({ goal: 'Please say hello.' });
    expect(answer.status).toBe(503);
    expect(problemOf(answer).code).toBe('screen_unavailable');
    expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
    expect((await database.query('SELECT FROM switchyard.tasks')).rowCount).toBe(0);
    expect((await system.request('GET', '/ready')).status).toBe(503);
    expect((await system.request('GET', '/health')).status).toBe(200);
  });

  it('when the one in process may stand in, then it screens', async () => {
    const env = { REFLEX_URL: `http://127.0.0.1:${await closedPort()}`, REFLEX_FALLBACK: 'local' };
    await using system = await startScenario({ databaseUrl: server.databaseUrl, env });
    const { task_id } = await system.accept({ goal: 'Please say hello.' });
    await system.reached(task_id, 'completed');
    expect((await system.submit({ goal: 'SSN 536-22-8471' })).status).toBe(400);
    expect((await system.request('GET', '/ready')).status).toBe(200);
  });
});

describe('given a database that goes away', () => {
  it('when it is back, then the system works on without a restart, and nothing that was accepted is lost', async () => {
    const folder = await scratchFolder();
    let postgres = await startEmbeddedPostgres({ dataDir: folder, env: process.env });
    try {
      await using system = await startScenario({ databaseUrl: postgres.databaseUrl, script: SCRIPT });
      const earlier = await system.accept({ goal: 'Please say hello.' });
      await system.reached(earlier.task_id, 'completed');
      const running = await system.accept({ goal: 'Please take very long.' });
      const ending = await system.accept({ goal: 'Please take half a second.' });
      await system.reached(running.task_id, 'processing');
      await system.reached(ending.task_id, 'processing');

      await postgres.stop();
      const answer = await system.submit({ goal: 'Please say hello.' });
      expect(answer.status).toBe(503);
      expect(problemOf(answer).code).toBe('database_unavailable');
      const ready = await system.request('GET', '/ready');
      expect(ready.status).toBe(503);
      expect(readinessSchema.parse(ready.body)).toMatchObject({ ready: false, checks: { database: false } });
      expect((await system.request('GET', '/health')).status).toBe(200);
      expect((await system.request('GET', `/tasks/${earlier.task_id}`)).status).toBe(503);

      postgres = await startEmbeddedPostgres({ dataDir: folder, env: process.env });
      await eventually('it is ready again', async () => (await system.request('GET', '/ready')).status === 200);
      expect(await system.task(earlier.task_id)).toMatchObject({ status: 'completed' });
      const later = await system.accept({ goal: 'Please say hello.' });
      await system.reached(later.task_id, 'completed');
      // The one that ended while there was no database is written down, without being done twice.
      expect(await system.reached(ending.task_id, 'completed')).toMatchObject({
        attempt: 1,
        result: { output: 'half' },
      });
      // The one that ran through it all still hears its cancel.
      expect((await system.request('POST', `/tasks/${running.task_id}/cancel`)).status).toBe(202);
      expect(await system.reached(running.task_id, 'cancelled')).toMatchObject({ attempt: 1 });
    } finally {
      await postgres.stop();
      await rm(folder, { recursive: true, force: true, maxRetries: 20 });
    }
  });
});

describe('given a database server that is killed', () => {
  it('when it is back, then all that was acknowledged is there and ends exactly once', async () => {
    const folder = await scratchFolder();
    let postgres = await startEmbeddedPostgres({ dataDir: folder, env: process.env });
    try {
      await using system = await startScenario({ databaseUrl: postgres.databaseUrl, script: SCRIPT });
      const acknowledged: string[] = [];
      let refused = 0;
      const submitUntilRefused = async (): Promise<void> => {
        while (refused < 20) {
          const answer = await system.submit({ goal: 'Please take a moment.' });
          if (answer.status === 202) acknowledged.push(submittedSchema.parse(answer.body).task_id);
          else refused += 1;
        }
      };
      const submitting = Promise.all(Array.from({ length: 8 }, submitUntilRefused));
      await eventually('many were acknowledged', () => acknowledged.length > 60);
      process.kill(await postmasterPid(folder), 'SIGKILL');
      await postgres.exited;
      await submitting;

      postgres = await startEmbeddedPostgres({ dataDir: folder, env: process.env });
      const views = await Promise.all(acknowledged.map((id) => system.reached(id, 'completed')));
      expect(views.length).toBeGreaterThan(60);
      for (const id of acknowledged) {
        const events = await system.events(id);
        expect(events.map(({ number }) => number)).toEqual(events.map((_, index) => index + 1));
        expect(events.filter(({ type }) => type === 'task-completed')).toHaveLength(1);
      }
    } finally {
      await postgres.stop();
      await rm(folder, { recursive: true, force: true, maxRetries: 20 });
    }
  });
});

describe('given a system that is told to stop', () => {
  const server = testDatabase();

  it('when work is running, then it is handed back and the next system finishes it', async () => {
    const first = await startScenario({ databaseUrl: server.databaseUrl, script: SCRIPT });
    const { task_id } = await first.accept({ goal: 'Please take very long.' });
    await first.reached(task_id, 'processing');
    await first.system.stop({ deadlineMs: 50 });
    await first[Symbol.asyncDispose]();

    await using second = await startScenario({ databaseUrl: server.databaseUrl });
    expect(await second.reached(task_id, 'completed')).toMatchObject({ attempt: 2 });
    const events = await second.events(task_id);
    expect(events.map(({ type }) => type)).toEqual([
      'task-submitted',
      'task-started',
      'task-released',
      'task-started',
      'task-completed',
    ]);
  });

  it('when work ends in time, then it is finished first', async () => {
    const first = await startScenario({ databaseUrl: server.databaseUrl, script: SCRIPT });
    const { task_id } = await first.accept({ goal: 'Please take a moment.' });
    await eventually('it has begun', async () => (await first.task(task_id)).status !== 'pending');
    await first.system.stop();
    await first[Symbol.asyncDispose]();
    await using second = await startScenario({ databaseUrl: server.databaseUrl });
    expect(await second.task(task_id)).toMatchObject({ status: 'completed', attempt: 1 });
  });
});
