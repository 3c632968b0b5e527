/** A real system on an embedded PostgreSQL in a folder of its own, for a benchmark to use and leave nothing of. */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Config, loadConfig, type Role, type System, startSystem } from '@switchyard/orchestrator';

export interface BenchSystem extends AsyncDisposable {
  readonly system: System;
  readonly url: string;
  readonly config: Config;
}

/** @param settings of its configuration file */
export async function openBenchSystem(
  roles: readonly Role[],
  arms: readonly string[] = [],
  settings: object = {},
): Promise<BenchSystem> {
  const folder = await mkdtemp(join(tmpdir(), 'switchyard-bench-'));
  // As root the database runs as another user, who has to pass through.
  await chmod(folder, 0o711);
  const env = { SWITCHYARD_DATA_DIR: join(folder, 'data'), PORT: '0', LOG_LEVEL: 'error' };
  await writeFile(join(folder, 'switchyard.config.json'), JSON.stringify(settings));
  const { config } = loadConfig({ env, cwd: folder });
  const system = await startSystem({ config, roles, arms, env: process.env });
  return {
    system,
    url: system.url ?? '',
    config,
    [Symbol.asyncDispose]: async () => {
      await system.stop({ deadlineMs: 1_000 });
      await rm(folder, { recursive: true, force: true, maxRetries: 20 });
    },
  };
}

export async function postJson(url: string, body: unknown): Promise<Response> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return response;
}
