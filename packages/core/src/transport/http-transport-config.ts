/** What an HttpTransport is made of. */

import type { CopyLimits } from '../tracing/plain-json.ts';
import type { DeliveryOptions } from './delivery/delivery-config.ts';
import type { DeliveryCounts, DropReason } from './delivery/delivery-tally.ts';
import type { DeliveryProblem } from './delivery/problems.ts';
import type { GateStateName } from './delivery/send-gate.ts';
import type { SpoolOptions } from './delivery/spool.ts';
import type { HttpClientConfig, HttpClientDependencies } from './http/http-client.ts';
import type { HttpClientCounters } from './http/http-counters.ts';

/** Who sends, as it is registered with the collector. */
export interface AgentIdentity {
  /** The version of the agent, by a name of your own; a changed schema needs a new one. Default `default`. */
  readonly agentIdentifier?: string | undefined;
  /** Default: the identifier. */
  readonly agentName?: string | undefined;
  readonly agentDescription?: string | undefined;
  readonly agentId?: string | undefined;
  readonly environmentId?: string | undefined;
}

export type HttpTransportConfig = HttpClientConfig &
  AgentIdentity & {
    readonly delivery?: DeliveryOptions | undefined;
    /** Keeps on disk what is not sent before the end. Default: nothing is kept. */
    readonly spool?: SpoolOptions | undefined;
    /** Bounds of what is copied of a span: its inputs, outputs and attributes each. */
    readonly limits?: Partial<CopyLimits> | undefined;
  };

export interface HttpTransportDependencies extends HttpClientDependencies {
  /** Told once of each thing that keeps spans from being sent. Default: a process warning. */
  readonly report?: ((problem: DeliveryProblem) => void) | undefined;
  /** Told when the collector asks for an agent instance to end, beside `terminationSignal`. */
  readonly onTerminate?: ((reason: string) => void) | undefined;
  /** A new UUID. Default: node's `randomUUID`. */
  readonly newKey?: (() => string) | undefined;
}

export interface CloseOptions {
  /** Milliseconds that sending may still take. Default 10,000; 0 sends nothing more. */
  readonly deadlineMs?: number | undefined;
}

/** What became of every span that was emitted or found in the spool: each is in exactly one of the three. */
export interface CloseReport {
  /** Acknowledged by the collector. */
  readonly sent: number;
  /** In the spool, for the next transport on the same directory. */
  readonly kept: number;
  /** Lost. */
  readonly dropped: number;
  /** The same for the finishes of spans that were emitted while they were active. */
  readonly finishes: { readonly sent: number; readonly kept: number; readonly dropped: number };
}

export interface HttpTransportCounters {
  readonly spans: DeliveryCounts;
  readonly finishes: DeliveryCounts;
  /** Starts and finishes of agent instances. */
  readonly agentCalls: DeliveryCounts;
  /** Of all three kinds. */
  readonly droppedFor: Readonly<Partial<Record<DropReason, number>>>;
  /** Emits and finishes of spans that had been emitted, or finished, already. */
  readonly repeated: number;
  readonly queue: {
    readonly items: number;
    readonly bytes: number;
    readonly lanes: number;
    readonly waitingForAnother: number;
  };
  /** Spans whose ids are held, and those forgotten while open for want of room. */
  readonly ids: { readonly known: number; readonly forgotten: number };
  readonly gate: { readonly state: GateStateName; readonly pauses: number };
  readonly spool: { readonly broken: boolean; readonly fileBytes: number } | null;
  readonly http: HttpClientCounters;
}
