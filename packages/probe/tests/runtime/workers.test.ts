import { describe } from 'vitest';
import { createNodeRuntime, createPythonRuntime } from '../../src/index.ts';
import { withoutPython } from '../worker-process/with-python.ts';
import { runtimeConformance } from './conformance.ts';

/** Waits between calls are as short as those of the test in process. */
function quick(env: Readonly<Record<string, string>>): Record<string, string | undefined> {
  return { PATH: process.env['PATH'], PROBE_RETRY_DELAY_MS: '20', ...env };
}

runtimeConformance({ name: 'a Node process', open: (env) => createNodeRuntime({ env: quick(env), size: 1 }) });

describe.skipIf(withoutPython)('Python', () => {
  runtimeConformance({ name: 'a Python process', open: (env) => createPythonRuntime({ env: quick(env), size: 1 }) });
});
