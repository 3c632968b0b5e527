/** A working node says what it works for and how that is, again and again, so that any process can tell. */
import { messageOf } from '@switchyard/core';
import type { Arm } from '../ports/arm.ts';
import type { Logger } from '../ports/logger.ts';
import type { NodeIdentity, Store } from '../ports/store.ts';
import { startPeriodic } from './periodic.ts';

const INTERVAL_MS = 3_000;

export interface AnnounceOptions {
  readonly store: Pick<Store, 'announce' | 'withdraw'>;
  readonly node: NodeIdentity;
  /** Asked each time: a reload changes them. */
  readonly arms: () => readonly Arm[];
  readonly logger: Logger;
  readonly intervalMs?: number;
}

export interface Announcing {
  /** Says it now, without waiting for its turn. Never rejects. */
  now(): Promise<void>;
  /** Says that it works for nothing any more. */
  stop(): Promise<void>;
}

export function startAnnouncing({ store, node, arms, logger, intervalMs = INTERVAL_MS }: AnnounceOptions): Announcing {
  const say = async (): Promise<void> => {
    try {
      const standings = arms().map((arm) => ({ arm: arm.name, slots: arm.concurrency, problem: arm.problem() }));
      await store.announce(node, standings);
    } catch (error) {
      logger.debug({ error: messageOf(error) }, 'this node could not say what it works for');
    }
  };
  const passes = startPeriodic(say, intervalMs);
  void passes.pass();
  return {
    now: () => passes.pass(),
    stop: async () => {
      await passes.stop();
      // A database that is away forgets the node by its liveness lock.
      await store.withdraw(node).catch(() => undefined);
    },
  };
}
