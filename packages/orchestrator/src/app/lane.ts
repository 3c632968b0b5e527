/**
 * The lane of one arm on one node: claims as many jobs as it has free slots.
 *
 * Owns: the slots and the loop. Leaves to the dispatcher: leases, cancels, shutdown of running attempts.
 * Invariants:
 * 1. Never more than `concurrency` attempts run.
 * 2. It looks at the queue when woken, when a slot comes free where none was, and every `pollMs` as the floor. Slots that
 *    come free in the same turn of the event loop are filled by one look. Held back by a limit, it looks when that lets go.
 * 3. After `close` nothing more is claimed; what a look in flight brings is still started, so that no job is stranded.
 * 4. A slot is handed on only while all are taken: with one to spare, the last look saw the queue's end.
 */
import { messageOf } from '@switchyard/core';
import type { Logger } from '../ports/logger.ts';
import type { Claim } from '../ports/store.ts';
import { turnEnd } from './turn-end.ts';

const POLL_MS = 1_000;
/** While the database is away, the log says so once in this time. */
const COMPLAINT_MS = 10_000;

export interface LaneOptions {
  readonly arm: string;
  readonly concurrency: number;
  /** At most `count` jobs. */
  readonly claim: (count: number) => Promise<readonly Claim[]>;
  /** As the last claim found: when limits let more begin, milliseconds; null when none held it back. */
  readonly againMs?: () => number | null;
  readonly logger: Logger;
  /**
   * Brings what was claimed to its end, and what it claims itself in its place while `handsOn()`; never rejects. The slot is taken until then.
   */
  readonly run: (claim: Claim, handsOn: () => boolean) => Promise<void>;
  readonly pollMs?: number;
}

export interface Lane {
  /** A job may be there. */
  wake(): void;
  /** Fetches no more; resolves when the loop has ended. Running attempts go on. */
  close(): Promise<void>;
}

export function startLane(options: LaneOptions): Lane {
  const { arm, concurrency, claim, againMs = () => null, logger, run, pollMs = POLL_MS } = options;
  let free = concurrency;
  let closed = false;
  let woken = true;
  let complainedAt = Number.NEGATIVE_INFINITY;
  let wakeUp: (() => void) | null = null;

  const wake = (): void => {
    woken = true;
    wakeUp?.();
  };

  const handsOn = (): boolean => free === 0 && !closed;

  const start = (claimed: Claim): void => {
    free -= 1;
    void run(claimed, handsOn).finally(() => {
      // With a slot to spare all along, the last look saw the queue's end, and a later job rings.
      const wasFull = free === 0;
      free += 1;
      if (wasFull || againMs() !== null) wake();
    });
  };

  const rest = (): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(() => wakeUp?.(), Math.min(pollMs, againMs() ?? pollMs));
      wakeUp = () => {
        clearTimeout(timer);
        wakeUp = null;
        resolve();
      };
    });

  const look = async (): Promise<void> => {
    try {
      const asked = free;
      const claims = await claim(asked);
      for (const claimed of claims) start(claimed);
      // A full batch: more may wait behind it.
      if (claims.length === asked) woken = true;
    } catch (error) {
      if (performance.now() - complainedAt < COMPLAINT_MS) return;
      complainedAt = performance.now();
      logger.warn({ arm, error: messageOf(error) }, 'the queue cannot be read; trying on');
    }
  };

  const loop = async (): Promise<void> => {
    while (!closed) {
      await turnEnd();
      if (closed) return;
      woken = false;
      if (free > 0) await look();
      if (!closed && !(woken && free > 0)) await rest();
    }
  };

  const ended = loop();
  return {
    wake,
    close: () => {
      closed = true;
      wake();
      return ended;
    },
  };
}
