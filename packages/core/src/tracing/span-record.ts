/** A span as it is recorded: a finished copy that nobody changes any more. */
import type { Json, JsonObject } from '../json.ts';
import type { SpanStatus } from '../transport/http/agent-span-client.ts';

/** Why a span failed. */
export interface SpanError {
  /** The error's class, as `TypeError`. */
  readonly type: string;
  readonly message: string;
  /** The stable code of a SwitchyardError or a system call. */
  readonly code?: string | undefined;
  readonly stack?: string | undefined;
}

export interface SpanRecord {
  /** 32 hex digits. */
  readonly traceId: string;
  /** 16 hex digits. */
  readonly spanId: string;
  /** The span above it; null for the first of a trace. */
  readonly parentSpanId: string | null;
  /** True when the span above it was recorded by another program, whose ids the collector may not know. Default false. */
  readonly remoteParent?: boolean | undefined;
  /** What was done, as `grade submission`. */
  readonly name: string;
  /** The kind of span, which is its schema at the collector. Default `span`. */
  readonly spanType?: string | undefined;
  readonly status: SpanStatus;
  /** Milliseconds since 1970. */
  readonly startTime: number;
  /** Milliseconds since 1970; null while it is active. */
  readonly endTime: number | null;
  readonly attributes?: JsonObject | undefined;
  /** What went in. */
  readonly inputs?: Json | undefined;
  /** What came out. */
  readonly outputs?: Json | undefined;
  readonly error?: SpanError | undefined;
}

/** Where a tracer's spans go. What it throws is reported and changes nothing for the code that is traced. */
export interface SpanSink {
  /** A span began. */
  readonly spanStarted?: ((span: SpanRecord) => void) | undefined;
  /** A span that began has ended. */
  readonly spanFinished?: ((span: SpanRecord) => void) | undefined;
}

export const DEFAULT_SPAN_TYPE = 'span';
