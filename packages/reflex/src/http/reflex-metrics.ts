/** What the routes of the protocol count. Names: CONTRACTS.md, section 2; labels are never addresses, users or values. */
import { Counter, Histogram, type Registry } from 'prom-client';

/** Seconds: a short text takes tens of microseconds, a long one some milliseconds. */
const DETECTION_BUCKETS = [0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1];
const REQUEST_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5];

export type ReflexMetrics = ReturnType<typeof createReflexMetrics>;

export function createReflexMetrics(registry: Registry) {
  const registers = [registry];
  const counter = <Label extends string>(name: string, help: string, labelNames: readonly Label[]) =>
    new Counter<Label>({ name: `reflex_${name}`, help, labelNames, registers });
  const seconds = <Label extends string>(name: string, help: string, labelNames: readonly Label[], buckets: number[]) =>
    new Histogram<Label>({ name: `reflex_${name}`, help, labelNames, buckets, registers });
  return {
    requests: counter('http_requests_total', 'Requests', ['method', 'path']),
    requestSeconds: seconds(
      'http_request_duration_seconds',
      'How long requests took',
      ['method', 'path', 'status'],
      REQUEST_BUCKETS,
    ),
    piiSeconds: seconds('pii_detection_duration_seconds', 'Search for personal data', [], DETECTION_BUCKETS),
    pii: counter('pii_detections_total', 'Personal data and secrets found', ['pii_type']),
    injectionSeconds: seconds('injection_detection_duration_seconds', 'Search for injection', [], DETECTION_BUCKETS),
    injections: counter('injection_detections_total', 'Injections found', ['severity']),
    cacheHits: counter('cache_hits_total', 'Verdicts taken from the cache', []),
    cacheMisses: counter('cache_misses_total', 'Verdicts that were not in the cache', []),
    cacheSeconds: seconds('cache_operation_duration_seconds', 'Work of the cache', ['operation'], DETECTION_BUCKETS),
    allowed: counter('rate_limit_allowed_total', 'Requests within the limits', []),
    rejected: counter('rate_limit_rejected_total', 'Requests over a limit', ['dimension']),
    limitSeconds: seconds('rate_limit_duration_seconds', 'Work of the limits', ['dimension'], DETECTION_BUCKETS),
    blocked: counter('requests_blocked_total', 'Texts that were blocked', []),
  };
}
