/**
 * The gate of calls, for conversations that are held in another process.
 *
 * A worker makes one call at a time, so a conversation is one call of its lane from its first turn to its last. The worker obeys
 * the provider by itself; the lane learns from it what the provider said: a log line of code `RATE_LIMIT` tells of a call that
 * was limited and made again, a reported failure of one that was not.
 */
import type { CallGate, GateLane } from '../calls/call-gate.ts';
import type { CallEnd } from '../calls/lane.ts';
import { laneKey } from '../calls/lane-key.ts';
import { errorOf } from '../conversation/hold-conversation.ts';
import { CallsPaused } from '../model/errors.ts';
import { baseUrlOf } from '../providers/base-url.ts';
import type { Provider } from '../providers/provider-table.ts';
import type { WorkerInput } from '../worker-contract/input.ts';
import type { WorkerOutput } from '../worker-contract/output.ts';
import type { LogLine } from '../worker-contract/stderr-lines.ts';
import type { Environment } from '../worker-process/environment.ts';
import { providerOfInput } from '../worker-process/spawn-worker.ts';

/** Milliseconds of a pause that are waited for before a conversation begins; as long as between two calls of one. */
const LONGEST_PAUSE_MS = 120_000;
/** Statuses by which a provider says that it has too much to do, beside 429. */
const OVERLOADED = [503, 529];

export interface GatedConversation {
  readonly input: WorkerInput;
  readonly env: Environment;
  readonly gate: CallGate | undefined;
  readonly signal: AbortSignal | undefined;
  /** Holds the conversation; `onLog` is to hear each log line of it. */
  readonly hold: (onLog: (line: LogLine) => void) => Promise<WorkerOutput>;
}

export async function gatedConversation({ input, env, gate, signal, hold }: GatedConversation): Promise<WorkerOutput> {
  const provider = providerOfInput(input);
  const lane = gate === undefined || provider === null ? null : laneOf(gate, provider, env);
  if (lane === null) return await hold(() => undefined);
  const { pausedMs } = lane.state();
  if (pausedMs > LONGEST_PAUSE_MS) return { success: false, error: errorOf(new CallsPaused(input.modelId, pausedMs)) };
  const leave = await lane.enter(signal);
  let limited = false;
  let end: CallEnd = { kind: 'other' };
  try {
    const output = await hold(({ code }) => {
      limited ||= code === 'RATE_LIMIT';
    });
    end = endOf(output, limited);
    return output;
  } finally {
    leave(end);
  }
}

/** Null where the address is not valid: the worker says so. */
function laneOf(gate: CallGate, provider: Provider, env: Environment): GateLane | null {
  try {
    const baseUrl = baseUrlOf(provider, env[provider.baseUrlVariable]);
    return gate.lane(laneKey(provider, baseUrl, env[provider.keyVariable]?.trim() ?? ''));
  } catch {
    return null;
  }
}

function endOf(output: WorkerOutput, limited: boolean): CallEnd {
  if (output.success) return { kind: limited ? 'limited' : 'answered' };
  const { code, statusCode, retryAfterMs } = output.error;
  // The same kinds of refusal as between two calls in process; quota that is used up has another code.
  if (limited || code === 'RATE_LIMIT' || OVERLOADED.includes(statusCode ?? 0)) {
    return { kind: 'limited', pauseMs: retryAfterMs };
  }
  return { kind: 'other' };
}
