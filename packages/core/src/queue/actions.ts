/**
 * What `HttpTransport` queues: one action for each call that it owes the collector.
 *
 * An action is complete and final when it is queued: payloads are plain JSON, taken when they were emitted, and each has
 * its idempotency key from then on, so that a retry, a replay from disk and the first try are the same call. Ids are ours
 * (W3C); the transport maps them to the collector's. Field names are the wire's (CONTRACTS.md, section 1).
 */
import type { Json, JsonObject } from '../json.ts';
import type { FinishAgentInstance, RegisterAgentInstance } from '../transport/http/agent-instance-client.ts';
import type { FinishSpan, SpanStatus } from '../transport/http/agent-span-client.ts';

/** From now on spans follow this schema; it goes out with the next registration. */
export interface SchemaRegisterAction {
  readonly type: 'schema-register';
  readonly agent_schema_version: JsonObject;
}

/** An instance of the agent starts; the transport registers it first where it has not yet. */
export interface AgentStartAction {
  readonly type: 'agent-start';
  readonly agent_id?: string | undefined;
  readonly environment_id?: string | undefined;
  /** A changed schema needs a new `external_identifier`. */
  readonly agent_version: RegisterAgentInstance['agent_version'];
  /** When it started, ISO 8601. */
  readonly timestamp: string;
  /** Key of the registration, which is a call of its own. */
  readonly register_idempotency_key: string;
  readonly idempotency_key: string;
}

/** The instance that runs ends. */
export interface AgentFinishAction {
  readonly type: 'agent-finish';
  readonly status?: FinishAgentInstance['status'];
  /** When it ended, ISO 8601. */
  readonly timestamp: string;
  readonly idempotency_key: string;
}

/** A span began, or, with `finished_at`, began and ended. */
export interface SpanCreateAction {
  readonly type: 'span-create';
  /** 32 hex digits: spans of one trace are sent in order. */
  readonly trace_id: string;
  /** 16 hex digits. */
  readonly span_id: string;
  /** Our id of the span above it; null for the first of its trace. The call waits for the parent's. */
  readonly parent_span_id: string | null;
  readonly schema_name: string;
  readonly status: SpanStatus;
  readonly payload: Json;
  readonly result_payload?: Json | undefined;
  /** ISO 8601. */
  readonly started_at: string;
  /** ISO 8601; null while it is active. */
  readonly finished_at: string | null;
  readonly idempotency_key: string;
}

/** A span that was sent while active has ended. The call waits for the span's own. */
export interface SpanFinishAction {
  readonly type: 'span-finish';
  readonly trace_id: string;
  readonly span_id: string;
  readonly status?: FinishSpan['status'];
  readonly result_payload?: Json | undefined;
  /** When it ended, ISO 8601. */
  readonly timestamp: string;
  readonly idempotency_key: string;
}

export type TransportAction =
  | SchemaRegisterAction
  | AgentStartAction
  | AgentFinishAction
  | SpanCreateAction
  | SpanFinishAction;
