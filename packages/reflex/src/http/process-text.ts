/** One request to /process, from its text to its answer. */
import { decide } from '../policy.ts';
import { screen } from '../screen.ts';
import type { ContextAnalysis, InjectionType, PiiType, Severity, Span, Verdict } from '../verdict.ts';
import type { ProcessRequest } from './process-request.ts';
import type { ReflexMetrics } from './reflex-metrics.ts';
import type { VerdictCache } from './verdict-cache.ts';

/** What is done about personal data; injection that is Critical always blocks. */
export type ServerPiiPolicy = 'block' | 'report';

export interface ProcessAnswer {
  readonly request_id: string;
  readonly status: 'Success' | 'Blocked';
  readonly pii_detected: boolean;
  readonly pii_matches: readonly {
    readonly pii_type: PiiType;
    readonly value: string;
    readonly position: number;
    readonly confidence: number;
    /** The value with a few characters around it. */
    readonly context: string;
  }[];
  readonly injection_detected: boolean;
  readonly injection_matches: readonly {
    readonly injection_type: InjectionType;
    readonly severity: Severity;
    readonly matched_text: string;
    readonly position: number;
    readonly confidence: number;
    readonly context_analysis: ContextAnalysis;
  }[];
  readonly cache_hit: boolean;
  readonly processing_time_ms: number;
  readonly details: {
    readonly pii_counts: { readonly [type in PiiType]?: number };
    readonly injection_counts: { readonly [type in InjectionType]?: number };
    readonly policy: { readonly pii: ServerPiiPolicy; readonly injection: 'block_critical' };
    /** True when there were more of a kind than are listed. */
    readonly truncated: boolean;
  };
}

export interface Processing {
  readonly cache: VerdictCache;
  readonly metrics: ReflexMetrics;
  readonly piiPolicy: ServerPiiPolicy;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
}

/** UTF-16 code units before and behind a value. */
const CONTEXT_CHARACTERS = 20;

export function processText(request: ProcessRequest, requestId: string, parts: Processing): ProcessAnswer {
  const { metrics, piiPolicy, now } = parts;
  const startedAt = now();
  const { verdict, cacheHit } = verdictOn(request, parts);
  const { pii, injection, truncated } = verdict;
  const reasons = [
    ...decide({ ...verdict, injection: [] }, piiPolicy === 'block' ? 'enforce' : 'report').reasons,
    ...decide({ ...verdict, pii: [] }, 'enforce').reasons,
  ];
  for (const { type } of pii) metrics.pii.inc({ pii_type: type });
  for (const { severity } of injection) metrics.injections.inc({ severity });
  if (reasons.length > 0) metrics.blocked.inc();
  const { text } = request;
  return {
    request_id: requestId,
    status: reasons.length > 0 ? 'Blocked' : 'Success',
    pii_detected: pii.length > 0,
    pii_matches: pii.map((match) => ({
      pii_type: match.type,
      value: cut(text, match),
      position: match.position,
      confidence: match.confidence,
      context: around(text, match),
    })),
    injection_detected: injection.length > 0,
    injection_matches: injection.map((match) => ({
      injection_type: match.type,
      severity: match.severity,
      matched_text: cut(text, match),
      position: match.position,
      confidence: match.confidence,
      context_analysis: match.context,
    })),
    cache_hit: cacheHit,
    processing_time_ms: now() - startedAt,
    details: {
      pii_counts: countsOf(pii.map(({ type }) => type)),
      injection_counts: countsOf(injection.map(({ type }) => type)),
      policy: { pii: piiPolicy, injection: 'block_critical' },
      truncated,
    },
  };
}

function verdictOn(
  request: ProcessRequest,
  { cache, metrics, now }: Processing,
): { readonly verdict: Verdict; readonly cacheHit: boolean } {
  const timed = <T>(work: () => T, observe: (seconds: number) => void): T => {
    const from = now();
    const result = work();
    observe((now() - from) / 1000);
    return result;
  };
  const key = request.use_cache ? cache.keyOf(request) : null;
  if (key !== null) {
    const known = timed(
      () => cache.get(key),
      (seconds) => metrics.cacheSeconds.observe({ operation: 'get' }, seconds),
    );
    (known === null ? metrics.cacheMisses : metrics.cacheHits).inc();
    if (known !== null) return { verdict: known, cacheHit: true };
  }
  const search = (check: 'check_pii' | 'check_injection', observe: (seconds: number) => void): Verdict => {
    if (!request[check]) return { pii: [], injection: [], truncated: false };
    const only = { check_pii: false, check_injection: false, [check]: true };
    return timed(() => screen(request.text, only), observe);
  };
  const found = search('check_pii', (seconds) => metrics.piiSeconds.observe(seconds));
  const attacks = search('check_injection', (seconds) => metrics.injectionSeconds.observe(seconds));
  const verdict: Verdict = {
    pii: found.pii,
    injection: attacks.injection,
    truncated: found.truncated || attacks.truncated,
  };
  if (key !== null) {
    timed(
      () => cache.set(key, verdict),
      (seconds) => metrics.cacheSeconds.observe({ operation: 'set' }, seconds),
    );
  }
  return { verdict, cacheHit: false };
}

function cut(text: string, { position, length }: Span): string {
  return text.slice(position, position + length);
}

function around(text: string, { position, length }: Span): string {
  const part = text.slice(Math.max(0, position - CONTEXT_CHARACTERS), position + length + CONTEXT_CHARACTERS);
  // Half of a pair at either end is no character.
  return part.replace(/^[\udc00-\udfff]|[\ud800-\udbff]$/g, '');
}

function countsOf<Type extends string>(types: readonly Type[]): { readonly [type in Type]?: number } {
  const counts: { [type in Type]?: number } = {};
  for (const type of types) counts[type] = (counts[type] ?? 0) + 1;
  return counts;
}
