import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '@switchyard/core';
import type { Config } from '@switchyard/orchestrator';
import { createApiClient } from '../api-client.ts';
import type { Context } from '../context.ts';
import { type Check, failed, ok } from './check.ts';

/** Starts a system on an embedded PostgreSQL as `up` would, in a temporary directory, asks it and stops it again. */
export async function checkTrialStart(config: Config, { signal, io }: Context): Promise<Check> {
  const name = 'database';
  const { startSystem } = await import('@switchyard/orchestrator');
  const dataDir = await mkdtemp(join(tmpdir(), 'switchyard-doctor-'));
  const startedAt = performance.now();
  try {
    const trial: Config = { ...config, dataDir, port: 0, logLevel: 'silent' };
    const system = await startSystem({ config: trial, roles: ['api'], signal, env: io.env });
    try {
      const { checks, details } = await createApiClient({ baseUrl: system.url ?? '' }).ready(signal);
      const what = 'the embedded PostgreSQL';
      const after = `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
      if (checks.database) return ok(name, `${what} starts and answers (a trial took ${after})`);
      return failed(name, `${what} does not answer: ${details.database}`, 'see the log of `switchyard up`');
    } finally {
      await system.stop({ deadlineMs: 0 });
    }
  } catch (error) {
    signal.throwIfAborted();
    return failed(name, messageOf(error), 'mend that, or set DATABASE_URL to another PostgreSQL');
  } finally {
    await rm(dataDir, { recursive: true, force: true, maxRetries: 20 });
  }
}
