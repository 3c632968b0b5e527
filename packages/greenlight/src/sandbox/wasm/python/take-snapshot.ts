import { once } from 'node:events';
import { isPythonSnapshot } from '../box-data.ts';
import { BOX_LIMITS } from '../limits.ts';
import { launchWorker, type WorkerSources } from '../worker-launch.ts';
import { compilePythonImage, loadPythonHarness } from './image.ts';
import type { PythonSnapshot } from './snapshot.ts';

/**
 * Compiles CPython and starts it once, in a thread of its own.
 *
 * @throws Error when it does not start.
 */
export async function takePythonSnapshot(sources: WorkerSources): Promise<PythonSnapshot> {
  const [image, harness] = await Promise.all([compilePythonImage(), loadPythonHarness()]);
  const entry = new URL('./boot-worker.ts', import.meta.url);
  const worker = launchWorker(sources, entry, { ...image, harness }, { resourceLimits: BOX_LIMITS, name: 'snapshot' });
  try {
    const said: readonly unknown[] = await once(worker, 'message');
    const [snapshot] = said;
    if (!isPythonSnapshot(snapshot)) throw new Error('CPython gave no snapshot');
    return snapshot;
  } finally {
    await worker.terminate();
  }
}
