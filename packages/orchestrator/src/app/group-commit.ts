/**
 * Group commit: calls that arrive in the same turn of the event loop, or while writes are under way, share the next one.
 *
 * Owns: the line of waiting items and the one write in flight. Leaves to its caller: what a write is.
 * Invariants:
 * 1. A lone item is written at the end of the turn in which it came; no timer is waited for.
 * 2. At most `lanes` writes are in flight; a write carries at most `batchLimit` items, in the order of arrival. Where more
 *    than one write may begin, they share what waits: while the database is at one of them, we are at the next.
 * 3. Every item is settled by the write that carried it: with its own answer, or with that write's error. A batch that is
 *    refused for what it holds (no transient error) is written again item by item, so that a bad item fails alone.
 * 4. At most `waitingLimit` items wait; further ones are refused at once.
 */
import { isTransient } from '@switchyard/core';
import { Overloaded } from './errors.ts';
import { turnEnd } from './turn-end.ts';

/** Fewer items than this are not worth a transaction each for two halves. */
const SMALLEST_SHARE = 16;

export interface GroupCommitOptions {
  /** Writes in flight at once. Two keep the disk busy while the next batch gathers. */
  readonly lanes?: number;
  readonly batchLimit?: number;
  readonly waitingLimit?: number;
}

interface Waiting<Item, Answer> {
  readonly item: Item;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

export function createGroupCommit<Item, Answer>(
  write: (items: readonly Item[]) => Promise<readonly Answer[]>,
  options: GroupCommitOptions = {},
): (item: Item) => Promise<Answer> {
  const { lanes = 2, batchLimit = 500, waitingLimit = 10_000 } = options;
  const waiting: Waiting<Item, Answer>[] = [];
  let inFlight = 0;
  let pumping = false;

  const pumpSoon = (): void => {
    if (pumping) return;
    pumping = true;
    void turnEnd().then(() => {
      pumping = false;
      pump();
    });
  };

  const pump = (): void => {
    while (inFlight < lanes && waiting.length > 0) {
      const share = Math.max(SMALLEST_SHARE, Math.ceil(waiting.length / (lanes - inFlight)));
      const batch = waiting.splice(0, Math.min(share, batchLimit));
      inFlight += 1;
      void carry(batch);
    }
  };

  const carry = async (batch: readonly Waiting<Item, Answer>[]): Promise<void> => {
    try {
      await writeBatch(batch);
    } finally {
      inFlight -= 1;
      pumpSoon();
    }
  };

  const writeBatch = async (batch: readonly Waiting<Item, Answer>[]): Promise<void> => {
    try {
      const answers = await write(batch.map((one) => one.item));
      batch.forEach((one, index) => {
        const answer = answers[index];
        if (answer === undefined)
          one.reject(new Error(`the write answered ${answers.length} of ${batch.length} items`));
        else one.resolve(answer);
      });
    } catch (error) {
      if (batch.length > 1 && !isTransient(error)) for (const one of batch) await writeBatch([one]);
      else for (const one of batch) one.reject(error);
    }
  };

  return (item) =>
    new Promise((resolve, reject) => {
      if (waiting.length >= waitingLimit) {
        reject(new Overloaded(waiting.length));
        return;
      }
      waiting.push({ item, resolve, reject });
      pumpSoon();
    });
}
