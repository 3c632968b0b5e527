import { messageOf } from '@switchyard/core';
import { findPython } from '../../src/index.ts';

/** The Python of this machine that can run the workers; null where there is none. */
export const python: string | null = await findPython({ env: process.env }).then(
  ({ executable }) => executable,
  (error: unknown) => {
    process.stderr.write(`the tests of Python workers are skipped: ${messageOf(error)}\n`);
    return null;
  },
);

export const withoutPython = python === null;

/** The command of a worker of the fixtures that misbehaves as `mode` says. */
export function oddWorker(mode: string): [string, ...string[]] {
  return [python ?? 'python3', `${import.meta.dirname}/fixtures/odd_worker.py`, mode];
}

export const INPUT = {
  runId: 'run',
  scenarioId: 'scenario',
  modelId: 'gpt-4o',
  scenario: { preamble: '', prompt: 'What is in the box?', followups: [] },
  config: { maxTokens: 100, maxTurns: 3 },
};

/** True once no process has the id. */
export function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}
