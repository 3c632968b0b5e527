/** Many submissions as one: all are taken or none, in one transaction of their own. */
import { randomUUID } from 'node:crypto';
import type { BatchContract, FieldError } from '../contract/index.ts';
import type { Store } from '../ports/store.ts';
import { RequestInvalid } from './errors.ts';
import { claimsOf, withKey } from './idempotency.ts';
import { inTurns } from './in-turns.ts';
import { prepareTask, requestFaults, screenRequest } from './prepare-task.ts';
import { placeholderFaults, redactTogether, sealed } from './redact-requests.ts';
import { refuseBlocked } from './refuse-blocked.ts';
import { acceptedOf, type SubmitContext, type SubmitDependencies } from './submit.ts';

/** A reader mends the first ones first. */
const ERRORS_LIMIT = 20;

export interface BatchAccepted {
  /** In the order of the request. */
  readonly taskIds: readonly string[];
  readonly replayed: boolean;
  readonly keyExpiresAt: Date | null;
}

export type SubmitBatch = (requests: BatchContract, context: SubmitContext) => Promise<BatchAccepted>;

export interface SubmitBatchDependencies extends Omit<SubmitDependencies, 'store'> {
  readonly store: Pick<Store, 'insertTogether' | 'recordScreen'>;
}

/** Throws what a single submission does; pointers begin with the place of the task, as `/3/goal`. */
export function createSubmitBatch(dependencies: SubmitBatchDependencies): SubmitBatch {
  const { store, arms, signals, metrics, redactionKeys, newId = randomUUID } = dependencies;
  const keysInFlight = new Set<string>();
  const preparing = { ...dependencies, newId };

  return async (requests, context) => {
    const faults = requests.flatMap((request, index) => placed(faultsOf(request, arms), index));
    if (faults.length > 0) throw new RequestInvalid(faults.slice(0, ERRORS_LIMIT));
    const screened = await inTurns(requests, (request) => screenRequest(request, context, preparing));
    await refuseBlocked(screened, (index) => `/${index}`, store);
    // Each task is one by itself, with placeholders of its own.
    const redacted = screened.flatMap((one, index) => {
      const request = requests[index];
      return request === undefined ? [] : redactTogether([{ request, screened: one }], arms);
    });
    const misfits = redacted.flatMap((one, index) => placed(placeholderFaults(one, arms), index));
    if (misfits.length > 0) throw new RequestInvalid(misfits.slice(0, ERRORS_LIMIT));
    const redacts = redacted.some(({ redactions }) => redactions.length > 0);
    const claims = claimsOf(requests, requests.length, context.idempotencyKey, { keys: redactionKeys, redacts });
    const tasks = screened.flatMap(({ record }, index) => {
      const one = redacted[index];
      if (one === undefined) return [];
      const { task } = prepareTask(one.request, record, context, preparing);
      return [{ ...task, ...sealed(task.spec.id, one.redactions, redactionKeys), idempotency: claims[index] ?? null }];
    });
    const inserted = await withKey(keysInFlight, claims[0] ?? null, () => store.insertTogether(tasks));
    const accepted = requests.flatMap((request, index) => {
      const one = inserted[index];
      return one === undefined ? [] : [acceptedOf(one, request, `/${index}`)];
    });
    const created = tasks.filter((_, index) => accepted[index]?.replayed === false);
    for (const { spec } of created) metrics.taskSubmitted(spec.priority);
    signals.publish([...new Set(created.map(({ spec }) => spec.arm))].map((key) => ({ topic: 'jobs', key })));
    return {
      taskIds: accepted.map(({ taskId }) => taskId),
      replayed: created.length === 0,
      keyExpiresAt: accepted[0]?.keyExpiresAt ?? null,
    };
  };
}

function faultsOf(request: BatchContract[number], arms: SubmitDependencies['arms']): FieldError[] {
  if (request.subtasks === undefined) return requestFaults(request, arms);
  return [{ pointer: '/subtasks', detail: 'must be left out in a batch; a task with subtasks goes to POST /submit' }];
}

function placed(errors: readonly FieldError[], index: number): FieldError[] {
  return errors.map(({ pointer, detail }) => ({ pointer: `/${index}${pointer}`, detail }));
}
