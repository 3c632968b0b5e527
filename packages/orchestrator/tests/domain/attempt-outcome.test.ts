import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AttemptEnd,
  type AttemptFacts,
  decideNextStep,
  type NextStep,
  type StopCause,
} from '../../src/domain/attempt-outcome.ts';
import { DEFAULT_BACKOFF } from '../../src/domain/backoff.ts';

const RETURNED: AttemptEnd = { kind: 'returned', result: { answer: 42 }, usage: { input_tokens: 1 }, costUsd: 0.5 };
const threw = (transient: boolean, retryAfterMs = 0): AttemptEnd => ({
  kind: 'threw',
  error: { code: 'arm_failed', message: 'it broke' },
  transient,
  retryAfterMs,
});

function decide(different: Partial<AttemptFacts>): NextStep {
  const facts = { end: RETURNED, stopCause: null, failures: 0, maxAttempts: 3, maxTimeSeconds: 300, ...different };
  return decideNextStep(facts, DEFAULT_BACKOFF, () => 0);
}

describe('what follows an attempt', () => {
  it('completes with the result, its usage and its cost', () => {
    expect(decide({})).toEqual({ kind: 'complete', result: { answer: 42 }, usage: { input_tokens: 1 }, costUsd: 0.5 });
  });

  it('completes with a result that came although the attempt was asked to stop: the work was done', () => {
    for (const stopCause of ['cancel', 'deadline', 'shutdown'] as const) {
      expect(decide({ stopCause }).kind).toBe('complete');
    }
  });

  it('writes nothing once the lease is lost, be there a result or not', () => {
    expect(decide({ stopCause: 'lease-lost' })).toEqual({ kind: 'abandon' });
    expect(decide({ stopCause: 'lease-lost', end: threw(true) })).toEqual({ kind: 'abandon' });
  });

  it('fails where the arm did not stop: cancelled means that the work has', () => {
    const error = { code: 'arm_unresponsive', message: 'it did not stop' };
    const end: AttemptEnd = { kind: 'threw', error, transient: false, retryAfterMs: 0 };
    expect(decide({ stopCause: 'cancel', end })).toEqual({ kind: 'fail', error });
    expect(decide({ stopCause: 'deadline', end })).toEqual({ kind: 'fail', error });
    expect(decide({ stopCause: 'shutdown', end })).toEqual({ kind: 'release' });
    expect(decide({ stopCause: 'lease-lost', end })).toEqual({ kind: 'abandon' });
  });

  it('takes the error that a cancel caused for the cancel', () => {
    expect(decide({ stopCause: 'cancel', end: threw(true) })).toEqual({ kind: 'cancel' });
  });

  it('fails at the deadline and says which budget it was and how to have more', () => {
    const step = decide({ stopCause: 'deadline', end: threw(true), maxTimeSeconds: 7 });
    expect(step).toMatchObject({ kind: 'fail', error: { code: 'deadline_exceeded' } });
    expect(JSON.stringify(step)).toContain('7 s; a larger budget.max_time_seconds (at most 3600)');
  });

  it('goes back to the queue without a failure counted when the node shuts down', () => {
    expect(decide({ stopCause: 'shutdown', end: threw(false), failures: 2 })).toEqual({ kind: 'release' });
  });

  it('fails at once over an error that does not pass', () => {
    expect(decide({ end: threw(false) })).toEqual({ kind: 'fail', error: { code: 'arm_failed', message: 'it broke' } });
  });

  it('is tried again after an error that may pass, later each time', () => {
    expect(decide({ end: threw(true) })).toMatchObject({ kind: 'retry', delayMs: 500 });
    expect(decide({ end: threw(true), failures: 1 })).toMatchObject({ kind: 'retry', delayMs: 1000 });
  });

  it('waits as long as whoever failed asked for, an hour at most, and never less than its own delay', () => {
    expect(decide({ end: threw(true, 90_000) })).toMatchObject({ kind: 'retry', delayMs: 90_000 });
    expect(decide({ end: threw(true, 1) })).toMatchObject({ kind: 'retry', delayMs: 500 });
    expect(decide({ end: threw(true, 1e12) })).toMatchObject({ kind: 'retry', delayMs: 3_600_000 });
  });

  it('fails at its last attempt and says how often it was tried, under the code of the error', () => {
    expect(decide({ end: threw(true), failures: 2 })).toEqual({
      kind: 'fail',
      error: { code: 'arm_failed', message: 'it broke (given up after 3 failed attempts)' },
    });
  });

  it('goes to the next arm where there is one, at the error that does not pass and at the last attempt', () => {
    const error = { code: 'arm_failed', message: 'it broke' };
    expect(decide({ end: threw(false), nextArm: 'b' })).toEqual({ kind: 'reroute', error, to: 'b' });
    expect(decide({ end: threw(true), nextArm: 'b' })).toMatchObject({ kind: 'retry' });
    expect(decide({ end: threw(true), failures: 2, nextArm: 'b' })).toEqual({
      kind: 'reroute',
      error: { ...error, message: 'it broke (given up after 3 failed attempts)' },
      to: 'b',
    });
  });

  it('stays with its arm when the task itself is wrong, its budget is used up, or it was stopped', () => {
    const end = { kind: 'threw', error: { code: 'x', message: 'no' }, transient: false, retryAfterMs: 0 } as const;
    expect(decide({ end: { ...end, isTaskAtFault: true }, nextArm: 'b' }).kind).toBe('fail');
    const spent = { ...end, error: { code: 'budget_exceeded', message: 'no' } };
    expect(decide({ end: spent, nextArm: 'b' }).kind).toBe('fail');
    expect(decide({ end, stopCause: 'cancel', nextArm: 'b' }).kind).toBe('cancel');
    expect(decide({ end, stopCause: 'deadline', nextArm: 'b' }).kind).toBe('fail');
    expect(decide({ end, stopCause: 'shutdown', nextArm: 'b' }).kind).toBe('release');
  });

  const causes = fc.constantFrom<StopCause | null>(null, 'cancel', 'deadline', 'shutdown', 'lease-lost');
  const errors = fc.record({
    kind: fc.constant('threw' as const),
    error: fc.constant({ code: 'c', message: 'm' }),
    transient: fc.boolean(),
    retryAfterMs: fc.constant(0),
  });
  const results = fc.record({
    kind: fc.constant('returned' as const),
    result: fc.string(),
    usage: fc.constant(null),
    costUsd: fc.constant(null),
  });
  const facts = fc.record({
    end: fc.oneof(errors, results),
    stopCause: causes,
    failures: fc.nat(30),
    maxAttempts: fc.integer({ min: 1, max: 20 }),
    maxTimeSeconds: fc.integer({ min: 1, max: 3600 }),
  });
  const randoms = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

  it('never loses a result unless the lease is lost', () => {
    fc.assert(
      fc.property(facts, randoms, (some, random) => {
        const step = decideNextStep(some, DEFAULT_BACKOFF, () => random);
        if (some.stopCause === 'lease-lost') expect(step.kind).toBe('abandon');
        else if (some.end.kind === 'returned')
          expect(step).toMatchObject({ kind: 'complete', result: some.end.result });
        else expect(['complete', 'abandon']).not.toContain(step.kind);
      }),
    );
  });

  it('never tries more often than it may, and waits between half the first delay and the longest', () => {
    fc.assert(
      fc.property(facts, randoms, (some, random) => {
        const step = decideNextStep(some, DEFAULT_BACKOFF, () => random);
        if (step.kind !== 'retry') return;
        expect(some.failures + 1).toBeLessThan(some.maxAttempts);
        expect(step.delayMs).toBeGreaterThanOrEqual(DEFAULT_BACKOFF.initialMs / 2);
        expect(step.delayMs).toBeLessThanOrEqual(DEFAULT_BACKOFF.maxMs);
      }),
    );
  });
});
