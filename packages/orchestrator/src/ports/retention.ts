/** Taking out of the store what was kept long enough, a little at a time. */
import type { Retention } from '../domain/retention.ts';

export type RetainedKind = 'tasks' | 'events' | 'screen_log' | 'idempotency_keys' | 'transcripts';

export interface RetentionMetrics {
  removed(kind: RetainedKind, count: number): void;
}

/** Where a walk over ended tasks goes on; opaque to everyone but the store. */
export type RetentionCursor = string;

export interface RemovedSome {
  readonly removed: number;
  /** Where to go on; null: there is no more for now. */
  readonly next: RetentionCursor | null;
}

export interface RetentionStore {
  /**
   * One small transaction. Null when another node is at it right now. What has children or a key that still answers stays
   * for a later walk.
   */
  removeSome(kind: RetainedKind, keep: Retention, from: RetentionCursor | null): Promise<RemovedSome | null>;
}
