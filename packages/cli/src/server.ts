/** Finds the server for a command, or is one for as long as the command lasts. */
import { SwitchyardError } from '@switchyard/core';
import type { Config, Role } from '@switchyard/orchestrator';
import { type ApiClient, createApiClient } from './api-client.ts';
import type { Context } from './context.ts';
import { ServerUnreachable, UnexpectedAnswer } from './errors.ts';
import { readServerAddress } from './server-address.ts';
import { loadSettings, urlOf } from './settings.ts';

const LOOK_TIMEOUT_MS = 3_000;
/** How long running attempts may go on when the command that started the system has ended. */
const DRAIN_MS = 2_000;

export interface ServerFlags {
  readonly server?: string | undefined;
  readonly dataDir?: string | undefined;
}

export interface Connection {
  readonly api: ApiClient;
  /** Aborts when the command is to stop, or the system that was started for it fails. */
  readonly signal: AbortSignal;
  /** True when the system was started for this command and ends with it. */
  readonly own: boolean;
}

/**
 * Gives `work` a connection: to `--server`; else to the server that runs on the data directory; else to the one at the
 * configured address; else to a system started in this process with `roles`, which has stopped when the promise settles.
 */
export async function withServer<T>(
  context: Context,
  flags: ServerFlags,
  roles: readonly Role[],
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  // What nobody reads need not be waited for; unlike a server, which runs on.
  const signal = AbortSignal.any([context.signal, context.io.outputClosed]);
  if (flags.server !== undefined) {
    return work({ api: createApiClient({ baseUrl: flags.server }), signal, own: false });
  }
  const { config } = await loadSettings(context, { dataDir: flags.dataDir });
  const running = config.databaseUrl === undefined ? await findServerOf(config.dataDir, signal) : null;
  if (running !== null) return work({ api: createApiClient({ baseUrl: running }), signal, own: false });
  const url = urlOf(config);
  // A data directory that was named means its own system, not whatever listens on the usual port.
  const looked = flags.dataDir === undefined ? await look(url, signal) : 'nobody';
  if (looked === 'answers') return work({ api: createApiClient({ baseUrl: url }), signal, own: false });
  const place = flags.dataDir === undefined ? `at ${url}` : `runs on ${config.dataDir}`;
  const why = looked === 'stranger' ? `what answers at ${url} is no Switchyard` : `no server ${place}`;
  context.note(
    `${why}: starting one for this command, on ${config.databaseUrl === undefined ? config.dataDir : 'DATABASE_URL'}`,
  );
  return withOwnSystem(context, config, roles, (connection) =>
    work({ ...connection, signal: AbortSignal.any([signal, connection.signal]) }),
  );
}

/** The server that an `up` on this data directory says it is, if it answers. */
async function findServerOf(dataDir: string, signal: AbortSignal): Promise<string | null> {
  const url = await readServerAddress(dataDir);
  return url !== null && (await look(url, signal)) === 'answers' ? url : null;
}

async function withOwnSystem<T>(
  context: Context,
  config: Config,
  roles: readonly Role[],
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  const { startSystem } = await import('@switchyard/orchestrator');
  const own: Config = { ...config, port: 0, logLevel: 'silent' };
  const system = await startSystem({
    config: own,
    roles,
    schedules: false,
    signal: context.signal,
    env: context.io.env,
  }).catch((error: unknown) => {
    if (error instanceof SwitchyardError && error.code === 'data_directory_in_use') {
      context.note('if that is a server on another port, name it: --server http://127.0.0.1:PORT');
    }
    throw error;
  });
  const failing = new AbortController();
  void system.failed.then((error) => failing.abort(error));
  try {
    const api = createApiClient({ baseUrl: system.url ?? '' });
    return await work({ api, signal: failing.signal, own: true });
  } finally {
    await system.stop({ deadlineMs: DRAIN_MS });
  }
}

/** Who answers at the address: a server of ours, nobody, or something else. */
export async function look(url: string, signal: AbortSignal): Promise<'answers' | 'nobody' | 'stranger'> {
  try {
    await createApiClient({ baseUrl: url, timeoutMs: LOOK_TIMEOUT_MS }).health(signal);
    return 'answers';
  } catch (error) {
    if (error instanceof ServerUnreachable) return 'nobody';
    if (error instanceof UnexpectedAnswer) return 'stranger';
    throw error;
  }
}
