/** The port for queue-atom: where executions are kept so that they outlive the process that took them. */
import type { TraceContext } from '@switchyard/core';
import type { AtomResult } from '../contract/atom-result.ts';
import type { RunAtomRequest } from '../contract/run-atom-request.ts';

export interface QueueContext {
  readonly idempotencyKey: string | undefined;
  readonly requestId: string;
  /** The caller's span; the execution's trace goes on from it. */
  readonly parent: TraceContext | null;
}

export type Execution = { readonly executionId: string; readonly atomId: string } & (
  | { readonly status: 'pending' | 'running' }
  | { readonly status: 'complete'; readonly result: AtomResult }
  /** A fault of ours, or it was cancelled; never a bad score. */
  | { readonly status: 'failed'; readonly message: string }
);

export interface Executions {
  /**
   * Takes an atom to be run later; resolves with its id once it is on disk. The same key with the same atom gives the id
   * that it gave before.
   *
   * @throws {SwitchyardError} by whose kind the answer is chosen
   */
  queue(atom: RunAtomRequest, context: QueueContext): Promise<string>;
  /** Null for an id that is none of ours. */
  find(executionId: string): Promise<Execution | null>;
}
