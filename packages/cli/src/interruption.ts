import { Interrupted } from './errors.ts';
import { EXIT } from './exit-codes.ts';
import type { Io } from './io.ts';

/**
 * A terminal's Ctrl-C reaches the process twice when a parent (npm, the launcher) passes it on as well: a second signal this
 * soon after the first is the same one.
 */
const SAME_SIGNAL_MS = 500;

export interface Interruption {
  /** Aborts with an Interrupted on the first signal. */
  readonly signal: AbortSignal;
  /** Stops listening. */
  dispose(): void;
}

/** The first signal asks the command to stop; a second one ends the process at once. */
export function listenForInterruption(io: Io, now: () => number = () => performance.now()): Interruption {
  const controller = new AbortController();
  let firstAt: number | undefined;
  const stopListening = io.onStopSignal((signal) => {
    if (firstAt === undefined) {
      firstAt = now();
      controller.abort(new Interrupted(signal));
    } else if (now() - firstAt >= SAME_SIGNAL_MS) {
      io.exit(EXIT.interrupted);
    }
  });
  return {
    signal: controller.signal,
    dispose: stopListening,
  };
}
