import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { type Admission, CircuitBreaker } from '../../src/resilience/circuit-breaker.ts';
import { CircuitOpen } from '../../src/resilience/errors.ts';
import { ManualClock } from '../../testing/manual-clock.ts';

function open(options: { failures?: number } = {}): { clock: ManualClock; breaker: CircuitBreaker } {
  const clock = new ManualClock();
  const breaker = new CircuitBreaker({ now: clock.now });
  for (let count = 0; count < (options.failures ?? 5); count += 1) breaker.settle(breaker.admit(), 'failed');
  return { clock, breaker };
}

function refusal(breaker: CircuitBreaker): CircuitOpen | null {
  try {
    breaker.admit();
    return null;
  } catch (error) {
    if (error instanceof CircuitOpen) return error;
    throw error;
  }
}

afterEach(() => {
  vi.useRealTimers();
});

describe('circuit breaker', () => {
  test('by its own clock does not mind a wall clock that jumps', () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const breaker = new CircuitBreaker();
    for (let count = 0; count < 5; count += 1) breaker.settle(breaker.admit(), 'failed');
    for (const jump of [86_400_000, -86_400_000]) {
      vi.setSystemTime(Date.now() + jump);
      expect(refusal(breaker)?.retryAfterMs).toBeLessThanOrEqual(60_000);
      expect(breaker.snapshot().state).toBe('open');
    }
  });

  test('opens at the fifth failure in a row (invariant 1)', () => {
    expect(open({ failures: 4 }).breaker.snapshot().state).toBe('closed');
    expect(open({ failures: 5 }).breaker.snapshot()).toMatchObject({ state: 'open', opened: 1 });
  });

  test('starts counting again after an answer, but not after a call without an outcome (invariant 1)', () => {
    const { breaker } = open({ failures: 4 });
    breaker.settle(breaker.admit(), 'neutral');
    expect(breaker.snapshot().failures).toBe(4);
    breaker.settle(breaker.admit(), 'answered');
    for (let count = 0; count < 4; count += 1) breaker.settle(breaker.admit(), 'failed');
    expect(breaker.snapshot()).toMatchObject({ state: 'closed', failures: 4 });
  });

  test('refuses with the time left while it is open (invariant 2)', () => {
    const { clock, breaker } = open();
    clock.advance(20_000);
    expect(refusal(breaker)).toMatchObject({ code: 'circuit_open', kind: 'transient', retryAfterMs: 40_000 });
  });

  test('lets one of a thousand through after 60 s and refuses the others at once (invariants 2, 3)', () => {
    const { clock, breaker } = open();
    clock.advance(59_999);
    expect(refusal(breaker)).not.toBeNull();
    clock.advance(1);
    const admitted = Array.from({ length: 1_000 }, () => refusal(breaker)).filter((error) => error === null);
    expect(admitted).toHaveLength(1);
    expect(breaker.snapshot()).toMatchObject({ state: 'half-open', refused: 1_000 });
  });

  test('says during the probe how long that may take (invariant 3)', () => {
    const { clock, breaker } = open();
    clock.advance(60_000);
    breaker.admit();
    clock.advance(4_000);
    expect(refusal(breaker)?.retryAfterMs).toBe(6_000);
  });

  test('takes a probe that hangs for failed (invariant 3)', () => {
    const { clock, breaker } = open();
    clock.advance(60_000);
    const hung = breaker.admit();
    clock.advance(10_000);
    expect(refusal(breaker)?.retryAfterMs).toBe(60_000);
    breaker.settle(hung, 'answered');
    expect(breaker.snapshot().state).toBe('open');
    clock.advance(60_000);
    expect(breaker.admit().probe).toBe(true);
  });

  test('closes on an answered probe and opens again on a failed one (invariant 4)', () => {
    const { clock, breaker } = open();
    clock.advance(60_000);
    breaker.settle(breaker.admit(), 'failed');
    expect(breaker.snapshot()).toMatchObject({ state: 'open', retryAfterMs: 60_000, opened: 2 });
    clock.advance(60_000);
    breaker.settle(breaker.admit(), 'answered');
    expect(breaker.snapshot()).toMatchObject({ state: 'closed', failures: 0, retryAfterMs: 0 });
  });

  test('hands the turn of a probe without an outcome to the next call (invariant 4)', () => {
    const { clock, breaker } = open();
    clock.advance(60_000);
    breaker.settle(breaker.admit(), 'neutral');
    expect(breaker.admit().probe).toBe(true);
  });

  test('ramps up after closing (invariant 5)', () => {
    const { clock, breaker } = open();
    clock.advance(60_000);
    breaker.settle(breaker.admit(), 'answered');
    const limits: number[] = [];
    for (let count = 0; count < 31; count += 1) {
      limits.push(breaker.concurrencyLimit);
      breaker.settle(breaker.admit(), 'answered');
    }
    expect(limits.slice(0, 4)).toEqual([1, 2, 3, 4]);
    expect(breaker.concurrencyLimit).toBe(Number.POSITIVE_INFINITY);
  });

  test('halves the ramp at a failure and still needs five to open (invariants 1, 5)', () => {
    const { clock, breaker } = open();
    clock.advance(60_000);
    breaker.settle(breaker.admit(), 'answered');
    for (let count = 0; count < 7; count += 1) breaker.settle(breaker.admit(), 'answered');
    expect(breaker.concurrencyLimit).toBe(8);
    breaker.settle(breaker.admit(), 'failed');
    expect(breaker.concurrencyLimit).toBe(4);
    for (let count = 0; count < 3; count += 1) breaker.settle(breaker.admit(), 'failed');
    expect(breaker.snapshot().state).toBe('closed');
  });

  test('ignores what comes back from before it opened (invariant 6)', () => {
    const { clock, breaker } = open({ failures: 4 });
    const late = [breaker.admit(), breaker.admit()];
    breaker.settle(breaker.admit(), 'failed');
    for (const admission of late) breaker.settle(admission, 'answered');
    expect(breaker.snapshot().state).toBe('open');
    expect(late.some((admission) => breaker.stillAdmits(admission))).toBe(false);
    clock.advance(60_000);
    const probe = breaker.admit();
    breaker.settle(probe, 'answered');
    breaker.settle(probe, 'failed');
    expect(breaker.snapshot().failures).toBe(0);
  });

  test('never has more than one probe out, whatever happens in whatever order', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('admit' as const) }),
      fc.record({ kind: fc.constant('advance' as const), ms: fc.nat(70_000) }),
      fc.record({
        kind: fc.constant('settle' as const),
        index: fc.nat(20),
        outcome: fc.constantFrom('answered' as const, 'failed' as const, 'neutral' as const),
      }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const clock = new ManualClock();
        const breaker = new CircuitBreaker({ now: clock.now, failureThreshold: 2 });
        const out: Admission[] = [];
        for (const action of steps) {
          if (action.kind === 'advance') clock.advance(action.ms);
          else if (action.kind === 'settle') {
            const [admission] = out.splice(action.index, 1);
            if (admission !== undefined) breaker.settle(admission, action.outcome);
          } else if (breaker.snapshot().state === 'half-open') expect(refusal(breaker)).not.toBeNull();
          else {
            const before = breaker.snapshot();
            if (before.state === 'closed' || before.retryAfterMs === 0) out.push(breaker.admit());
            else expect(refusal(breaker)?.retryAfterMs).toBe(before.retryAfterMs);
          }
          const live = out.filter((admission) => admission.probe && breaker.stillAdmits(admission));
          expect(live.length).toBeLessThanOrEqual(1);
        }
      }),
    );
  });
});
