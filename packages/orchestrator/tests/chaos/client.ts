/** A client that does what a careful one does: one idempotency key a call, asked again until it is answered. */
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { isJsonObject } from '@switchyard/core';
import type { PlannedCall, PlannedTask } from './plan.ts';

const CLIENTS = 32;
const ANSWER_WITHIN_MS = 15_000;
const AGAIN_MS = 150;

export interface Submitted {
  /** Ids of all acknowledged tasks. */
  readonly acknowledged: readonly string[];
  /** Calls that had to be made again. */
  readonly repeated: number;
  /** Answers that said "not now". */
  readonly refused: number;
}

export interface ClientOptions {
  readonly calls: readonly PlannedCall[];
  /** Names the run in the keys. */
  readonly seed: number;
  readonly urls: readonly string[];
  readonly signal: AbortSignal;
}

export async function submitAll({ calls, seed, urls, signal }: ClientOptions): Promise<Submitted> {
  const startedAt = performance.now();
  const acknowledged: string[] = [];
  let next = 0;
  let repeated = 0;
  let refused = 0;

  /** @returns the answer once there is one that says more than "not now" */
  const insist = async (
    path: string,
    body: object,
    key: string,
    dice: number,
  ): Promise<{ status: number; body: unknown }> => {
    for (let attempt = 0; ; attempt += 1) {
      signal.throwIfAborted();
      const url = urls[(dice + attempt) % urls.length];
      const answer = await post(`${url}${path}`, body, key, signal);
      // 409 on a submission: an earlier try with this key is still under way.
      const isAnswer =
        answer !== null && answer.status !== 503 && !(answer.status === 409 && path.startsWith('/submit'));
      if (isAnswer) return answer;
      if (answer !== null) refused += 1;
      repeated += 1;
      await delay(AGAIN_MS, undefined, { signal });
    }
  };

  const client = async (): Promise<void> => {
    while (next < calls.length) {
      const index = next;
      next += 1;
      const call = calls[index];
      if (call === undefined) return;
      const waitMs = startedAt + call.atMs - performance.now();
      if (waitMs > 0) await delay(waitMs, undefined, { signal });
      const requests = call.tasks.map(requestOf);
      const [only] = requests;
      const single = requests.length === 1 && only !== undefined;
      const key = createHash('sha256').update(`${seed} ${index}`).digest('hex');
      const answer = single
        ? await insist('/submit', only, key, index)
        : await insist('/submit/batch', requests, key, index);
      const ids = idsOf(answer.body);
      if (answer.status !== 202 || ids.length !== requests.length)
        throw new Error(`a submission was answered ${answer.status}: ${JSON.stringify(answer.body)}`);
      acknowledged.push(...ids);
      for (const [position, { cancelled }] of call.tasks.entries()) {
        if (cancelled) await insist(`/tasks/${ids[position]}/cancel`, {}, `${key}-${position}`, index);
      }
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  return { acknowledged, repeated, refused };
}

function requestOf({ ms, failsFirst, byProgram }: PlannedTask): object {
  return {
    goal: 'Leave one trace.',
    assigned_arm: byProgram ? 'effect-program' : 'effect',
    input: { ms, fails_first: failsFirst },
  };
}

/** @returns null when there was no answer */
async function post(
  url: string,
  body: object,
  key: string,
  signal: AbortSignal,
): Promise<{ status: number; body: unknown } | null> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify(body),
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]),
    });
    const answer: unknown = await response.json();
    return { status: response.status, body: answer };
  } catch {
    return null;
  }
}

function idsOf(body: unknown): string[] {
  if (!isJsonObject(body)) return [];
  const items: unknown[] = Array.isArray(body['data']) ? body['data'] : [body];
  return items.flatMap((item) => (isJsonObject(item) && typeof item['task_id'] === 'string' ? [item['task_id']] : []));
}
