import { type ChildProcess, type ChildProcessByStdio, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { isJsonObject } from '@switchyard/core';
import pg from 'pg';
import { onTestFinished } from 'vitest';
import {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from '../../../src/adapters/embedded-postgres/index.ts';
import { findHome } from '../../../src/adapters/embedded-postgres/layout.ts';

export const isRoot = process.getuid?.() === 0;

/** A temporary folder that the server's account may pass through; its name is short, so that the socket's path fits. */
export async function scratchFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'swy-t-'));
  await chmod(folder, 0o711);
  return folder;
}

/** A scratch folder that goes with the test. */
export async function scratchFolderOfTest(): Promise<string> {
  const folder = await scratchFolder();
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 20 }));
  return folder;
}

/** A data directory that was used and stopped, to be copied: an initdb for each test would take most of the time. */
export interface UsedDirectory {
  /** A copy that goes with the test, `below` a scratch folder or as one; it holds a table `kept` with a 7. */
  copy(below?: string): Promise<{ readonly dataDir: string; readonly data: string }>;
  remove(): Promise<void>;
}

export async function makeUsedDirectory(): Promise<UsedDirectory> {
  const original = await scratchFolder();
  const server = await startEmbeddedPostgres({ dataDir: original, env: process.env });
  await rowsOf(server.databaseUrl, 'CREATE TABLE kept AS SELECT 7 AS a');
  await server.stop();
  return {
    copy: async (below = '') => {
      const dataDir = join(await scratchFolderOfTest(), below);
      await mkdir(dataDir, { recursive: true });
      // cp(1): it keeps the owner, which fs.cp does not.
      execFileSync('cp', ['-a', `${original}/.`, dataDir]);
      return { dataDir, data: join(await homeOf(dataDir), 'data') };
    },
    remove: () => rm(original, { recursive: true, force: true, maxRetries: 20 }),
  };
}

/** A server that stops with the test. */
export async function startForTest(
  dataDir: string,
  options: Partial<EmbeddedPostgresOptions> = {},
): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ env: process.env, ...options, dataDir });
  onTestFinished(() => server.stop());
  return server;
}

export interface ScratchServer {
  readonly server: EmbeddedPostgres;
  readonly dataDir: string;
  /** Stops the server and removes the folder. */
  remove(): Promise<void>;
}

/** A server in a temporary folder, for the tests of a whole file. */
export async function startScratchServer(): Promise<ScratchServer> {
  const dataDir = await scratchFolder();
  const server = await startEmbeddedPostgres({ dataDir, env: process.env });
  return {
    server,
    dataDir,
    remove: async () => {
      await server.stop();
      await rm(dataDir, { recursive: true, force: true, maxRetries: 20 });
    },
  };
}

/** The rows of one statement, each as its values. */
export async function rowsOf(databaseUrl: string, sql: string): Promise<unknown[][]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  // A server that ends in the middle fails the query below; the event would fail the run besides.
  client.on('error', () => {});
  await client.connect();
  try {
    const { rows } = await client.query<unknown[]>({ text: sql, rowMode: 'array' });
    return rows;
  } finally {
    await client.end();
  }
}

/** The folder of the database of `dataDir`, which must be there. */
export async function homeOf(dataDir: string): Promise<string> {
  const home = await findHome(dataDir);
  if (home === null) throw new Error(`no database in ${dataDir}`);
  return home;
}

/** Process id of the server that runs on `dataDir`. */
export async function postmasterPid(dataDir: string): Promise<number> {
  const text = await readFile(join(await homeOf(dataDir), 'data', 'postmaster.pid'), 'utf8');
  return Number(text.split('\n')[0]);
}

export interface Held {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly databaseUrl: string;
  /** What it prints next: the name of each signal that it gets. */
  nextLine(): Promise<string>;
}

export interface HolderOptions {
  readonly uid?: number;
  /** A command that the node process is started through. */
  readonly wrapper?: readonly string[];
}

/** Another node process that starts the server of `dataDir` and holds it, in a process group of its own. */
export function startHolder(dataDir: string, options: HolderOptions = {}): ChildProcessByStdio<null, Readable, null> {
  const { uid, wrapper = [] } = options;
  const command = [...wrapper, process.execPath, join(import.meta.dirname, 'fixtures', 'hold.ts'), dataDir];
  const child = spawn(command[0] ?? '', command.slice(1), {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
    ...(uid !== undefined && { uid, gid: uid }),
  });
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
  return child;
}

/** The same, once the server runs. */
export async function holdInProcess(dataDir: string, options: HolderOptions = {}): Promise<Held> {
  const child = startHolder(dataDir, options);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const nextLine = async (): Promise<string> => {
    const next = await lines.next();
    if (next.done === true) throw new Error('the holding process ended without a word');
    return next.value;
  };
  const said: unknown = JSON.parse(await nextLine());
  const { databaseUrl, error } = isJsonObject(said) ? said : {};
  if (typeof databaseUrl !== 'string' || child.pid === undefined)
    throw new Error(typeof error === 'string' ? error : 'the holding process said something else');
  return { child, pid: child.pid, databaseUrl, nextLine };
}
