/** Which system a process that is only a part of one belongs to. Shared by `api` and `worker`. */
import type { Config } from '@switchyard/orchestrator';
import type { Context } from '../context.ts';
import { NoSystemToWorkFor } from '../errors.ts';

export interface DatabaseFlags {
  readonly dataDir?: string;
  readonly databaseUrl?: string;
  readonly logLevel?: string;
}

/** The configured database, else that of the `up` which runs on the data directory. */
export async function withDatabase(config: Config, context: Context): Promise<Config> {
  if (config.databaseUrl !== undefined) return config;
  const { readEmbeddedConnection } = await import('@switchyard/orchestrator');
  const running = await readEmbeddedConnection(config.dataDir);
  if (running === null) throw new NoSystemToWorkFor(config.dataDir);
  context.note(`working for process ${running.holder.pid ?? '(unknown)'} on ${config.dataDir}`);
  return { ...config, databaseUrl: running.databaseUrl };
}
