/**
 * Spans as OTLP/JSON.
 *
 * Source: OTLP 1.x, JSON Protobuf encoding (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding): ids in
 * hexadecimal, 64-bit integers as decimal text, enum values as numbers.
 */
import type { Json, JsonObject } from '../json.ts';
import type { SpanRecord } from '../tracing/span-record.ts';
import {
  GEN_AI_ATTRIBUTES,
  GEN_AI_CLIENT_OPERATIONS,
  GEN_AI_DOUBLES,
  GEN_AI_SCHEMA_URL,
} from './gen-ai-conventions.ts';

const KIND_INTERNAL = 1;
const KIND_CLIENT = 3;
const STATUS_UNSET = 0;
const STATUS_ERROR = 2;
const NANOSECONDS_PER_MICROSECOND = 1_000n;
const MICROSECONDS_PER_MILLISECOND = 1_000;
const FLAG_SAMPLED = 1;
/** Bits 8 and 9 of a span's flags: whether its parent is in another program is known, and is so. */
const FLAG_HAS_IS_REMOTE = 0x1_00;
const FLAG_IS_REMOTE = 0x2_00;

export interface OtlpResource {
  /** `service.name`. */
  readonly serviceName: string;
  /** `service.version`. */
  readonly serviceVersion?: string | undefined;
  /** Further attributes of the resource. */
  readonly attributes?: JsonObject | undefined;
}

export interface OtlpScope {
  readonly name: string;
  readonly version: string;
}

/** One ended span. */
export function encodeSpan(span: SpanRecord): JsonObject {
  const { attributes = {}, inputs, outputs, error, spanType, parentSpanId } = span;
  const all: JsonObject = {
    ...attributes,
    ...(spanType === undefined ? {} : { 'switchyard.span.type': spanType }),
    ...(inputs === undefined ? {} : { 'switchyard.span.inputs': asText(inputs) }),
    ...(outputs === undefined ? {} : { 'switchyard.span.outputs': asText(outputs) }),
    ...(error === undefined ? {} : { 'error.type': error.code ?? error.type }),
  };
  const operation = attributes[GEN_AI_ATTRIBUTES.operation];
  const isCall = typeof operation === 'string' && GEN_AI_CLIENT_OPERATIONS.has(operation);
  const endTime = span.endTime ?? span.startTime;
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    ...(parentSpanId === null ? {} : { parentSpanId }),
    flags: FLAG_SAMPLED | FLAG_HAS_IS_REMOTE | (span.remoteParent === true ? FLAG_IS_REMOTE : 0),
    name: span.name,
    kind: isCall ? KIND_CLIENT : KIND_INTERNAL,
    startTimeUnixNano: nanoseconds(span.startTime),
    endTimeUnixNano: nanoseconds(Math.max(endTime, span.startTime)),
    attributes: encodeAttributes(all),
    ...(error === undefined ? {} : { events: [exceptionEvent(error, endTime)] }),
    status: span.status === 'failed' ? { code: STATUS_ERROR, message: error?.message ?? '' } : { code: STATUS_UNSET },
  };
}

/** The body of POST /v1/traces. */
export function encodeRequest(spans: readonly JsonObject[], resource: OtlpResource, scope: OtlpScope): JsonObject {
  const { serviceName, serviceVersion, attributes } = resource;
  const facts: JsonObject = {
    ...attributes,
    'service.name': serviceName,
    ...(serviceVersion === undefined ? {} : { 'service.version': serviceVersion }),
  };
  return {
    resourceSpans: [
      {
        resource: { attributes: encodeAttributes(facts) },
        scopeSpans: [{ scope: { name: scope.name, version: scope.version }, spans, schemaUrl: GEN_AI_SCHEMA_URL }],
      },
    ],
  };
}

function encodeAttributes(attributes: JsonObject): JsonObject[] {
  return Object.entries(attributes).map(([key, value]) => ({
    key,
    value: GEN_AI_DOUBLES.has(key) && typeof value === 'number' ? { doubleValue: value } : encodeValue(value),
  }));
}

/** Null is the empty value. */
function encodeValue(value: Json): JsonObject {
  if (value === null) return {};
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number')
    return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  if (isList(value)) return { arrayValue: { values: value.map(encodeValue) } };
  return { kvlistValue: { values: encodeAttributes(value) } };
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function exceptionEvent(error: NonNullable<SpanRecord['error']>, time: number): JsonObject {
  return {
    timeUnixNano: nanoseconds(time),
    name: 'exception',
    attributes: encodeAttributes({
      'exception.type': error.type,
      'exception.message': error.message,
      ...(error.stack === undefined ? {} : { 'exception.stacktrace': error.stack }),
    }),
  };
}

/** Milliseconds since 1970 as nanoseconds, exact to the microsecond: a double holds no more of today's date. */
function nanoseconds(ms: number): string {
  const microseconds = Math.max(0, Math.round(ms * MICROSECONDS_PER_MILLISECOND));
  return Number.isSafeInteger(microseconds) ? String(BigInt(microseconds) * NANOSECONDS_PER_MICROSECOND) : '0';
}

function asText(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
