/** From an entry to the one call of the collector that it stands for, and what a failure of that call means. */
import { SwitchyardError } from '../../errors.ts';
import type { SpanCreateAction, SpanFinishAction } from '../../queue/actions.ts';
import type { AgentInstanceClient } from '../http/agent-instance-client.ts';
import type { AgentSpanClient } from '../http/agent-span-client.ts';
import type { CollectorControl } from '../http/collector-answers.ts';
import { HttpClientError } from '../http/http-client-error.ts';
import type { AgentRun } from './agent-run.ts';
import type { Entry } from './delivery-entry.ts';

const FIRST_REDIRECT = 300;
const FIRST_SERVER_ERROR = 500;

/** What the collector said to one call. */
export interface SendResult {
  /** Its id of the span that was created. */
  readonly id?: string | undefined;
  readonly control?: CollectorControl | null | undefined;
}

/**
 * - `later`: the collector cannot be reached, or is not itself: the same call may succeed later
 * - `refused`: it does not want what we send, and would not want the next either
 * - `failed`: this one call cannot be made
 */
export type FailureMeaning = 'later' | 'refused' | 'failed';

export class ActionSender {
  readonly #instances: AgentInstanceClient;
  readonly #spans: AgentSpanClient;

  constructor(instances: AgentInstanceClient, spans: AgentSpanClient) {
    this.#instances = instances;
    this.#spans = spans;
  }

  /**
   * Makes the call, and before it those that start the run.
   *
   * @param target the collector's id: of the parent for a `span-create`, of the span itself for a `span-finish`
   * @param onRunChange told after each step that a run has come further
   * @throws {HttpClientError | CollectorCallInvalid}, or the signal's reason
   */
  async send(
    { action, run }: Entry,
    target: string | null,
    signal: AbortSignal,
    onRunChange: (run: AgentRun) => void,
  ): Promise<SendResult> {
    const instanceId = await run.ensureStarted(this.#instances, signal, onRunChange);
    switch (action.type) {
      case 'agent-start':
        return {};
      case 'agent-finish': {
        const { type: _type, ...fields } = action;
        await this.#instances.finish(instanceId, { ...fields, signal });
        return {};
      }
      case 'span-create':
        return this.#create(action, instanceId, target, signal);
      case 'span-finish':
        return this.#finish(action, target ?? '', signal);
    }
  }

  async #create(
    action: SpanCreateAction,
    instanceId: string,
    parent: string | null,
    signal: AbortSignal,
  ): Promise<SendResult> {
    const { details, control } = await this.#spans.create(
      {
        details: {
          agent_instance_id: instanceId,
          schema_name: action.schema_name,
          status: action.status,
          payload: action.payload,
          ...(action.result_payload === undefined ? {} : { result_payload: action.result_payload }),
          parent_span_id: parent,
          started_at: action.started_at,
          finished_at: action.finished_at,
          idempotency_key: action.idempotency_key,
        },
        idempotency_key: action.idempotency_key,
      },
      { signal },
    );
    return { id: details.id, control };
  }

  async #finish(action: SpanFinishAction, spanId: string, signal: AbortSignal): Promise<SendResult> {
    const { status, result_payload, idempotency_key } = action;
    const { control } = await this.#spans.finish(spanId, action.timestamp, {
      ...(status === undefined ? {} : { status }),
      ...(result_payload === undefined ? {} : { result_payload }),
      idempotency_key,
      signal,
    });
    return { control };
  }
}

/** What a failed call means for it and for those after it. */
export function meaningOf(error: unknown): FailureMeaning {
  if (!(error instanceof HttpClientError))
    return error instanceof SwitchyardError && error.kind === 'transient' ? 'later' : 'failed';
  if (error.retryable) return 'later';
  if (error.code === 'http_status') {
    const status = error.status ?? 0;
    return status >= FIRST_REDIRECT && status < FIRST_SERVER_ERROR ? 'refused' : 'later';
  }
  return error.code === 'http_invalid_request' || error.code === 'http_failed' ? 'failed' : 'later';
}
