import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type CallLimits,
  CallPipeline,
  type CallPipelineOptions,
  type Verdict,
} from '../../src/resilience/call-pipeline.ts';
import { CircuitBreaker } from '../../src/resilience/circuit-breaker.ts';
import { RetryBudget } from '../../src/resilience/retry-budget.ts';
import { ManualClock } from '../../testing/manual-clock.ts';

const LIMITS: CallLimits = { timeoutMs: 1_000, totalTimeoutMs: 60_000, repeatable: true };

class Failure extends Error {
  readonly verdict: Verdict;

  constructor(verdict: Verdict) {
    super('failed');
    this.verdict = verdict;
  }
}

function open(options: Partial<CallPipelineOptions> & { maxRetries?: number } = {}): {
  pipeline: CallPipeline;
  clock: ManualClock;
  waits: number[];
} {
  const clock = new ManualClock();
  const waits: number[] = [];
  const pipeline = new CallPipeline({
    retry: { maxRetries: options.maxRetries ?? 3, delayMs: () => 100, longestHintMs: 10_000 },
    breaker: new CircuitBreaker({ now: clock.now }),
    budget: new RetryBudget({ now: clock.now }),
    judge: (error) => (error instanceof Failure ? error.verdict : { outcome: 'neutral', retry: false }),
    clock,
    sleep: async (ms) => {
      waits.push(ms);
    },
    ...options,
  });
  return { pipeline, clock, waits };
}

const again: Verdict = { outcome: 'failed', retry: true };

describe('call pipeline', () => {
  test('makes no more attempts than allowed, whatever fails how (invariants 1, 2, 4)', async () => {
    const verdict = fc.record({
      outcome: fc.constantFrom('answered' as const, 'failed' as const, 'neutral' as const),
      retry: fc.boolean(),
      retryAfterMs: fc.option(fc.nat(20_000), { nil: undefined }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.option(verdict), { maxLength: 12 }), { maxLength: 12 }),
        fc.nat(4),
        fc.boolean(),
        async (calls, maxRetries, repeatable) => {
          const { pipeline, waits } = open({ maxRetries });
          for (const plan of calls) {
            let attempts = 0;
            const before = pipeline.snapshot();
            await pipeline
              .run(
                async ({ number }) => {
                  attempts += 1;
                  expect(number).toBe(attempts);
                  const next = plan[attempts - 1];
                  if (next !== null && next !== undefined) throw new Failure(next);
                },
                { ...LIMITS, repeatable },
              )
              .catch(() => undefined);
            expect(attempts).toBeLessThanOrEqual(repeatable ? 1 + maxRetries : 1);
            if (before.breaker.state === 'open') expect(attempts).toBe(0);
          }
          expect(waits.every((wait) => wait >= 100 && wait <= 10_000)).toBe(true);
          expect(pipeline.snapshot().bulkhead).toMatchObject({ running: 0, queued: 0 });
        },
      ),
    );
  });

  test('keeps attempts across calls below calls plus budget (invariant 1)', async () => {
    const clock = new ManualClock();
    const { pipeline } = open({
      breaker: new CircuitBreaker({ failureThreshold: 1_000, now: clock.now }),
      budget: new RetryBudget({ capacity: 5, perCall: 0.1, now: clock.now }),
    });
    const calls = Array.from({ length: 100 }, () =>
      pipeline.run(() => Promise.reject(new Failure(again)), LIMITS).catch(() => undefined),
    );
    await Promise.all(calls);
    expect(pipeline.snapshot().attempts).toBeLessThanOrEqual(100 + 5 + 10);
  });

  test('tells a call that was refused by the breaker on its way what had failed before (invariant 2)', async () => {
    const { pipeline } = open({
      sleep: async () => {
        for (let count = 0; count < 4; count += 1)
          await pipeline.run(() => Promise.reject(new Failure(again)), { ...LIMITS, repeatable: false }).catch(() => 0);
      },
    });
    const failure = new Failure(again);
    await expect(pipeline.run(() => Promise.reject(failure), LIMITS)).rejects.toMatchObject({
      code: 'circuit_open',
      cause: failure,
    });
  });

  test('makes nothing of a call that throws at once (invariant 6)', async () => {
    const { pipeline, clock } = open();
    const thrower = (): never => {
      throw new Error('at once');
    };
    await expect(pipeline.run(thrower, LIMITS)).rejects.toThrow('at once');
    expect(clock.pending).toBe(0);
    expect(pipeline.snapshot().bulkhead.running).toBe(0);
  });

  test.each(Array.from({ length: 12 }, (_turns, turns) => turns))(
    'gives a slot back that is granted %i turns before its call is ended (invariant 6)',
    async (turns) => {
      const { pipeline } = open({ bulkhead: { maxConcurrent: 1 } });
      const first = Promise.withResolvers<void>();
      const controller = new AbortController();
      const running = pipeline.run(() => first.promise, LIMITS);
      const waiting = pipeline.run(() => Promise.resolve('ran'), { ...LIMITS, signal: controller.signal });
      first.resolve();
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
      controller.abort(new Error('ended'));
      await running;
      await waiting.catch(() => undefined);
      await expect(pipeline.run(() => Promise.resolve('free'), LIMITS)).resolves.toBe('free');
      expect(pipeline.snapshot().bulkhead).toMatchObject({ running: 0, queued: 0 });
    },
  );

  test('is over when it is closed', async () => {
    const { pipeline } = open();
    const running = pipeline.run(() => Promise.withResolvers<void>().promise, LIMITS);
    pipeline.close();
    await expect(running).rejects.toMatchObject({ code: 'pipeline_closed' });
    await expect(pipeline.run(() => Promise.resolve(), LIMITS)).rejects.toMatchObject({ code: 'pipeline_closed' });
  });
});
