/** Waiting for what another process or connection will have written. */
import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 25;
const LONGEST_MS = 20_000;

/** Asks until `ask` answers something else than undefined, null or false; an ask that throws is asked again. */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T | undefined | null | false> | T | undefined | null | false,
  longestMs = LONGEST_MS,
): Promise<T> {
  const deadline = performance.now() + longestMs;
  let trouble: unknown;
  while (performance.now() < deadline) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== null && answer !== false) return answer;
      trouble = undefined;
    } catch (error) {
      trouble = error;
    }
    await delay(POLL_MS);
  }
  throw new Error(`after ${longestMs} ms there was still not: ${what}`, { cause: trouble });
}
