/** What a worker may know of our environment: what programs need, how it is configured, and the one key that its model needs. */
import { BASE_VARIABLES, type ProcessEnvironment } from '@switchyard/core';
import type { Provider } from '../providers/provider-table.ts';
import { WorkerSettingInvalid } from './errors.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export const DEFAULT_TIME_LIMIT_MS = 300_000;
/** A timer over this fires at once. */
const LONGEST_TIME_LIMIT_MS = 2_147_483_647;

/** Certificates of an own authority, and settings of the workers; none of it is secret. */
const WORKER_VARIABLES = [
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'NODE_EXTRA_CA_CERTS',
  'TIKTOKEN_CACHE_DIR',
  'PYTHON_WORKER_DEBUG',
  'PROBE_RETRY_DELAY_MS',
];

export interface WorkerEnvironment {
  readonly environment: ProcessEnvironment;
  /** Values of it that nobody may see. */
  readonly secrets: readonly string[];
}

/** @param provider whose key and address it gets; null: none */
export function workerEnvironment(provider: Provider | null, env: Environment, timeLimitMs: number): WorkerEnvironment {
  const own = provider === null ? [] : [provider.keyVariable, provider.baseUrlVariable];
  const key = provider === null ? '' : (env[provider.keyVariable] ?? '');
  return {
    environment: {
      source: env,
      allow: [...BASE_VARIABLES, ...WORKER_VARIABLES, ...own],
      set: { PYTHON_WORKER_TIMEOUT: String(timeLimitMs) },
    },
    secrets: [key, key.trim()],
  };
}

/**
 * `PYTHON_WORKER_TIMEOUT`, milliseconds for one job of a worker in any language. Default 300,000.
 *
 * @throws WorkerSettingInvalid
 */
export function timeLimitOf(env: Environment): number {
  const text = env['PYTHON_WORKER_TIMEOUT'] ?? '';
  if (text === '') return DEFAULT_TIME_LIMIT_MS;
  const limit = /^\d{1,10}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= LONGEST_TIME_LIMIT_MS) return limit;
  throw new WorkerSettingInvalid('PYTHON_WORKER_TIMEOUT', text, `milliseconds from 1 to ${LONGEST_TIME_LIMIT_MS}`);
}
