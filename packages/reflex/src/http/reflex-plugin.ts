/**
 * POST /process of the Reflex protocol as a Fastify plugin, for a server that has its own health, readiness and metrics
 * page. `startReflexServer` is the one that stands alone.
 *
 * 1. It answers errors by itself, as the protocol has them, whatever the server that it is mounted on does.
 * 2. Neither an error nor a metric nor the cache holds anything of a text.
 * 3. The limit of an address is looked at before the body is read, that of a user before the text is.
 */
import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { Registry } from 'prom-client';
import { DetectionFailed, sendReflexError } from './error-answers.ts';
import { type LimitDimension, RateLimitExceeded } from './errors.ts';
import { type ProcessRequest, readProcessRequest } from './process-request.ts';
import { type ProcessAnswer, type Processing, processText, type ServerPiiPolicy } from './process-text.ts';
import { createReflexMetrics, type ReflexMetrics } from './reflex-metrics.ts';
import { type BucketOptions, TokenBuckets } from './token-buckets.ts';
import { VerdictCache, type VerdictCacheOptions } from './verdict-cache.ts';

export type RateLimits = { readonly [dimension in LimitDimension]?: BucketOptions | undefined };

export interface ReflexPluginOptions {
  /** Default report. */
  readonly piiPolicy?: ServerPiiPolicy | undefined;
  /** By address, by user_id. Default: none. */
  readonly limits?: RateLimits | undefined;
  readonly cache?: VerdictCacheOptions | undefined;
  /** Where it counts. Default: one of its own that nobody sees. */
  readonly registry?: Registry | undefined;
  /** Told of errors that are our fault; they hold nothing of the text. */
  readonly onBug?: ((error: unknown, requestId: string) => void) | undefined;
  /** Milliseconds, monotonic. Default `performance.now`. */
  readonly now?: (() => number) | undefined;
}

/** A text of 100,000 characters, each escaped, and room for its context. */
export const BODY_LIMIT_BYTES = 1024 * 1024;
const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;

export const reflexPlugin: FastifyPluginAsync<ReflexPluginOptions> = async (routes, options) => {
  addProcessRoute(routes, options);
};

/** Error answers and counting hold for all routes of the scope. */
export function addProcessRoute(routes: FastifyInstance, options: ReflexPluginOptions): void {
  const { registry = new Registry(), onBug = () => undefined, now = () => performance.now() } = options;
  const metrics = createReflexMetrics(registry);
  const processing: Processing = {
    cache: new VerdictCache({ now, ...options.cache }),
    metrics,
    piiPolicy: options.piiPolicy ?? 'report',
    now,
  };
  const limit = createLimits(options.limits ?? {}, metrics, now);
  routes.setValidatorCompiler(() => (value: unknown) => ({ value }));
  routes.setSerializerCompiler(() => (value) => JSON.stringify(value));
  routes.setErrorHandler((error, request, reply) => sendReflexError(error, reply, (bug) => onBug(bug, request.id)));
  countRequests(routes, metrics);
  routes.post(
    '/process',
    {
      bodyLimit: BODY_LIMIT_BYTES,
      onRequest: async (request) => limit('ip', request.ip),
      schema: {
        summary: 'Screen a text',
        description:
          'Looks for personal data, secrets and prompt injection. `text` (1 to 100,000 characters), `user_id`, `check_pii`, `check_injection`, `use_cache`.',
        tags: ['reflex'],
      },
    },
    async (request: FastifyRequest, reply: FastifyReply): Promise<ProcessAnswer> => {
      void reply.header('x-request-id', request.id);
      const wanted = readProcessRequest(request.body);
      if (wanted.user_id !== null) limit('user', wanted.user_id);
      metrics.allowed.inc();
      return answerTo(wanted, request.id, processing);
    },
  );
}

/** Its own uuid, where the sender's X-Request-ID is none. */
function answerTo(wanted: ProcessRequest, requestId: string, processing: Processing): ProcessAnswer {
  try {
    return processText(wanted, UUID.test(requestId) ? requestId : randomUUID(), processing);
  } catch (error) {
    throw new DetectionFailed(error);
  }
}

function createLimits(
  limits: RateLimits,
  metrics: ReflexMetrics,
  now: () => number,
): (dimension: LimitDimension, key: string) => void {
  const buckets = {
    ip: limits.ip && new TokenBuckets({ now, ...limits.ip }),
    user: limits.user && new TokenBuckets({ now, ...limits.user }),
  };
  return (dimension, key) => {
    const startedAt = now();
    const waitMs = buckets[dimension]?.take(key) ?? 0;
    metrics.limitSeconds.observe({ dimension }, (now() - startedAt) / 1000);
    if (waitMs === 0) return;
    metrics.rejected.inc({ dimension });
    throw new RateLimitExceeded(dimension, waitMs);
  };
}

function countRequests(routes: FastifyInstance, metrics: ReflexMetrics): void {
  routes.addHook('onResponse', async (request, reply) => {
    const path = request.routeOptions.url ?? 'unknown';
    metrics.requests.inc({ method: request.method, path });
    metrics.requestSeconds.observe(
      { method: request.method, path, status: String(reply.statusCode) },
      reply.elapsedTime / 1000,
    );
  });
}
