/**
 * Bounds what an arm that ignores its signal can hold. An attempt that has not ended some time after it was told to stop is
 * given up: its slot is free again, and what it still does nobody hears of, since a later outcome is never written. As many
 * such runs as the arm has slots, and it gets no further work on this node.
 */
import { SwitchyardError } from '@switchyard/core';
import type { Arm, Work } from '../ports/arm.ts';
import type { Logger } from '../ports/logger.ts';
import { AttemptStopped } from './stop-reason.ts';

const GRACE_MS = 30_000;
/** A node that shuts down waits less: the work ends with its process. */
const SHUTDOWN_GRACE_MS = 3_000;

/** The arm did not stop when it was told to. */
export class ArmUnresponsive extends SwitchyardError {
  constructor(arm: string, ms: number) {
    super(
      'arm_unresponsive',
      'terminal',
      `arm "${arm}" was told to stop and had not after ${ms / 1000} s: its work may still go on, and whatever comes of it is dropped`,
    );
  }
}

export interface BoundStopsOptions {
  readonly logger: Logger;
  readonly graceMs?: number;
  readonly shutdownGraceMs?: number;
}

export function boundStops(arm: Arm, options: BoundStopsOptions): Arm {
  const { logger, graceMs = GRACE_MS, shutdownGraceMs = SHUTDOWN_GRACE_MS } = options;
  /** Runs that were given up and have not ended. */
  let leftBehind = 0;
  const leave = (running: Promise<unknown>, { task }: Work): void => {
    leftBehind += 1;
    logger.error({ task: task.id, arm: arm.name, leftBehind }, 'an arm ignores that it was told to stop');
    const ended = (): void => {
      leftBehind -= 1;
    };
    running.then(ended, ended);
  };
  const isStuck = (): boolean => leftBehind >= arm.concurrency;
  return {
    ...arm,
    isStuck,
    problem: () =>
      isStuck() ? `${leftBehind} of its runs ignore that they were told to stop; restart this node` : arm.problem(),
    run: async (work) => {
      const running = arm.run(work);
      const patience = patienceWith(work.signal, (cause) => (cause === 'shutdown' ? shutdownGraceMs : graceMs));
      try {
        const first = await Promise.race([running.then((result) => ({ result })), patience.over]);
        if ('result' in first) return first.result;
        leave(running, work);
        throw new ArmUnresponsive(arm.name, first.waitedMs);
      } finally {
        patience.end();
      }
    },
  };
}

/** `over` resolves when the signal has fired and the time that its cause allows has passed. */
function patienceWith(signal: AbortSignal, graceOf: (cause: string | null) => number) {
  const { promise, resolve } = Promise.withResolvers<{ readonly waitedMs: number }>();
  let timer: NodeJS.Timeout | undefined;
  const begin = (): void => {
    const reason: unknown = signal.reason;
    const waitedMs = graceOf(reason instanceof AttemptStopped ? reason.stopCause : null);
    timer = setTimeout(() => resolve({ waitedMs }), waitedMs);
  };
  if (signal.aborted) begin();
  else signal.addEventListener('abort', begin, { once: true });
  return {
    over: promise,
    end: (): void => {
      signal.removeEventListener('abort', begin);
      clearTimeout(timer);
    },
  };
}
