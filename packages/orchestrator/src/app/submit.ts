/**
 * Submission: validated request in, durable task out.
 *
 * Nothing is stored before it was screened, and nothing is acknowledged before it is on disk. Submissions that arrive
 * together share a transaction (group commit).
 */
import { createHash, randomUUID } from 'node:crypto';
import { childContext, type Json, newTraceContext, type TraceContext } from '@switchyard/core';
import type { FieldError, JsonValue, TaskContract } from '../contract/index.ts';
import { unstorablePlaces } from '../domain/storable.ts';
import type { TaskSpec } from '../domain/task.ts';
import type { ArmContract } from '../ports/arm.ts';
import { ScreenUnavailable } from '../ports/errors.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { Screen, Screened } from '../ports/screen.ts';
import type { Signals } from '../ports/signals.ts';
import type { IdempotencyClaim, Inserted, NewTask, Store } from '../ports/store.ts';
import { IdempotencyKeyInFlight, IdempotencyKeyReused, RequestInvalid, TaskBlocked } from './errors.ts';
import { createGroupCommit } from './group-commit.ts';

export const DEFAULT_ARM = 'generalist';

export interface SubmitContext {
  readonly requestId: string;
  readonly idempotencyKey?: string | undefined;
  /** The caller's span; the task's trace goes on from it. */
  readonly parent?: TraceContext | null;
  readonly signal?: AbortSignal;
}

export interface Accepted {
  readonly taskId: string;
  /** True when an earlier request with the same key made it. */
  readonly replayed: boolean;
  /** The task's place in its trace; null for a replay, whose task has one of its own. */
  readonly trace: TraceContext | null;
}

export interface SubmitDependencies {
  readonly store: Pick<Store, 'insert' | 'recordScreen'>;
  readonly screen: Screen;
  readonly arms: ReadonlyMap<string, ArmContract>;
  readonly signals: Signals;
  readonly metrics: Metrics;
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
  const { store, arms, signals, metrics, newId = randomUUID } = dependencies;
  const insert = createGroupCommit((tasks: readonly NewTask[]) => store.insert(tasks));
  const keysInFlight = new Set<string>();

  return async (request, context) => {
    const unstorable = unstorablePlaces(textsOf(request));
    if (unstorable.length > 0) throw new RequestInvalid(unstorable);
    const arm = chooseArm(request, arms);
    const screened = await screenRequest(request, arm, context, dependencies);
    const trace = context.parent ? childContext(context.parent) : newTraceContext();
    const task: NewTask = {
      spec: specOf(request, arm.name, newId(), trace),
      idempotency: claimOf(request, context.idempotencyKey),
      screen: recordOf(null, arm.name, screened, context.requestId),
    };
    const inserted = await withKey(keysInFlight, task.idempotency, () => insert(task));
    const accepted = acceptedOf(inserted, request, trace);
    if (!accepted.replayed) {
      metrics.taskSubmitted(request.priority);
      signals.publish([
        { topic: 'jobs', key: arm.name },
        { topic: 'task', key: accepted.taskId },
      ]);
    }
    return accepted;
  };
}

function chooseArm(request: TaskContract, arms: ReadonlyMap<string, ArmContract>): ArmContract {
  const name = request.assigned_arm ?? DEFAULT_ARM;
  const arm = arms.get(name);
  if (arm === undefined) {
    const known = [...arms.keys()].sort().join(', ');
    throw new RequestInvalid([
      { pointer: '/assigned_arm', detail: `there is no arm "${name}"; it may be one of: ${known}` },
    ]);
  }
  const errors: FieldError[] = arm
    .checkInput(request.input ?? null)
    .map((error) => ({ pointer: `/input${error.pointer}`, detail: error.detail }));
  if (errors.length > 0) throw new RequestInvalid(errors);
  return arm;
}

async function screenRequest(
  request: TaskContract,
  arm: ArmContract,
  context: SubmitContext,
  { screen, store, metrics }: SubmitDependencies,
): Promise<Screened> {
  let screened: Screened;
  try {
    screened = await screen.screen(textsOf(request), arm.screening, context.signal);
  } catch (error) {
    if (error instanceof ScreenUnavailable) metrics.screened('Error');
    throw error;
  }
  metrics.screened(screened.blocked ? 'Blocked' : 'Success');
  if (screened.blocked) {
    await store.recordScreen(recordOf(null, arm.name, screened, context.requestId));
    throw new TaskBlocked(arm.name, screened.findings);
  }
  return screened;
}

/** Every part of a submission that holds text of the submitter. */
function textsOf(request: TaskContract): JsonValue {
  return {
    goal: request.goal,
    constraints: request.constraints,
    context: request.context ?? null,
    acceptance_criteria: request.acceptance_criteria,
    input: request.input ?? null,
    metadata: request.metadata,
  };
}

function recordOf(taskId: string | null, arm: string, screened: Screened, requestId: string): NewTask['screen'] {
  return { taskId, arm, status: screened.blocked ? 'Blocked' : 'Success', findings: screened.findings, requestId };
}

function specOf(request: TaskContract, arm: string, id: string, trace: TraceContext): TaskSpec {
  return {
    id,
    goal: request.goal,
    constraints: request.constraints,
    context: request.context ?? null,
    acceptanceCriteria: request.acceptance_criteria,
    budget: request.budget,
    priority: request.priority,
    parentTaskId: request.parent_task_id ?? null,
    arm,
    input: request.input ?? null,
    metadata: request.metadata,
    maxAttempts: request.max_attempts,
    traceId: trace.traceId,
    spanId: trace.spanId,
    startAfter: typeof request.start_after === 'string' ? new Date(request.start_after) : null,
  };
}

function claimOf(request: TaskContract, key: string | undefined): IdempotencyClaim | null {
  // The key is text of the submitter that no screen saw: only its digest is kept.
  return key === undefined ? null : { key: sha256(key), digest: sha256(canonical(request)) };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** JSON with sorted keys, so that the same request written in another order has the same digest. */
function canonical(value: Json | undefined | object): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

/** One key may be in flight once in this process; between processes the table's unique key decides. */
async function withKey<T>(inFlight: Set<string>, claim: IdempotencyClaim | null, run: () => Promise<T>): Promise<T> {
  if (claim === null) return run();
  if (inFlight.has(claim.key)) throw new IdempotencyKeyInFlight();
  inFlight.add(claim.key);
  try {
    return await run();
  } finally {
    inFlight.delete(claim.key);
  }
}

function acceptedOf(inserted: Inserted, request: TaskContract, trace: TraceContext): Accepted {
  switch (inserted.kind) {
    case 'created':
      return { taskId: inserted.taskId, replayed: false, trace };
    case 'replayed':
      return { taskId: inserted.taskId, replayed: true, trace: null };
    case 'key-reused':
      throw new IdempotencyKeyReused();
    case 'unknown-parent':
      throw new RequestInvalid([
        { pointer: '/parent_task_id', detail: `there is no task "${request.parent_task_id ?? ''}" to be its parent` },
      ]);
  }
}
