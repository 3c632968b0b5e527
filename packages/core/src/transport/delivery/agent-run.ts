/**
 * One run of the agent: what the collector calls an agent instance.
 *
 * 1. It is registered and started when something of it is first sent, once, by whoever comes first; others wait for that.
 * 2. Registration and start keep their idempotency keys across all tries, and a registration that succeeded is not repeated
 *    when the start fails.
 * 3. It is finished after everything else of it has been settled.
 */

import type { JsonObject } from '../../json.ts';
import type { AgentStartAction } from '../../queue/actions.ts';
import type { AgentInstanceClient } from '../http/agent-instance-client.ts';
import { HttpClientError } from '../http/http-client-error.ts';

const CONFLICT = 409;

/** How far it has come at the collector, with the collector's id. */
export type AgentRunState =
  | { readonly name: 'unregistered' }
  | { readonly name: 'registered'; readonly id: string }
  | { readonly name: 'started'; readonly id: string };

export class AgentRun {
  readonly action: AgentStartAction;
  readonly schema: JsonObject | undefined;
  /** Aborts when the collector asks for this run to end. */
  readonly termination: AbortController;
  /** Accepted entries of it that are not settled, its own finish not counted. */
  unsettled = 0;
  /** Whether anything of it was ever accepted. */
  isUsed = false;
  #state: AgentRunState;
  #starting: Promise<string> | null = null;

  constructor(
    action: AgentStartAction,
    schema?: JsonObject,
    state: AgentRunState = { name: 'unregistered' },
    termination: AbortController = new AbortController(),
  ) {
    this.action = action;
    this.schema = schema;
    this.#state = state;
    this.termination = termination;
  }

  /** Unique, also across restarts. */
  get key(): string {
    return this.action.register_idempotency_key;
  }

  get state(): AgentRunState {
    return this.#state;
  }

  /**
   * The collector's id, once the run is registered and started there.
   *
   * @param onChange told after each step that succeeded
   * @throws {HttpClientError}, or the signal's reason; it is then tried again by the next call
   */
  ensureStarted(client: AgentInstanceClient, signal: AbortSignal, onChange: (run: AgentRun) => void): Promise<string> {
    if (this.#state.name === 'started') return Promise.resolve(this.#state.id);
    this.#starting ??= this.#start(client, signal, onChange).finally(() => {
      this.#starting = null;
    });
    return this.#starting;
  }

  async #start(client: AgentInstanceClient, signal: AbortSignal, onChange: (run: AgentRun) => void): Promise<string> {
    const { type: _type, timestamp, register_idempotency_key, idempotency_key, ...agent } = this.action;
    if (this.#state.name === 'unregistered') {
      const { details } = await client.register(
        {
          ...agent,
          ...(this.schema === undefined ? {} : { agent_schema_version: this.schema }),
          idempotency_key: register_idempotency_key,
        },
        { signal },
      );
      this.#state = { name: 'registered', id: details.id };
      onChange(this);
    }
    const { id } = this.#state;
    await client.start(id, { timestamp, idempotency_key, signal }).catch(acceptConflict);
    this.#state = { name: 'started', id };
    onChange(this);
    return id;
  }
}

/** 409 to a start says that it has started: the answer to an earlier try was lost. */
function acceptConflict(error: unknown): void {
  if (!(error instanceof HttpClientError && error.status === CONFLICT)) throw error;
}
