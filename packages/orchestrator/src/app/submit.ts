/**
 * Submission: validated request in, durable task out.
 *
 * Nothing is stored before it was screened, and nothing is acknowledged before it is on disk. Submissions that arrive
 * together share a transaction (group commit).
 */
import { randomUUID } from 'node:crypto';
import type { TraceContext } from '@switchyard/core';
import type { TaskContract } from '../contract/index.ts';
import type { Signals } from '../ports/signals.ts';
import type { Inserted, NewTask, Store } from '../ports/store.ts';
import { IdempotencyKeyInFlight, IdempotencyKeyReused, RequestInvalid } from './errors.ts';
import { createGroupCommit } from './group-commit.ts';
import { claimOf, withKey } from './idempotency.ts';
import { type PrepareDependencies, prepareTask, type Requester, requestFaults, screenRequest } from './prepare-task.ts';
import { placeholderFaults, redactTogether, sealed } from './redact-requests.ts';
import { refuseBlocked } from './refuse-blocked.ts';

export interface SubmitContext extends Requester {
  readonly idempotencyKey?: string | undefined;
  /** Of the task, of the root where it has subtasks. Default: a new one. */
  readonly taskId?: string | undefined;
}

export interface Accepted {
  readonly taskId: string;
  /** True when an earlier request with the same key made it. */
  readonly replayed: boolean;
  /** Until when the key answers with this task; null without a key. */
  readonly keyExpiresAt: Date | null;
  /** The task's place in its trace; null for a replay, whose task has one of its own. */
  readonly trace: TraceContext | null;
}

export interface SubmitDependencies extends Omit<PrepareDependencies, 'newId'> {
  readonly store: Pick<Store, 'insert' | 'recordScreen'>;
  readonly signals: Signals;
  readonly newId?: () => string;
}

export type Submit = (request: TaskContract, context: SubmitContext) => Promise<Accepted>;

/**
 * @throws RequestInvalid when a text cannot be stored, the arm is unknown, its input wrong or the parent not there
 * @throws TaskBlocked when the arm's screening policy refuses the texts
 * @throws ScreenUnavailable, DatabaseUnavailable: nothing was stored; trying again may help
 * @throws IdempotencyKeyReused, IdempotencyKeyInFlight
 */
export function createSubmit(dependencies: SubmitDependencies): Submit {
  const { store, arms, signals, metrics, redactionKeys, newId = randomUUID } = dependencies;
  const insert = createGroupCommit((tasks: readonly NewTask[]) => store.insert(tasks));
  const keysInFlight = new Set<string>();
  const preparing = { ...dependencies, newId };

  return async (request, context) => {
    const faults = requestFaults(request, arms);
    if (faults.length > 0) throw new RequestInvalid(faults);
    const screened = await screenRequest(request, context, preparing);
    await refuseBlocked([screened], () => '', store);
    const redacted = redactTogether([{ request, screened }], arms)[0] ?? { request, redactions: [] };
    const misfits = placeholderFaults(redacted, arms);
    if (misfits.length > 0) throw new RequestInvalid(misfits);
    const { task, trace } = prepareTask(redacted.request, screened.record, context, preparing);
    const seal = sealed(task.spec.id, redacted.redactions, redactionKeys);
    const idempotency = claimOf(request, context.idempotencyKey, {
      keys: redactionKeys,
      redacts: 'redactions' in seal,
    });
    const inserted = await withKey(keysInFlight, idempotency, () => insert({ ...task, ...seal, idempotency }));
    const accepted = { ...acceptedOf(inserted, request), trace };
    if (accepted.replayed) return { ...accepted, trace: null };
    metrics.taskSubmitted(request.priority);
    signals.publish([
      { topic: 'jobs', key: task.spec.arm },
      { topic: 'task', key: accepted.taskId },
    ]);
    return accepted;
  };
}

/** @param at JSON Pointer to the request in the body */
export function acceptedOf(inserted: Inserted, request: TaskContract, at = ''): Omit<Accepted, 'trace'> {
  switch (inserted.kind) {
    case 'created':
    case 'replayed':
      return {
        taskId: inserted.taskId,
        replayed: inserted.kind === 'replayed',
        keyExpiresAt: inserted.keyExpiresAt ?? null,
      };
    case 'key-reused':
      throw new IdempotencyKeyReused();
    case 'key-in-flight':
      throw new IdempotencyKeyInFlight();
    case 'unknown-parent':
      throw new RequestInvalid([
        {
          pointer: `${at}/parent_task_id`,
          detail: `there is no task "${request.parent_task_id ?? ''}" to be its parent`,
        },
      ]);
  }
}
