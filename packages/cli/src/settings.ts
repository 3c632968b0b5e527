import type { ConfigFlags, LoadedConfig } from '@switchyard/orchestrator/config';
import type { Context } from './context.ts';

/** The configuration as this command sees it. Loaded when a command asks, so that `--help` waits for nothing. */
export async function loadSettings({ io }: Context, flags: ConfigFlags = {}): Promise<LoadedConfig> {
  const { loadConfig } = await import('@switchyard/orchestrator/config');
  return loadConfig({ flags, env: io.env, cwd: io.cwd });
}

/** The address of a server with this configuration. */
export function urlOf({ host, port }: { readonly host: string; readonly port: number }): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
