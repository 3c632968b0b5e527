/**
 * A Python that can run our workers: its version, its packages and our tables are checked by `workers/health_check.py`, run by
 * the very Python that is asked about.
 *
 * Looked at in this order: `PYTHON_WORKER_COMMAND` (and then nothing else), the active virtual environment, the system's own
 * Python, whatever `python3` is on the PATH. The system's goes before the PATH because a version manager's shim there takes many
 * times as long to start.
 */
import { join } from 'node:path';
import { messageOf, runProcess } from '@switchyard/core';
import { z } from 'zod';
import { PROVIDERS } from '../providers/provider-table.ts';
import { workerErrorSchema } from '../worker-contract/output.ts';
import { type Environment, workerEnvironment } from './environment.ts';
import { PythonUnusable } from './errors.ts';
import { checkedAnswer, readAnswer } from './worker-answer.ts';

/** Milliseconds: a Python that needs longer to say what it is, on a machine under load, is of no use. */
const CHECK_LIMIT_MS = 20_000;
const HEALTH_CHECK = join(import.meta.dirname, '..', '..', 'workers', 'health_check.py');
const SYSTEM_PYTHONS: { readonly [platform: string]: readonly string[] } = {
  linux: ['/usr/bin/python3', '/usr/local/bin/python3'],
  darwin: ['/opt/homebrew/bin/python3', '/usr/local/bin/python3', '/usr/bin/python3'],
};

const healthSchema = z.discriminatedUnion('success', [
  z.object({
    success: z.literal(true),
    health: z.object({
      /** Its version, as `3.12.1`. */
      python: z.string(),
      executable: z.string(),
      /** Whether optional packages are installed. */
      packages: z.record(z.string(), z.boolean()),
      /** Whether each provider's variable holds a key. */
      keys: z.record(z.string(), z.boolean()),
      warnings: z.array(z.string()),
      /** What it can do without. */
      notes: z.array(z.string()),
    }),
  }),
  z.object({ success: z.literal(false), error: workerErrorSchema }),
]);

/** What the health check found. */
export type PythonHealth = Extract<z.output<typeof healthSchema>, { success: true }>['health'];

export interface FindPythonOptions {
  /** PATH, PYTHON_WORKER_COMMAND, VIRTUAL_ENV, and which keys there are. Default: none. */
  readonly env?: Environment | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Default `process.platform`. */
  readonly platform?: string | undefined;
}

/** @throws PythonUnusable when there is none; the signal's reason */
export async function findPython({
  env = {},
  signal,
  platform = process.platform,
}: FindPythonOptions = {}): Promise<PythonHealth> {
  const tried: string[] = [];
  for (const candidate of candidates(env, platform)) {
    try {
      return await checkPython(candidate, env, signal);
    } catch (error) {
      signal?.throwIfAborted();
      tried.push(`${candidate}: ${messageOf(error)}`);
    }
  }
  throw new PythonUnusable(tried);
}

function candidates(env: Environment, platform: string): readonly string[] {
  const configured = env['PYTHON_WORKER_COMMAND'] ?? '';
  if (configured !== '') return [configured];
  const virtual = env['VIRTUAL_ENV'] ?? '';
  return [...(virtual === '' ? [] : [join(virtual, 'bin', 'python3')]), ...(SYSTEM_PYTHONS[platform] ?? []), 'python3'];
}

async function checkPython(
  executable: string,
  env: Environment,
  signal: AbortSignal | undefined,
): Promise<PythonHealth> {
  const keys = PROVIDERS.flatMap(({ keyVariable }) => ((env[keyVariable] ?? '').trim() === '' ? [] : [keyVariable]));
  const result = await runProcess(executable, [HEALTH_CHECK], {
    // It is told which keys there are; it needs none of them.
    ...workerEnvironment(null, env, CHECK_LIMIT_MS),
    timeLimitMs: CHECK_LIMIT_MS,
    signal,
    stdin: JSON.stringify({ keys }),
  });
  const answer = checkedAnswer(executable, readAnswer(executable, result, false), healthSchema);
  if (!answer.success) throw new Error(answer.error.message);
  return { ...answer.health, executable };
}
