/** `traceparent` in and out of headers (W3C Trace Context, https://www.w3.org/TR/trace-context/). */
import { formatTraceparent, parseTraceparent, type TraceContext } from '../trace-context.ts';

const TRACEPARENT = 'traceparent';

/** Headers as Node, Fastify and plain objects have them. */
export type HeaderRecord = Readonly<Record<string, string | readonly string[] | undefined>>;

/** The headers with a `traceparent`, in place of one that was there; a copy. Without a context, the headers as they are. */
export function injectTraceparent(
  headers: Readonly<Record<string, string>>,
  context: TraceContext | undefined,
): Record<string, string> {
  const copy = Object.fromEntries(
    Object.entries(headers).filter(([name]) => context === undefined || !isTraceparent(name)),
  );
  return context === undefined ? copy : { ...copy, [TRACEPARENT]: formatTraceparent(context) };
}

/** The context that a request came with; null when it has none, more than one, or one that is not valid. */
export function extractTraceparent(headers: Headers | HeaderRecord): TraceContext | null {
  if (headers instanceof Headers) return parseTraceparent(headers.get(TRACEPARENT) ?? undefined);
  const values = Object.entries(headers).flatMap(([name, value]) => (isTraceparent(name) ? (value ?? []) : []));
  return values.length === 1 ? parseTraceparent(values[0]) : null;
}

function isTraceparent(name: string): boolean {
  return name.toLowerCase() === TRACEPARENT;
}
