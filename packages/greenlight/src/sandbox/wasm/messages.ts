/** What the sandbox and its pool process say to each other. */
import { isJsonObject } from '@switchyard/core';
import type { SandboxJob, SandboxRun } from '../port.ts';
import type { BoxPoolSettings } from './box-pool.ts';

export type PoolRequest =
  | { readonly kind: 'run'; readonly id: number; readonly job: SandboxJob }
  | { readonly kind: 'cancel'; readonly id: number };

export type PoolReply =
  | { readonly kind: 'ran'; readonly id: number; readonly run: SandboxRun }
  /** The run failed for a reason of the driver's, or was cancelled: nothing of it runs any more. */
  | { readonly kind: 'failed'; readonly id: number; readonly reason: string }
  | { readonly kind: 'status'; readonly parked: number };

export function isPoolReply(message: unknown): message is PoolReply {
  if (!isJsonObject(message)) return false;
  const { kind, id, run, reason, parked } = message;
  if (kind === 'status') return typeof parked === 'number';
  if (kind === 'ran') return typeof id === 'number' && isJsonObject(run);
  return kind === 'failed' && typeof id === 'number' && typeof reason === 'string';
}

export function isPoolRequest(message: unknown): message is PoolRequest {
  if (!isJsonObject(message) || typeof message['id'] !== 'number') return false;
  return message['kind'] === 'cancel' || (message['kind'] === 'run' && isJsonObject(message['job']));
}

/** The settings that a pool process is started with, from its argument. */
export function poolSettingsIn(argument: string | undefined): BoxPoolSettings {
  const settings: unknown = JSON.parse(argument ?? '{}');
  const { parkedAtLeast, parkedAtMost, idleMs } = isJsonObject(settings) ? settings : {};
  if (typeof parkedAtLeast !== 'number' || typeof parkedAtMost !== 'number' || typeof idleMs !== 'number') {
    throw new TypeError('a pool process is started with the settings of its boxes');
  }
  return { parkedAtLeast, parkedAtMost, idleMs };
}
