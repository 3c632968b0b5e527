/** From a span as it was emitted to the actions that the collector is owed: complete copies, bounded, with their keys. */
import type { Json, JsonObject } from '../../json.ts';
import type { SpanCreateAction, SpanFinishAction } from '../../queue/actions.ts';
import { type CopyLimits, toPlainJson } from '../../tracing/plain-json.ts';
import { DEFAULT_SPAN_TYPE, type SpanError, type SpanRecord } from '../../tracing/span-record.ts';

/** Ids, times and keys of an action, and what holds them in memory. */
const OVERHEAD_BYTES = 1_024;
const LONGEST_NAME = 1_024;

/** A span to emit: a record of the tracer, or one made by hand, whose values may be anything. */
export type EmittedSpan = Omit<SpanRecord, 'inputs' | 'outputs' | 'attributes'> & {
  readonly inputs?: unknown;
  readonly outputs?: unknown;
  readonly attributes?: unknown;
};

export interface FinishOptions {
  /** Default `complete`. */
  readonly status?: 'complete' | 'failed' | undefined;
  readonly outputs?: unknown;
  readonly error?: SpanError | undefined;
  /** Attributes as they are at the end, where they changed since the span was emitted. */
  readonly attributes?: unknown;
}

export interface SizedAction<T> {
  readonly action: T;
  readonly bytes: number;
}

export interface ActionSource {
  /** A new UUID. */
  readonly newKey: () => string;
  /** Milliseconds since 1970, for times that are none. */
  readonly now: () => number;
  readonly limits: Partial<CopyLimits>;
}

export function createAction(span: EmittedSpan, source: ActionSource): SizedAction<SpanCreateAction> {
  const { name, attributes, inputs, error, outputs, endTime, parentSpanId } = span;
  const isLocalChild = span.remoteParent !== true && parentSpanId !== span.spanId;
  const payload = copyOf(
    {
      name,
      trace_id: span.traceId,
      span_id: span.spanId,
      ...(isLocalChild || parentSpanId === null ? {} : { remote_parent_span_id: parentSpanId }),
    },
    { inputs, attributes },
    source,
  );
  const result = resultOf({ outputs, error }, source);
  const action: SpanCreateAction = {
    type: 'span-create',
    trace_id: span.traceId,
    span_id: span.spanId,
    parent_span_id: isLocalChild ? parentSpanId : null,
    schema_name: (span.spanType ?? DEFAULT_SPAN_TYPE).slice(0, LONGEST_NAME),
    status: span.status,
    payload: payload.json,
    ...(result === null ? {} : { result_payload: result.json }),
    started_at: timestamp(span.startTime, source),
    finished_at: endTime === null ? null : timestamp(endTime, source),
    idempotency_key: source.newKey(),
  };
  return { action, bytes: OVERHEAD_BYTES + payload.bytes + (result?.bytes ?? 0) };
}

export function finishAction(
  span: { readonly traceId: string; readonly spanId: string },
  endTime: number,
  options: FinishOptions,
  source: ActionSource,
): SizedAction<SpanFinishAction> {
  const { outputs, error, attributes } = options;
  const result = resultOf({ outputs, error, attributes }, source);
  const action: SpanFinishAction = {
    type: 'span-finish',
    trace_id: span.traceId,
    span_id: span.spanId,
    status: options.status ?? 'complete',
    ...(result === null ? {} : { result_payload: result.json }),
    timestamp: timestamp(endTime, source),
    idempotency_key: source.newKey(),
  };
  return { action, bytes: OVERHEAD_BYTES + (result?.bytes ?? 0) };
}

/** RFC 3339; now for what is no time. */
export function timestamp(ms: number, source: Pick<ActionSource, 'now'>): string {
  const date = new Date(ms);
  return (Number.isNaN(date.getTime()) ? new Date(source.now()) : date).toISOString();
}

type Parts = Readonly<Record<string, unknown>>;

function resultOf(parts: Parts, source: ActionSource): { json: JsonObject; bytes: number } | null {
  return Object.values(parts).every((part) => part === undefined) ? null : copyOf({}, parts, source);
}

/** Each part is bounded by itself: large inputs leave the attributes whole. */
function copyOf(fixed: JsonObject, parts: Parts, { limits }: ActionSource): { json: JsonObject; bytes: number } {
  const head = toPlainJson(fixed);
  const copied: [string, Json][] = [];
  let { bytes } = head;
  for (const [name, part] of Object.entries(parts)) {
    if (part === undefined) continue;
    const copy = toPlainJson(part, limits);
    copied.push([name, copy.json]);
    bytes += copy.bytes;
  }
  return { json: { ...fixed, ...Object.fromEntries(copied) }, bytes };
}
