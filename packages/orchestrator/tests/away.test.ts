/** What an API process does while its database is away or its disk is full: refuse, keep nothing, lose nothing. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isJsonObject } from '@switchyard/core';
import { expect, it, onTestFinished } from 'vitest';
import { startEmbeddedPostgres } from '../src/adapters/embedded-postgres/index.ts';
import { openPgBossQueue } from '../src/adapters/pg-boss/queue.ts';
import { openDatabase } from '../src/adapters/postgres/database.ts';
import { migrate } from '../src/adapters/postgres/migrate.ts';
import { createPostgresStore } from '../src/adapters/postgres/store.ts';
import { DatabaseUnavailable } from '../src/ports/errors.ts';
import { createTestDatabase, silentLogger } from '../testing/index.ts';
import { newTask } from './adapters/postgres/parts.ts';
import { rowsOf } from './chaos/accounts.ts';
import { openNode } from './chaos/nodes.ts';
import { useServer } from './chaos/servers.ts';
import { eventually } from './eventually.ts';

const MB = 1 << 20;
const FLOOD = 4_000;
const AT_ONCE = 50;
/** Together 80 MB a flood: what is kept of them would show. */
const BODY = { goal: 'Leave one trace.', assigned_arm: 'effect', context: 'word '.repeat(4_000) };
/** Of a second flood: the first one makes the heap as large as it needs to be for its garbage. */
const GROWTH_LIMIT = 50 * MB;

/** Memory that the process holds, in bytes (Linux, proc(5)). */
function residentBytes(pid: number): number {
  const [, pages = '0'] = readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ');
  return Number(pages) * 4_096;
}

async function submit(url: string): Promise<{ status: number; saysWhen: boolean; code: unknown }> {
  const response = await fetch(`${url}/submit`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(BODY),
  });
  const body: unknown = await response.json();
  return {
    status: response.status,
    saysWhen: response.headers.has('retry-after'),
    code: isJsonObject(body) ? body['code'] : null,
  };
}

it.skipIf(process.platform !== 'linux')(
  'submissions get 503 while the database is away, nothing of them is kept in memory, and it serves again by itself',
  { timeout: 120_000 },
  async () => {
    await using own = await createTestDatabase();
    const folder = await mkdtemp(join(tmpdir(), 'swy-away-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 20 }));
    await mkdir(join(folder, 'effects'));
    const server = useServer(own.databaseUrl);
    const api = await openNode({ role: 'api', server, folder: join(folder, 'api'), effects: join(folder, 'effects') });
    try {
      await api.ready();
      const url = api.url ?? '';
      expect(await submit(url)).toMatchObject({ status: 202 });
      api.proxy.letThrough(false);
      await eventually('the first refusal', async () => (await submit(url)).status === 503);
      const answers = new Set<string>();
      const flood = async (): Promise<number> => {
        let left = FLOOD;
        const client = async (): Promise<void> => {
          for (; left > 0; left -= 1) answers.add(JSON.stringify(await submit(url)));
        };
        await Promise.all(Array.from({ length: AT_ONCE }, client));
        return residentBytes(api.pid() ?? 0);
      };
      // The heap grows to the size that work of this kind takes within the first two.
      await flood();
      const grown = -(await flood()) + (await flood());
      expect([...answers].map((answer): unknown => JSON.parse(answer))).toEqual([
        { status: 503, saysWhen: true, code: 'database_unavailable' },
      ]);
      expect(grown).toBeLessThan(GROWTH_LIMIT);
      expect((await fetch(`${url}/ready`)).status).toBe(503);
      expect((await fetch(`${url}/health`)).status).toBe(200);

      api.proxy.letThrough(true);
      await eventually('it is ready again', async () => (await fetch(`${url}/ready`)).status === 200);
      expect(await submit(url)).toMatchObject({ status: 202 });
      const [count] = await rowsOf<{ tasks: number }>(
        own.databaseUrl,
        'SELECT count(*)::int AS tasks FROM switchyard.tasks',
      );
      expect(count?.tasks).toBe(2);
    } finally {
      await api.stop();
    }
  },
);

it('a full disk refuses what it cannot hold as unavailable, and keeps what was acknowledged', {
  timeout: 120_000,
}, async ({ skip }) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'swy-full-'));
  onTestFinished(() => rm(dataDir, { recursive: true, force: true, maxRetries: 20 }));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=400m,mode=0755', 'tmpfs', dataDir], { stdio: 'ignore' });
  } catch {
    skip('a small file system may not be mounted here');
  }
  onTestFinished(() => void execFileSync('umount', ['-l', dataDir]));
  let server = await startEmbeddedPostgres({ dataDir, env: process.env });
  const acknowledged: string[] = [];
  const open = () => openDatabase({ url: server.databaseUrl, applicationName: 'switchyard test' });
  let database = open();
  await migrate(database);
  const queue = await openPgBossQueue({ url: server.databaseUrl, arms: ['test'], logger: silentLogger });
  await queue.close();
  // Room for a few megabytes more: the tables fill it before the log does.
  const filler = join(dataDir, 'filler');
  const { bavail, bsize } = await statfs(dataDir);
  await writeFile(filler, Buffer.alloc(bavail * bsize - 24 * MB));
  const store = createPostgresStore(database);
  const fill = async (): Promise<unknown> => {
    for (;;) {
      const task = newTask({ context: randomWords(200_000) });
      try {
        await store.insert([task]);
        acknowledged.push(task.spec.id);
      } catch (error) {
        return error;
      }
    }
  };
  expect(await fill()).toBeInstanceOf(DatabaseUnavailable);
  expect(acknowledged.length).toBeGreaterThan(0);
  await database.close();

  await rm(filler);
  // Where the log itself found no room the server has ended; then it recovers from what it has.
  await server.stop();
  server = await startEmbeddedPostgres({ dataDir, env: process.env });
  try {
    database = open();
    const { rows } = await database.query<{ id: string }>('SELECT id FROM switchyard.tasks');
    const stored = new Set(rows.map(({ id }) => id));
    expect(acknowledged.filter((id) => !stored.has(id))).toEqual([]);
    await createPostgresStore(database).insert([newTask()]);
    await database.close();
  } finally {
    await server.stop();
  }
});

/** Text that does not compress to nothing. */
function randomWords(length: number): string {
  let text = '';
  while (text.length < length) text += Math.random().toString(36).slice(2);
  return text;
}
