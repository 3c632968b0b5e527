import { ArmUnresponsive } from '../../app/bound-stops.ts';
import type { Arm } from '../../ports/arm.ts';
import { ArmTimedOut } from './arm-errors.ts';

/** The arm, with an end to each attempt: one that is not done in time is stopped and counts as failed for now. */
export function withTimeLimit(arm: Arm, seconds: number): Arm {
  return {
    ...arm,
    problem: () => arm.problem(),
    run: async (work) => {
      const over = new AbortController();
      const late = new ArmTimedOut(arm.name, seconds);
      const timer = setTimeout(() => over.abort(late), seconds * 1000);
      try {
        const limit = new Date(Date.now() + seconds * 1000);
        const deadline = limit < work.deadline ? limit : work.deadline;
        return await arm.run({ ...work, deadline, signal: AbortSignal.any([work.signal, over.signal]) });
      } catch (error) {
        // It may still be at work: another attempt would run beside it.
        if (error instanceof ArmUnresponsive) throw error;
        // An arm may answer its signal with an error of its own.
        throw over.signal.aborted && !work.signal.aborted ? late : error;
      } finally {
        clearTimeout(timer);
      }
    },
  };
}
