/** Tracing, ready to use: a tracer, the agent's instances, and one way to end both. */

import { messageOf } from './errors.ts';
import { type OtlpCloseReport, OtlpExporter, type OtlpExporterConfig } from './otlp/otlp-exporter.ts';
import type { TraceContext } from './trace-context.ts';
import type { SpanSink } from './tracing/span-record.ts';
import { Tracer } from './tracing/tracer.ts';
import { HttpTransport } from './transport/http.ts';
import type {
  AgentIdentity,
  CloseOptions,
  CloseReport,
  HttpTransportConfig,
  HttpTransportCounters,
  HttpTransportDependencies,
} from './transport/http-transport-config.ts';

export type CoreConfig = HttpTransportConfig & {
  /** Sends ended spans to an OpenTelemetry collector too. Default: not. */
  readonly otlp?: OtlpExporterConfig | undefined;
};

export interface CoreDependencies extends HttpTransportDependencies {
  /** That many random bytes, for ids. Default: node's `randomBytes`. */
  readonly randomBytes?: ((bytes: number) => Uint8Array) | undefined;
  /** The current span of another tracing library; see `openTelemetryContext`. */
  readonly outerContext?: (() => TraceContext | undefined) | undefined;
}

/** The instances of the agent that this process is. */
export interface AgentManager {
  /** The schema of the instances that start from now on; a changed one needs a new `agentIdentifier`. */
  registerSchema(schema: unknown): void;
  /** @throws {AgentSchemaChanged} */
  startInstance(identity?: AgentIdentity): void;
  finishInstance(options?: { readonly status?: 'complete' | 'failed' | 'cancelled' | undefined }): void;
  /** Aborts when the collector asks for the instance that runs now to end. */
  readonly terminationSignal: AbortSignal;
}

export interface ShutdownReport extends CloseReport {
  /** Null where no `otlp` is configured. */
  readonly otlp: OtlpCloseReport | null;
}

export interface Core {
  readonly tracer: Tracer;
  readonly agentManager: AgentManager;
  /** Counters of the way to the collector. */
  readonly counters: () => HttpTransportCounters;
  /** Finishes the instance that runs, sends what waits within the deadline, and ends. Never rejects. */
  readonly shutdown: (options?: CloseOptions) => Promise<ShutdownReport>;
}

/** @throws {ClientConfigInvalid | TransportConfigInvalid} */
export function createCore(config: CoreConfig, dependencies: CoreDependencies = {}): Core {
  const { otlp, ...http } = config;
  const { randomBytes, outerContext, ...rest } = dependencies;
  const transport = new HttpTransport(http, rest);
  const exporter = otlp === undefined ? null : new OtlpExporter(otlp, rest);
  const tracer = new Tracer(exporter === null ? [spanSink(transport)] : [spanSink(transport), exporter], {
    now: dependencies.today,
    random: randomBytes,
    limits: config.limits,
    outerContext,
    onSinkError: (error) =>
      process.emitWarning(`a span could not be recorded: ${messageOf(error)}`, 'SwitchyardWarning'),
  });
  return {
    tracer,
    agentManager: {
      registerSchema: (schema) => transport.registerSchema(schema),
      startInstance: (identity) => transport.startAgentInstance(identity),
      finishInstance: (options) => transport.finishAgentInstance(options),
      get terminationSignal() {
        return transport.terminationSignal;
      },
    },
    counters: () => transport.counters(),
    shutdown: async (options = {}) => {
      transport.finishAgentInstance();
      const [report, otlpReport] = await Promise.all([transport.close(options), exporter?.close(options) ?? null]);
      return { ...report, otlp: otlpReport };
    },
  };
}

/** Spans as a transport takes them: emitted when they begin, finished when they end. */
function spanSink(transport: HttpTransport): SpanSink {
  return {
    spanStarted: (span) => transport.emit(span),
    spanFinished: ({ spanId, startTime, endTime, status, outputs, error, attributes }) =>
      transport.finishSpan(spanId, endTime ?? startTime, {
        status: status === 'failed' ? 'failed' : 'complete',
        outputs,
        error,
        attributes: attributes !== undefined && Object.keys(attributes).length > 0 ? attributes : undefined,
      }),
  };
}
