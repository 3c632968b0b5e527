/** From a validated request to what is stored: its arm is known, its input fits, every text of it was screened. */
import { childContext, newTraceContext, type TraceContext } from '@switchyard/core';
import type { FieldError, JsonValue, TaskContract } from '../contract/index.ts';
import { policyFor } from '../domain/screening.ts';
import { unstorablePlaces } from '../domain/storable.ts';
import type { TaskSpec } from '../domain/task.ts';
import type { ArmContract } from '../ports/arm.ts';
import { ScreenUnavailable } from '../ports/errors.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { RedactionKeys } from '../ports/redactions.ts';
import type { Screen, Screened } from '../ports/screen.ts';
import type { NewTask, ScreenRecord } from '../ports/store.ts';

export const DEFAULT_ARM = 'generalist';

export interface PrepareDependencies {
  readonly screen: Screen;
  readonly arms: ReadonlyMap<string, ArmContract>;
  readonly metrics: Metrics;
  /** What values are sealed with that a policy takes out. Default: none, where no policy does. */
  readonly redactionKeys?: RedactionKeys | null;
  readonly newId: () => string;
}

/** Who asks: what the audit log and the trace keep of it. */
export interface Requester {
  readonly requestId: string;
  /** The caller's span; the task's trace goes on from it. */
  readonly parent?: TraceContext | null;
  readonly signal?: AbortSignal;
}

/** What is wrong with a request that its schema cannot tell; empty when it can be taken. */
export function requestFaults(
  request: TaskContract,
  arms: ReadonlyMap<string, ArmContract>,
  withInput = true,
): FieldError[] {
  const unstorable = unstorablePlaces(textsOf(request));
  if (unstorable.length > 0) return unstorable;
  const name = armNameOf(request);
  const arm = arms.get(name);
  if (arm === undefined) {
    const known = [...arms.keys()].sort().join(', ');
    return [{ pointer: '/assigned_arm', detail: `there is no arm "${name}"; it may be one of: ${known}` }];
  }
  if (!withInput) return [];
  return arm
    .checkInput(request.input ?? null)
    .map((error) => ({ pointer: `/input${error.pointer}`, detail: error.detail }));
}

export function armNameOf(request: TaskContract): string {
  return request.assigned_arm ?? DEFAULT_ARM;
}

/**
 * The screen's word on a request without faults. What it blocked must not be stored; its audit row must.
 *
 * @throws ScreenUnavailable
 */
export async function screenRequest(
  request: TaskContract,
  { requestId, signal }: Requester,
  { screen, arms, metrics }: Omit<PrepareDependencies, 'newId'>,
): Promise<ScreenedRequest> {
  const arm = armNameOf(request);
  let screened: Screened;
  try {
    screened = await screen.screen(textsOf(request), policyFor(arms.get(arm) ?? { screening: 'enforce' }), signal);
  } catch (error) {
    if (error instanceof ScreenUnavailable) metrics.screened('Error');
    throw error;
  }
  const status = screened.blocked ? 'Blocked' : 'Success';
  metrics.screened(status);
  const record = { taskId: null, arm, status, findings: screened.findings, requestId } as const;
  return { record, redact: screened.redact };
}

/** What the screen said of a request: what is kept of it, and the values that are taken out before it is. */
export interface ScreenedRequest {
  readonly record: ScreenRecord;
  readonly redact: Screened['redact'];
}

export interface PreparedTask {
  readonly task: Omit<NewTask, 'idempotency'>;
  readonly trace: TraceContext;
}

export function prepareTask(
  request: TaskContract,
  screen: ScreenRecord,
  { parent, trace: given, taskId }: Requester & { readonly trace?: TraceContext; readonly taskId?: string | undefined },
  { newId }: Pick<PrepareDependencies, 'newId'>,
): PreparedTask {
  const trace = given ?? (parent ? childContext(parent) : newTraceContext());
  return { task: { spec: specOf(request, taskId ?? newId(), trace), screen }, trace };
}

/** Every part of a submission that holds text of the submitter. */
export function textsOf(request: TaskContract): JsonValue {
  const { aggregate } = request;
  const pointer = aggregate.by === 'best' ? aggregate.score : aggregate.by === 'vote' ? aggregate.on : '';
  return {
    ...(pointer === '' ? {} : { aggregate: { ...aggregate } }),
    goal: request.goal,
    constraints: request.constraints,
    context: request.context ?? null,
    acceptance_criteria: request.acceptance_criteria,
    input: request.input ?? null,
    metadata: request.metadata,
  };
}

function specOf(request: TaskContract, id: string, trace: TraceContext): TaskSpec {
  return {
    id,
    goal: request.goal,
    constraints: request.constraints,
    context: request.context ?? null,
    acceptanceCriteria: request.acceptance_criteria,
    budget: request.budget,
    priority: request.priority,
    parentTaskId: request.parent_task_id ?? null,
    arm: armNameOf(request),
    input: request.input ?? null,
    metadata: request.metadata,
    maxAttempts: request.max_attempts,
    traceId: trace.traceId,
    spanId: trace.spanId,
    startAfter: typeof request.start_after === 'string' ? new Date(request.start_after) : null,
  };
}
