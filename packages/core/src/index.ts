// What other packages may use. Helpers of a single module stay private to it.

export { errorCodeOf, fileTrouble, isErrno } from './errno.ts';
export type { ErrorKind } from './errors.ts';
export { isTransient, messageOf, SwitchyardError } from './errors.ts';
export type { Json, JsonObject } from './json.ts';
export { canonicalJson, isJsonObject } from './json.ts';
export { findJsonFault, jsonTrouble } from './json-fault.ts';
export { jsonPointer, pointerToken, valueAtPointer } from './json-pointer.ts';
export { makeFolder } from './make-folder.ts';
export { sleep } from './sleep.ts';
export type { TraceContext } from './trace-context.ts';
export { childContext, formatTraceparent, newTraceContext, parseTraceparent } from './trace-context.ts';

// Queue and executor. The list, the waiting line and the executor's option checks stay private.

export type {
  AgentFinishAction,
  AgentStartAction,
  SchemaRegisterAction,
  SpanCreateAction,
  SpanFinishAction,
  TransportAction,
} from './queue/actions.ts';
export type { Queue, QueueGet, QueueWaitOptions } from './queue/base.ts';
export {
  ExecutorBusy,
  ExecutorStopped,
  QueueClosed,
  QueueFull,
  QueueItemUnfit,
  QueueOptionInvalid,
} from './queue/errors.ts';
export type {
  FullPolicy,
  InMemoryQueueOptions,
  PutOutcome,
  QueueCounters,
  QueueWeight,
} from './queue/in-memory-queue.ts';
export { InMemoryQueue } from './queue/in-memory-queue.ts';
export { TaskExecutor } from './queue/task-executor.ts';
export type { StopOptions, TaskCounts, TaskExecutorOptions, TaskHandler } from './queue/task-executor-options.ts';
export { isWorthRetrying } from './queue/worth-retrying.ts';

// Child processes: run once, or asked line by line. What they are made of stays private; the redactor serves logs as well.

export type { ProcessEnvironment } from './process/environment.ts';
export { BASE_VARIABLES } from './process/environment.ts';
export { LineWorker } from './process/line-worker.ts';
export type { LineAnswered, LineRequestOptions, LineResult, LineWorkerOptions } from './process/line-worker-options.ts';
export { LineWorkerBusy, LineWorkerClosed, WorkerLineInvalid } from './process/line-worker-options.ts';
export type { LineWorkerPoolOptions } from './process/line-worker-pool.ts';
export { LineWorkerPool, LineWorkersBusy } from './process/line-worker-pool.ts';
export type { ChildOptions, ProcessOptions } from './process/process-options.ts';
export { ProcessOptionInvalid } from './process/process-options.ts';
export type {
  ProcessAborted,
  ProcessExited,
  ProcessOutputLimit,
  ProcessResult,
  ProcessSignalled,
  ProcessSpawnFailed,
  ProcessTimedOut,
} from './process/process-result.ts';
export type { ProgramPlace } from './process/program-trouble.ts';
export { programTrouble } from './process/program-trouble.ts';
export { REDACTED, Redactor, redact } from './process/redactor.ts';
export { runProcess } from './process/run-process.ts';

// Clients: HTTP, resilience, the collector's endpoints. The pieces of HttpClient (exchanges, URLs, headers) stay private.

export type { Clock } from './clock.ts';
export { monotonicClock } from './clock.ts';
export type { ClientConfig, ClientConfigInput } from './config.ts';
export { ClientConfigInvalid, createConfig } from './config.ts';
export type { BulkheadOptions, BulkheadState } from './resilience/bulkhead.ts';
export type { Attempt, CallLimits, CallPipelineOptions, PipelineState, Verdict } from './resilience/call-pipeline.ts';
export { CallPipeline } from './resilience/call-pipeline.ts';
export type { BreakerState, CallOutcome, CircuitBreakerOptions } from './resilience/circuit-breaker.ts';
export { CircuitBreaker } from './resilience/circuit-breaker.ts';
export { AttemptTimedOut, BulkheadFull, CircuitOpen, DeadlineExceeded, PipelineClosed } from './resilience/errors.ts';
export type { RetryBudgetOptions, RetryBudgetState } from './resilience/retry-budget.ts';
export { RetryBudget, RetryBudgets } from './resilience/retry-budget.ts';
export type {
  FinishAgentInstance,
  RegisterAgentInstance,
  StartAgentInstance,
} from './transport/http/agent-instance-client.ts';
export { AgentInstanceClient } from './transport/http/agent-instance-client.ts';
export type { CreateSpan, FinishSpan, SpanStatus } from './transport/http/agent-span-client.ts';
export { AgentSpanClient } from './transport/http/agent-span-client.ts';
export type { Acknowledged, AgentInstance, CollectorControl, Created } from './transport/http/collector-answers.ts';
export { CollectorCallInvalid } from './transport/http/collector-answers.ts';
export type { AnswerHead } from './transport/http/exchange.ts';
export type { FetchFunction } from './transport/http/fetch-exchange.ts';
export type { HttpClientConfig, HttpClientDependencies, RequestOptions } from './transport/http/http-client.ts';
export { HttpClient } from './transport/http/http-client.ts';
export type { HttpFailureCode } from './transport/http/http-client-error.ts';
export { HttpClientError } from './transport/http/http-client-error.ts';
export type { HttpClientCounters, LatencyHistogram } from './transport/http/http-counters.ts';
export { readRetryAfter } from './transport/http/retry-after.ts';
export type { RetryDelayConfig, RetryDelayStrategy } from './transport/http/retry-policy.ts';
export { calculateRetryDelay, shouldRetryStatusCode } from './transport/http/retry-policy.ts';

// Tracing: the tracer, the way to the collector, OTLP. What delivery is made of (outbox, gate, ids, spool) stays private.

export type { AgentManager, Core, CoreConfig, CoreDependencies, ShutdownReport } from './create-core.ts';
export { createCore } from './create-core.ts';
export type { GenAiFacts } from './otlp/gen-ai-conventions.ts';
export { GEN_AI_ATTRIBUTES, GEN_AI_CONVENTIONS_VERSION, genAiAttributes } from './otlp/gen-ai-conventions.ts';
export { openTelemetryContext } from './otlp/open-telemetry-peer.ts';
export type {
  OtlpCloseReport,
  OtlpExporterConfig,
  OtlpExporterCounters,
  OtlpExporterDependencies,
} from './otlp/otlp-exporter.ts';
export { OtlpExporter } from './otlp/otlp-exporter.ts';
export type { OtlpResource } from './otlp/otlp-json.ts';
export type { CopyLimits, PlainCopy } from './tracing/plain-json.ts';
export { toPlainJson } from './tracing/plain-json.ts';
export type { HeaderRecord } from './tracing/propagation.ts';
export { extractTraceparent, injectTraceparent } from './tracing/propagation.ts';
export type { SpanEnd } from './tracing/span.ts';
export { Span } from './tracing/span.ts';
export type { SpanError, SpanRecord, SpanSink } from './tracing/span-record.ts';
export type { SpanOptions, TracerDependencies } from './tracing/tracer.ts';
export { Tracer } from './tracing/tracer.ts';
export type { DeliveryOptions } from './transport/delivery/delivery-config.ts';
export type { DeliveryCounts, DropReason } from './transport/delivery/delivery-tally.ts';
export type { DeliveryProblem } from './transport/delivery/problems.ts';
export {
  AgentSchemaChanged,
  CollectorRefused,
  CollectorUnreachable,
  SpansDropped,
  SpoolFailed,
  SpoolHeld,
  TransportConfigInvalid,
} from './transport/delivery/problems.ts';
export type { EmittedSpan, FinishOptions } from './transport/delivery/span-actions.ts';
export type { SpoolOptions } from './transport/delivery/spool.ts';
export { HttpTransport } from './transport/http.ts';
export type {
  AgentIdentity,
  CloseOptions,
  CloseReport,
  HttpTransportConfig,
  HttpTransportCounters,
  HttpTransportDependencies,
} from './transport/http-transport-config.ts';
