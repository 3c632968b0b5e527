/**
 * The sweep: brings back what dead workers left, and repairs what queue and tables disagree about.
 *
 * A node holds a liveness lock for as long as its connection to the database lives. One that is missing for `graceMs`
 * (a reconnecting node is back within a second) is taken for dead and its jobs are handed out again: sooner than by its
 * missed heartbeats, which remain the backstop for a node or a connection that hangs. The grace is counted over passes that
 * succeeded, so that a database that was away makes no node dead. Fencing makes a wrong guess harmless.
 */
import { messageOf } from '@switchyard/core';
import type { Logger } from '../ports/logger.ts';
import type { Queue } from '../ports/queue.ts';
import type { Signals } from '../ports/signals.ts';
import type { Orphan, Store } from '../ports/store.ts';
import { type Periodic, startPeriodic } from './periodic.ts';
import type { TreeKeeper } from './tree-keeper.ts';

const INTERVAL_MS = 1_000;
const GRACE_MS = 3_000;
/** Reconciling reads every open task, so it is done seldom. */
const RECONCILE_MS = 20_000;

export interface SweepOptions {
  readonly store: Pick<Store, 'orphans' | 'reconcile'>;
  readonly queue: Pick<Queue, 'abandon'>;
  readonly signals: Signals;
  readonly trees: Pick<TreeKeeper, 'pass'>;
  readonly logger: Logger;
  readonly intervalMs?: number;
  readonly graceMs?: number;
  readonly reconcileMs?: number;
  /** Monotonic milliseconds. */
  readonly now?: () => number;
}

/** Its pass serves tests and the start. */
export type Sweep = Periodic;

export function startSweep(options: SweepOptions): Sweep {
  const { store, queue, signals, trees, logger } = options;
  const { intervalMs = INTERVAL_MS, graceMs = GRACE_MS, reconcileMs = RECONCILE_MS } = options;
  const now = options.now ?? (() => performance.now());
  /** By node where it is gone, by job where only its heartbeats are missing. */
  const missingSince = new Map<string, number>();
  let reconciledAt = now();

  const bringBack = async (): Promise<void> => {
    const orphans = await store.orphans();
    noteMissing(orphans.map(missingName), missingSince, now());
    for (const orphan of orphans) {
      const { node, job } = orphan;
      if (now() - (missingSince.get(missingName(orphan)) ?? now()) < graceMs) continue;
      if (await queue.abandon(job)) {
        logger.warn({ task: job.taskId, node }, 'a worker died; its task goes to another');
        signals.publish([{ topic: 'jobs', key: job.arm }]);
      }
    }
  };

  const repair = async (): Promise<void> => {
    if (now() - reconciledAt < reconcileMs) return;
    reconciledAt = now();
    const { requeued, failed } = await store.reconcile();
    if (requeued + failed > 0) logger.warn({ requeued, failed }, 'repaired tasks that had lost their job');
  };

  const once = async (): Promise<void> => {
    try {
      await bringBack();
      await trees.pass();
      await repair();
    } catch (error) {
      // Whoever was missing may only have been as far from the database as we are: everyone gets the whole grace again.
      missingSince.clear();
      logger.debug({ error: messageOf(error) }, 'a sweep did not finish');
    }
  };
  return startPeriodic(once, intervalMs);
}

function missingName({ node, isGone, job }: Orphan): string {
  return isGone ? `node ${node}` : `job ${job.id}/${job.delivery}`;
}

/** Who is missing now keeps the time since when; whoever is back is forgotten. */
function noteMissing(names: readonly string[], since: Map<string, number>, now: number): void {
  const missing = new Set(names);
  for (const name of since.keys()) if (!missing.has(name)) since.delete(name);
  for (const name of missing) if (!since.has(name)) since.set(name, now);
}
