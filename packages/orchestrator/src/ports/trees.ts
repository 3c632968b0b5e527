/** The part of the store that brings trees of tasks to their end. Every method is one transaction. */

import type { TaskError } from '../contract/index.ts';
import type { ExceededBudget } from './meter.ts';

/** Tasks that a cancel reached. */
export interface StoppedTasks {
  /** They had not begun, and have ended. */
  readonly cancelled: readonly string[];
  /** They are being worked on: their nodes are to be told. */
  readonly running: readonly string[];
  /** They wait for children of their own. */
  readonly parents: readonly string[];
}

export type SettledTree =
  /** It waits on, or was settled already. */
  | { readonly kind: 'nothing' }
  /** What still runs below it is stopped first. */
  | ({ readonly kind: 'stopping' } & StoppedTasks)
  /** Its own arm makes the result: a job waits. */
  | { readonly kind: 'reducing'; readonly arm: string }
  | {
      readonly kind: 'ended';
      readonly status: 'completed' | 'failed' | 'cancelled';
      /** The parent that it is itself a child of. */
      readonly parentTaskId: string | null;
    };

export interface TreeStore {
  /** Looks at a parent's children and writes what follows. */
  settle(parentId: string): Promise<SettledTree>;
  /** The budget of this parent is used up: it fails with this error once what is below it has stopped. */
  exceed(parentId: string, error: TaskError): Promise<void>;
  /** Parents below which more seconds were worked than their budget allows. */
  overtime(): Promise<ExceededBudget[]>;
  /** Parents for which something is to be written, and nobody came to say so. */
  unsettled(): Promise<string[]>;
}
