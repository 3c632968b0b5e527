/** A task with subtasks: the whole tree is taken or nothing of it, in one transaction of its own. */
import { randomUUID } from 'node:crypto';
import { childContext, newTraceContext, type TraceContext } from '@switchyard/core';
import type { TaskContract } from '../contract/index.ts';
import type { Redaction } from '../domain/redaction.ts';
import type { NewTask, Store } from '../ports/store.ts';
import { checkNodes, ERRORS_LIMIT, pointed } from './check-submission.ts';
import { RequestInvalid } from './errors.ts';
import { claimsOf, withKey } from './idempotency.ts';
import { type PrepareDependencies, prepareTask, type ScreenedRequest } from './prepare-task.ts';
import { placeholderFaults, redactTogether, sealed } from './redact-requests.ts';
import { type Accepted, acceptedOf, type SubmitContext, type SubmitDependencies } from './submit.ts';
import { layFlat, type TreeNode } from './tree-request.ts';

export interface SubmitTreeDependencies extends Omit<SubmitDependencies, 'store'> {
  readonly store: Pick<Store, 'insertTogether' | 'recordScreen'>;
}

export type SubmitTree = (request: TaskContract, context: SubmitContext) => Promise<Accepted>;

/** Throws what a submission alone does; pointers say where in the tree, as `/subtasks/3/goal`. */
export function createSubmitTree(dependencies: SubmitTreeDependencies): SubmitTree {
  const { store, arms, signals, metrics, redactionKeys, newId = randomUUID } = dependencies;
  const keysInFlight = new Set<string>();
  const preparing = { ...dependencies, newId };

  return async (request, context) => {
    const nodes = layFlat(request);
    const screened = await checkNodes(nodes, context, preparing);
    const redacted = redactNodes(nodes, screened, arms);
    const { tasks, trace } = plant(redacted, screened, context, preparing);
    const redacts = tasks.some(({ redactions }) => redactions !== undefined);
    const claims = claimsOf(request, nodes.length, context.idempotencyKey, { keys: redactionKeys, redacts });
    const inserted = await withKey(keysInFlight, claims[0] ?? null, () =>
      store.insertTogether(tasks.map((task, place) => ({ ...task, idempotency: claims[place] ?? null }))),
    );
    const [root] = inserted;
    if (root === undefined) throw new Error('a tree has a root');
    const accepted = acceptedOf(root, request);
    if (accepted.replayed) return { ...accepted, trace: null };
    for (const { spec } of tasks) metrics.taskSubmitted(spec.priority);
    signals.publish([...new Set(tasks.map(({ spec }) => spec.arm))].map((key) => ({ topic: 'jobs', key })));
    signals.publish([{ topic: 'task', key: accepted.taskId }]);
    return { ...accepted, trace };
  };
}

interface RedactedNode extends TreeNode {
  /** Its own, and those of all below it: their results become part of its own. */
  readonly redactions: readonly Redaction[];
}

/** The same value has the same placeholder in the whole tree. @throws RequestInvalid */
function redactNodes(
  nodes: readonly TreeNode[],
  screened: readonly ScreenedRequest[],
  arms: SubmitDependencies['arms'],
): RedactedNode[] {
  const requests = nodes.flatMap(({ request }, place) => {
    const one = screened[place];
    return one === undefined ? [] : [{ request, screened: one }];
  });
  const redacted = redactTogether(requests, arms);
  const misfits = redacted.flatMap((one, place) =>
    one.request.subtasks === undefined ? pointed(placeholderFaults(one, arms), nodes[place]?.pointer ?? '') : [],
  );
  if (misfits.length > 0) throw new RequestInvalid(misfits.slice(0, ERRORS_LIMIT));
  const below = redacted.map(({ redactions }) => new Map(redactions.map((one) => [one.placeholder, one])));
  // Children come after their parents.
  for (const [place, { parent }] of [...nodes.entries()].reverse()) {
    if (parent === null) continue;
    for (const [placeholder, one] of below[place] ?? []) below[parent]?.set(placeholder, one);
  }
  return nodes.map((node, place) => ({
    ...node,
    request: redacted[place]?.request ?? node.request,
    redactions: [...(below[place]?.values() ?? [])],
  }));
}

/** Each task with its parent, its root and its place; every one hangs in the trace of its parent. */
function plant(
  nodes: readonly RedactedNode[],
  screened: readonly ScreenedRequest[],
  context: SubmitContext,
  preparing: Pick<PrepareDependencies, 'newId' | 'redactionKeys'>,
): { tasks: Omit<NewTask, 'idempotency'>[]; trace: TraceContext } {
  const rootTrace = context.parent ? childContext(context.parent) : newTraceContext();
  const tasks: Omit<NewTask, 'idempotency'>[] = [];
  for (const [place, { request, parent, index, redactions }] of nodes.entries()) {
    const screen = screened[place]?.record;
    if (screen === undefined) continue;
    const above = parent === null ? undefined : tasks[parent]?.spec;
    const trace = above === undefined ? rootTrace : childContext({ ...rootTrace, spanId: above.spanId });
    const taskId = place === 0 ? context.taskId : undefined;
    const { task } = prepareTask(request, screen, { ...context, trace, taskId }, preparing);
    const { aggregate, on_child_failure: onChildFailure, subtasks } = request;
    tasks.push({
      screen: task.screen,
      ...sealed(task.spec.id, redactions, preparing.redactionKeys),
      spec: {
        ...task.spec,
        parentTaskId: above?.id ?? task.spec.parentTaskId,
        tree: {
          rootTaskId: tasks[0]?.spec.id ?? task.spec.id,
          index,
          parent: subtasks === undefined ? null : { aggregate, onChildFailure },
        },
      },
    });
  }
  return { tasks, trace: rootTrace };
}
