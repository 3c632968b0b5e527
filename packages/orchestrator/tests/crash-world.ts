/** A database of its own, and real processes on it that a test kills. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { createTestDatabase } from '../testing/index.ts';
import { openParts, type Parts } from './adapters/postgres/parts.ts';

export type Fixture = 'crash-node.ts' | 'crash-submitter.ts';
export type Child = ChildProcessByStdio<null, Readable, null>;

/** All processes of it end with the test. */
export interface World extends AsyncDisposable, Pick<Parts, 'database' | 'store'> {
  start(fixture: Fixture, env?: Readonly<Record<string, string>>): Child;
  /** A node that is at work. */
  startNode(env?: Readonly<Record<string, string>>): Promise<Child>;
}

export async function openWorld(): Promise<World> {
  await using opened = new AsyncDisposableStack();
  const { databaseUrl } = opened.use(await createTestDatabase());
  const { database, store } = opened.use(await openParts(databaseUrl));
  await database.query('CREATE TABLE effects (task_id uuid, attempt int, pid int)');
  const resources = opened.move();
  const start: World['start'] = (fixture, env = {}) => {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'fixtures', fixture)], {
      env: { PATH: process.env['PATH'], DATABASE_URL: databaseUrl, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    resources.defer(() => kill(child));
    return child;
  };
  return {
    database,
    store,
    start,
    startNode: async (env) => {
      const node = start('crash-node.ts', env);
      await once(node.stdout, 'data');
      return node;
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

export async function ending(child: Child): Promise<number | NodeJS.Signals | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.signalCode ?? child.exitCode;
}

export async function kill(child: Child): Promise<void> {
  child.kill('SIGKILL');
  await ending(child);
}
