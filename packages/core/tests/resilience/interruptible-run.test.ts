import { describe, expect, test } from 'vitest';
import { InterruptibleRun, type Interruption } from '../../src/resilience/interruptible-run.ts';
import { ManualClock } from '../../testing/index.ts';

/** A step that ends only when it is interrupted; hands out how it learns of that. */
function hangingStep(
  run: InterruptibleRun,
  ms?: number,
): { readonly step: Promise<void>; readonly told: Interruption } {
  const told: Interruption[] = [];
  const step = run.step<void>(
    (interruption) => {
      told.push(interruption);
      return new Promise(() => {});
    },
    ms === undefined ? null : { ms, makeError: () => new Error('too late') },
  );
  const [interruption] = told;
  if (interruption === undefined) throw new Error('the step did not start');
  return { step, told: interruption };
}

describe('a step', () => {
  test('that is ended tells its signal and its listener the reason, asked before or after', async () => {
    const run = new InterruptibleRun(new ManualClock().schedule);
    const { step, told } = hangingStep(run);
    const reasons: unknown[] = [];
    told.onInterrupt((reason) => reasons.push(reason));
    const early = told.signal;
    run.end('enough');
    await expect(step).rejects.toBe('enough');
    expect(early).toMatchObject({ aborted: true, reason: 'enough' });
    told.onInterrupt((reason) => reasons.push(reason));
    expect(reasons).toEqual(['enough', 'enough']);
    expect(told.signal).toBe(early);
  });

  test('whose signal is first asked for after its end has one that has aborted', async () => {
    const clock = new ManualClock();
    const run = new InterruptibleRun(clock.schedule);
    const { step, told } = hangingStep(run, 10);
    clock.advance(10);
    await expect(step).rejects.toThrow('too late');
    expect(told.signal.aborted).toBe(true);
    expect(run.ended).toBe(false);
  });

  test('that succeeds is not interrupted, and holds no timer', async () => {
    const clock = new ManualClock();
    const run = new InterruptibleRun(clock.schedule);
    const interrupted: unknown[] = [];
    const limit = { ms: 10, makeError: () => new Error('too late') };
    const value = await run.step(async (interruption) => {
      interruption.onInterrupt((reason) => interrupted.push(reason));
      return 7;
    }, limit);
    run.end('enough');
    expect(value).toBe(7);
    expect([interrupted, clock.pending]).toEqual([[], 0]);
  });

  test('does not start once the run has ended, and one that throws at once fails', async () => {
    const run = new InterruptibleRun(new ManualClock().schedule);
    const thrown = new Error('at once');
    const failing = run.step(() => {
      throw thrown;
    }, null);
    await expect(failing).rejects.toBe(thrown);
    run.end('enough');
    const never = run.step(() => Promise.reject(new Error('it started')), null);
    await expect(never).rejects.toBe('enough');
  });
});
