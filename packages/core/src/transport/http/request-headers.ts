/** The headers of a request. Names of the caller replace ours, whatever their case. */
import { formatTraceparent, type TraceContext } from '../../trace-context.ts';

export interface HeaderParts {
  readonly fixed: Readonly<Record<string, string>>;
  readonly hasBody: boolean;
  readonly idempotencyKey: string | undefined;
  readonly trace: TraceContext | undefined;
  readonly own: Readonly<Record<string, string>> | undefined;
}

/** What every request of a client carries. */
export function fixedHeaders(apiToken: string | undefined): Readonly<Record<string, string>> {
  const accept = { Accept: 'application/json' };
  return apiToken === undefined || apiToken === '' ? accept : { Authorization: `Bearer ${apiToken}`, ...accept };
}

export function buildHeaders({ fixed, hasBody, idempotencyKey, trace, own }: HeaderParts): Record<string, string> {
  const headers: Record<string, string> = { ...fixed };
  if (hasBody) headers['Content-Type'] = 'application/json';
  if (idempotencyKey !== undefined) headers['Idempotency-Key'] = idempotencyKey;
  if (trace !== undefined) headers['traceparent'] = formatTraceparent(trace);
  if (own === undefined) return headers;
  const names = new Map(Object.keys(headers).map((name) => [name.toLowerCase(), name]));
  for (const [name, value] of Object.entries(own)) headers[names.get(name.toLowerCase()) ?? name] = value;
  return headers;
}
