import { sleep } from '@switchyard/core';
import { DatabaseUnavailable } from '../ports/errors.ts';

const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 1_000;

/**
 * Repeats a write for as long as the database is away; anything else it throws passes through. The one layer that
 * retries database writes of the engine.
 *
 * @param signal ends the patience: the rejection is the last DatabaseUnavailable
 */
export async function patientWrite<T>(write: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
    try {
      return await write();
    } catch (error) {
      if (!(error instanceof DatabaseUnavailable) || signal.aborted) throw error;
      await sleep(waitMs, signal).catch(() => {
        throw error;
      });
    }
  }
}
