/**
 * W3C Trace Context ids and the `traceparent` header.
 *
 * Source: W3C Trace Context, level 1 (https://www.w3.org/TR/trace-context/), version 00.
 */
import { randomBytes } from 'node:crypto';

const TRACE_ID_BYTES = 16;
const SPAN_ID_BYTES = 8;
const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const SAMPLED = 1;
/** As an id it is invalid. */
const ALL_ZERO = '0'.repeat(2 * TRACE_ID_BYTES);

export interface TraceContext {
  /** 32 lower-case hex digits, not all zero. */
  readonly traceId: string;
  /** 16 lower-case hex digits, not all zero: the span that the next one hangs under. */
  readonly spanId: string;
  readonly sampled: boolean;
}

/** A new root context; `random` gives that many random bytes. */
export function newTraceContext(random: (bytes: number) => Uint8Array = randomBytes): TraceContext {
  return { traceId: hexId(TRACE_ID_BYTES, random), spanId: hexId(SPAN_ID_BYTES, random), sampled: true };
}

/** The same trace with a span id of its own. */
export function childContext(parent: TraceContext, random: (bytes: number) => Uint8Array = randomBytes): TraceContext {
  return { ...parent, spanId: hexId(SPAN_ID_BYTES, random) };
}

/**
 * Reads a `traceparent` header; null when it is absent or not valid, in which case the standard asks for a new trace.
 * A higher version than 00 is read by the fields of 00, as the standard says; version ff is invalid.
 */
export function parseTraceparent(header: string | undefined): TraceContext | null {
  const match = header === undefined ? null : TRACEPARENT.exec(header.trim());
  if (match === null) return null;
  const [, version, traceId = '', spanId = '', flags = '', rest] = match;
  if (version === 'ff' || (version === '00' && rest !== undefined)) return null;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return null;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & SAMPLED) === SAMPLED };
}

export function formatTraceparent(context: TraceContext): string {
  return `00-${context.traceId}-${context.spanId}-${context.sampled ? '01' : '00'}`;
}

function hexId(bytes: number, random: (bytes: number) => Uint8Array): string {
  const { buffer, byteOffset } = random(bytes);
  const id = Buffer.from(buffer, byteOffset, bytes).toString('hex');
  return ALL_ZERO.startsWith(id) ? `${id.slice(1)}1` : id;
}
