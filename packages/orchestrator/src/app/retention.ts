/**
 * Keeps the tables from growing without end: what has ended is removed when it was kept as long as configured.
 *
 * Every node runs it; the store lets one at a time remove. Batches are small and have a rest between them, so that neither
 * the vacuum nor anyone else's work waits for them.
 */
import { messageOf, sleep } from '@switchyard/core';
import type { Retention } from '../domain/retention.ts';
import type { Logger } from '../ports/logger.ts';
import type { RetainedKind, RetentionCursor, RetentionMetrics, RetentionStore } from '../ports/retention.ts';
import { startPeriodic } from './periodic.ts';

const INTERVAL_MS = 60_000;
const REST_MS = 50;
/** Keys go before the tasks that they keep. */
const KINDS: readonly RetainedKind[] = ['idempotency_keys', 'tasks', 'transcripts', 'events', 'screen_log'];

export interface RetentionOptions {
  readonly store: RetentionStore;
  readonly keep: Retention;
  readonly metrics: RetentionMetrics;
  readonly logger: Logger;
  readonly intervalMs?: number;
  readonly restMs?: number;
}

export interface RetentionLoop {
  /** One pass, now: until nothing is left to remove. */
  pass(): Promise<void>;
  stop(): Promise<void>;
}

export function startRetention(options: RetentionOptions): RetentionLoop {
  const { store, keep, metrics, logger, intervalMs = INTERVAL_MS, restMs = REST_MS } = options;
  const stopping = new AbortController();
  /** Events behind it are gone already; an ended task never moves back in the order of ends. */
  let eventsFrom: RetentionCursor | null = null;

  const remove = async (kind: RetainedKind): Promise<void> => {
    let from = kind === 'events' ? eventsFrom : null;
    let total = 0;
    while (!stopping.signal.aborted) {
      const answer = await store.removeSome(kind, keep, from);
      if (answer === null) break;
      total += answer.removed;
      if (answer.removed > 0) metrics.removed(kind, answer.removed);
      if (answer.next === null) break;
      from = answer.next;
      if (kind === 'events') eventsFrom = from;
      await sleep(restMs, stopping.signal).catch(() => undefined);
    }
    if (total > 0) logger.info({ kind, removed: total }, 'removed what was kept as long as configured');
  };

  const once = async (): Promise<void> => {
    try {
      for (const kind of KINDS) await remove(kind);
    } catch (error) {
      logger.debug({ error: messageOf(error) }, 'a retention pass did not finish; the next one goes on');
    }
  };
  const passes = startPeriodic(once, intervalMs);
  return {
    pass: () => passes.pass(),
    stop: async () => {
      stopping.abort(new Error('stopping'));
      await passes.stop();
    },
  };
}
