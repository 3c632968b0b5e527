/** Many submissions as one: all are taken or none, in one transaction of their own. */
import { randomUUID } from 'node:crypto';
import type { BatchContract, FieldError } from '../contract/index.ts';
import type { Store } from '../ports/store.ts';
import { RequestInvalid } from './errors.ts';
import { claimsOf, withKey } from './idempotency.ts';
import { inTurns } from './in-turns.ts';
import { prepareTask, requestFaults, screenRequest } from './prepare-task.ts';
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
  const { store, arms, signals, metrics, newId = randomUUID } = dependencies;
  const keysInFlight = new Set<string>();
  const preparing = { ...dependencies, newId };

  return async (requests, context) => {
    const faults = requests.flatMap((request, index) => placed(faultsOf(request, arms), index));
    if (faults.length > 0) throw new RequestInvalid(faults.slice(0, ERRORS_LIMIT));
    const screened = await inTurns(requests, (request) => screenRequest(request, context, preparing));
    await refuseBlocked(screened, (index) => `/${index}`, store);
    const claims = claimsOf(requests, requests.length, context.idempotencyKey);
    const tasks = screened.flatMap((screen, index) => {
      const request = requests[index];
      if (request === undefined) return [];
      return [{ ...prepareTask(request, screen, context, preparing).task, idempotency: claims[index] ?? null }];
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
