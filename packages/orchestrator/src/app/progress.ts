/**
 * Progress reports of one attempt: coalesced, so that an arm may report as often as it likes.
 *
 * At most one write is in flight and the newest report waits behind it; older ones in between are dropped. A report that
 * cannot be written, or is too large, is dropped too: progress is news, not record.
 */
import { messageOf } from '@switchyard/core';
import type { JsonValue } from '../contract/index.ts';
import { storable } from '../domain/storable.ts';
import type { Logger } from '../ports/logger.ts';
import type { Signals } from '../ports/signals.ts';
import type { AttemptRef, Store } from '../ports/store.ts';

/**
 * JSON of one report, UTF-16 code units. Each becomes an event, of which a task may have thousands: at the size of an answer, a
 * remote arm that is asked once a second would fill the disk.
 */
const REPORT_LIMIT = 65_536;

export interface ProgressReporter {
  readonly report: (progress: JsonValue) => void;
  /** Waits for the write in flight; later reports are ignored. */
  close(): Promise<void>;
}

export function createProgressReporter(
  attempt: AttemptRef,
  { store, signals, logger }: { store: Pick<Store, 'progress'>; signals: Signals; logger: Logger },
): ProgressReporter {
  let newest: { readonly value: JsonValue } | null = null;
  let writing: Promise<void> | null = null;
  let closed = false;
  let saidTooLarge = false;

  const isTooLarge = (value: JsonValue): boolean => {
    const size = JSON.stringify(value).length;
    if (size <= REPORT_LIMIT) return false;
    if (!saidTooLarge)
      logger.warn(
        { task: attempt.taskId, size, limit: REPORT_LIMIT },
        'progress reports that are too large are dropped',
      );
    saidTooLarge = true;
    return true;
  };

  const drain = async (): Promise<void> => {
    while (newest !== null && !closed) {
      const { value } = newest;
      newest = null;
      try {
        if (await store.progress(attempt, value)) signals.publish([{ topic: 'task', key: attempt.taskId }]);
      } catch (error) {
        logger.warn({ task: attempt.taskId, error: messageOf(error) }, 'a progress report was dropped');
      }
    }
    writing = null;
  };

  return {
    report: (progress) => {
      if (closed) return;
      // A copy: the arm may go on to change what it reported.
      const value = storable(progress);
      if (isTooLarge(value)) return;
      newest = { value };
      writing ??= drain();
    },
    close: async () => {
      closed = true;
      await writing;
    },
  };
}
