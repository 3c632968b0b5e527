/**
 * The ProbeRuntime port: something that holds one conversation and tells how it went, in this process or in another.
 *
 * 1. What the conversation came to, failures included, is the value that `run` resolves with. It rejects only with the signal's
 *    reason, or with a fault of the runtime itself (a worker that died, garbage on its stdout): a SwitchyardError whose kind
 *    says whether trying again may help.
 * 2. When `run` has settled, nothing of the conversation goes on.
 * 3. Calls to the model are repeated inside, by one bounded layer; whoever gets a reported failure does not repeat it for the
 *    same reason. So `error.retryable` is false once that layer has given up.
 */
import type { WorkerInput } from '../worker-contract/input.ts';
import type { WorkerOutput } from '../worker-contract/output.ts';
import type { ProgressLine } from '../worker-contract/stderr-lines.ts';

export type RuntimeName = 'in-process' | 'node' | 'python';

export interface RunOptions {
  /** Cancel, deadline, shutdown: aborts the call in flight. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: ProgressLine) => void) | undefined;
}

export interface ProbeRuntime {
  readonly name: RuntimeName;
  run(input: WorkerInput, options?: RunOptions): Promise<WorkerOutput>;
  /** Ends pooled workers and waits for them. Idempotent. */
  close(): Promise<void>;
}
