/** What a submission with all its subtasks must pass, whether it is handed in now or kept for a schedule. */
import type { FieldError, TaskContract } from '../contract/index.ts';
import type { Store } from '../ports/store.ts';
import { RequestInvalid } from './errors.ts';
import { inTurns } from './in-turns.ts';
import {
  type PrepareDependencies,
  type Requester,
  requestFaults,
  type ScreenedRequest,
  screenRequest,
} from './prepare-task.ts';
import { refuseBlocked } from './refuse-blocked.ts';
import { layFlat, type TreeNode, treeFaults } from './tree-request.ts';

/** A reader mends the first ones first. */
export const ERRORS_LIMIT = 20;

export interface CheckDependencies extends Omit<PrepareDependencies, 'newId'> {
  readonly store: Pick<Store, 'recordScreen'>;
}

/**
 * @param at JSON Pointer to the root in the body
 * @returns what the screen says of each node, none of it blocked
 * @throws RequestInvalid, TaskBlocked, ScreenUnavailable as a submission does
 */
export async function checkNodes(
  nodes: readonly TreeNode[],
  requester: Requester,
  dependencies: CheckDependencies,
  at = '',
): Promise<ScreenedRequest[]> {
  const faults = nodeFaults(nodes, dependencies.arms, at);
  if (faults.length > 0) throw new RequestInvalid(faults.slice(0, ERRORS_LIMIT));
  const screened = await inTurns(nodes, (node) => screenRequest(node.request, requester, dependencies));
  await refuseBlocked(screened, (place) => `${at}${nodes[place]?.pointer ?? ''}`, dependencies.store);
  return screened;
}

/** What is wrong with a task, and with those below it; empty when it can be taken. */
export function submissionFaults(request: TaskContract, arms: CheckDependencies['arms'], at = ''): FieldError[] {
  return nodeFaults(layFlat(request), arms, at);
}

function nodeFaults(nodes: readonly TreeNode[], arms: CheckDependencies['arms'], at: string): FieldError[] {
  const faults = nodes.flatMap(({ request, pointer }) =>
    // The input of a parent is its reducer's, beside the children's results: its arm's schema is not for it.
    pointed(requestFaults(request, arms, request.subtasks === undefined), pointer),
  );
  return pointed([...treeFaults(nodes), ...faults], at);
}

export function pointed(faults: readonly FieldError[], at: string): FieldError[] {
  return faults.map(({ pointer, detail }) => ({ pointer: `${at}${pointer}`, detail }));
}
