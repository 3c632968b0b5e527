/** A request with subtasks, laid flat: parents before their children, each with its place. */
import { type FieldError, type TaskContract, TREE_DEPTH_LIMIT, TREE_SIZE_LIMIT } from '../contract/index.ts';

export interface TreeNode {
  readonly request: TaskContract;
  /** JSON Pointer to it in the body; empty for the root. */
  readonly pointer: string;
  /** Place of its parent in the list; null for the root. */
  readonly parent: number | null;
  /** Among its siblings; null for the root. */
  readonly index: number | null;
  readonly depth: number;
}

export function layFlat(root: TaskContract): TreeNode[] {
  const nodes: TreeNode[] = [{ request: root, pointer: '', parent: null, index: null, depth: 0 }];
  for (let place = 0; place < nodes.length; place += 1) {
    const node = nodes[place];
    // One more than may be is enough to refuse it.
    if (node === undefined || nodes.length > TREE_SIZE_LIMIT) break;
    for (const [index, request] of (node.request.subtasks ?? []).entries()) {
      const pointer = `${node.pointer}/subtasks/${index}`;
      nodes.push({ request, pointer, parent: place, index, depth: node.depth + 1 });
    }
  }
  return nodes;
}

/** What is wrong with the shape of the tree; empty when it can be taken. */
export function treeFaults(nodes: readonly TreeNode[]): FieldError[] {
  const [root] = nodes;
  if (nodes.length > TREE_SIZE_LIMIT) {
    return [{ pointer: '/subtasks', detail: `must be at most ${TREE_SIZE_LIMIT} tasks in all, the root among them` }];
  }
  const faults: FieldError[] = [];
  for (const { request, pointer, depth } of nodes) {
    if (depth > TREE_DEPTH_LIMIT) {
      faults.push({ pointer, detail: `must be at most ${TREE_DEPTH_LIMIT} levels below the root; it was ${depth}` });
    }
    if (request !== root?.request && request.parent_task_id) {
      faults.push({
        pointer: `${pointer}/parent_task_id`,
        detail: 'must be left out: a subtask belongs to what it stands in',
      });
    }
  }
  return faults;
}
