import type { TreeKeeper } from '../src/app/tree-keeper.ts';

/** Where no task has subtasks: nothing to look at. */
export const noTrees: TreeKeeper = {
  look: () => undefined,
  ended: () => undefined,
  exceed: () => undefined,
  pass: async () => undefined,
  idle: async () => undefined,
};
