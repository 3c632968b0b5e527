import { readFile } from 'node:fs/promises';
import type { BoxBlueprint } from './box-thread.ts';
import { compileEngine } from './javascript/engine.ts';
import { takePythonSnapshot } from './python/take-snapshot.ts';
import { loadWorkerSources } from './worker-launch.ts';

/** Reads, compiles and starts what boxes are made of. */
export async function loadBlueprint(): Promise<BoxBlueprint> {
  const sources = await loadWorkerSources();
  const [python, javascript, javascriptHarness, nodeModules] = await Promise.all([
    takePythonSnapshot(sources),
    compileEngine(),
    readFile(new URL('../harness/harness.js', import.meta.url), 'utf8'),
    readFile(new URL('../harness/node-modules.js', import.meta.url), 'utf8'),
  ]);
  return { sources, python, javascript, javascriptHarness, nodeModules };
}
