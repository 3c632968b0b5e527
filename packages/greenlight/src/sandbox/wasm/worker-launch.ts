/**
 * Starts workers from TypeScript sources without each of them loading the type stripper (27 ms and 3 MB of code a
 * worker): the sources are stripped once, here, and a hook in the worker answers its imports of them.
 */
import { readdir, readFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { Worker, type WorkerOptions } from 'node:worker_threads';

/** Folders whose sources a box may load, relative to this file. */
const FOLDERS = ['../harness/', './', './python/', './javascript/', './bash/', './sql/'] as const;

/** Runs in the worker before anything else. Sources that were stripped come with the worker's data. */
const BOOTSTRAP = `
import { registerHooks } from 'node:module';
import { workerData } from 'node:worker_threads';
const { entry, sources } = workerData;
registerHooks({
  load(url, context, next) {
    const source = sources.get(url);
    return source === undefined ? next(url, context) : { format: 'module', source, shortCircuit: true };
  },
});
await import(entry);
`;

export interface WorkerSources {
  readonly stripped: ReadonlyMap<string, string>;
}

/** Reads and strips the sources of the boxes; of a build that is JavaScript already, none. */
export async function loadWorkerSources(): Promise<WorkerSources> {
  const stripped = new Map<string, string>();
  for (const folder of FOLDERS) {
    const url = new URL(folder, import.meta.url);
    for (const name of await readdir(url)) {
      if (!name.endsWith('.ts') || name.endsWith('.d.ts')) continue;
      const file = new URL(name, url);
      stripped.set(file.href, stripTypeScriptTypes(await readFile(file, 'utf8')));
    }
  }
  return { stripped };
}

/** Starts a worker at a source file, with nothing of this process's environment or arguments. */
export function launchWorker(sources: WorkerSources, entry: URL, data: object, options: WorkerOptions): Worker {
  const bootstrap = new URL(`data:text/javascript,${encodeURIComponent(BOOTSTRAP)}`);
  return new Worker(bootstrap, {
    ...options,
    workerData: { ...data, entry: entry.href, sources: sources.stripped },
    env: {},
    argv: [],
    execArgv: [],
    stdout: true,
    stderr: true,
  });
}
