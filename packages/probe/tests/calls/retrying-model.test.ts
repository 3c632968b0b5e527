import { ManualClock } from '@switchyard/core/testing';
import { describe, expect, it } from 'vitest';
import { type GateLane } from '../../src/calls/call-gate.ts';
import { Lane } from '../../src/calls/lane.ts';
import { type RetryPolicy, repeatWords, retryingModel } from '../../src/calls/retrying-model.ts';
import { type Model, type ModelAnswer, ModelError } from '../../src/index.ts';

const request = { messages: [{ role: 'user', content: 'hi' } as const], maxTokens: 10 };
const good: ModelAnswer = {
  text: 'yes',
  model: 'm',
  provider: 'openai',
  scripted: false,
  finish: 'stop',
  usage: { inputTokens: 1, outputTokens: 1, estimated: false },
};
const limited = (retryAfterMs?: number): ModelError =>
  new ModelError('RATE_LIMIT', 'too many', { statusCode: 429, ...(retryAfterMs !== undefined && { retryAfterMs }) });

function scene(outcomes: readonly (ModelAnswer | Error)[], policy: RetryPolicy = {}) {
  const clock = new ManualClock();
  const told: string[] = [];
  const waits: number[] = [];
  const queue = [...outcomes];
  let calls = 0;
  const once: Model = {
    id: 'm',
    provider: 'openai',
    complete: () => {
      calls += 1;
      const outcome = queue.shift() ?? good;
      return outcome instanceof Error ? Promise.reject(outcome) : Promise.resolve(outcome);
    },
  };
  const lane: GateLane = new Lane(clock);
  const model = retryingModel(once, lane, policy, {
    clock,
    random: () => 0,
    onRepeat: (repeat) => told.push(repeatWords(repeat)),
    sleep: (ms) => {
      waits.push(ms);
      clock.advance(ms);
      return Promise.resolve();
    },
  });
  return { model, lane, clock, waits, told, calls: () => calls };
}

describe('the retry layer', () => {
  it('doubles its waits, and ends with an error that is not to be repeated', async () => {
    const busy = new ModelError('SERVER_ERROR', 'busy', { statusCode: 500 });
    const { model, waits, told, calls } = scene([busy, busy, busy, busy, busy]);
    await expect(model.complete(request)).rejects.toMatchObject({
      code: 'SERVER_ERROR',
      kind: 'terminal',
      retryable: false,
      statusCode: 500,
      message: 'busy; given up after 4 calls',
      cause: busy,
    });
    expect(calls()).toBe(4);
    expect(waits).toEqual([500, 1_000, 2_000]);
    expect(told).toEqual([
      'asked again in 0.5 s after SERVER_ERROR, call 2 of 4',
      'asked again in 1.0 s after SERVER_ERROR, call 3 of 4',
      'asked again in 2.0 s after SERVER_ERROR, call 4 of 4',
    ]);
  });

  it('waits exactly as long as the provider asks, and nobody of the lane calls before', async () => {
    const { model, lane, waits, calls } = scene([limited(7_000)]);
    expect(await model.complete(request)).toBe(good);
    expect(calls()).toBe(2);
    expect(waits).toEqual([7_000]);
    expect(lane.state()).toMatchObject({ window: 8, open: 0, pausedMs: 0 });
  });

  it('gives up at once where the provider asks for longer than it waits, and then calls nobody', async () => {
    const { model, waits, calls } = scene([limited(600_000)]);
    await expect(model.complete(request)).rejects.toMatchObject({ retryable: true, retryAfterMs: 600_000 });
    await expect(model.complete(request)).rejects.toMatchObject({
      code: 'RATE_LIMIT',
      retryable: true,
      retryAfterMs: 600_000,
      message: 'the provider of m asks for no calls for another 600 s; none was made',
    });
    expect(calls()).toBe(1);
    expect(waits).toEqual([]);
  });

  it('starts no call later than its time allows', async () => {
    const slow = new ModelError('TIMEOUT', 'slow');
    const { model, calls } = scene([slow, slow, slow], { maxTotalMs: 1_200 });
    await expect(model.complete(request)).rejects.toMatchObject({ retryable: false });
    expect(calls()).toBe(2);
  });

  it.each(['AUTH_ERROR', 'VALIDATION_ERROR', 'NOT_FOUND', 'INVALID_RESPONSE', 'CONTENT_BLOCKED'] as const)(
    '%s is not tried again',
    async (code) => {
      const error = new ModelError(code, 'no');
      const { model, calls } = scene([error]);
      await expect(model.complete(request)).rejects.toBe(error);
      expect(calls()).toBe(1);
    },
  );

  it('what is spent stays spent, whatever its status', async () => {
    const { model, calls, lane } = scene([
      new ModelError('RATE_LIMIT', 'spent', { retryable: false, statusCode: 429 }),
    ]);
    await expect(model.complete(request)).rejects.toMatchObject({ retryable: false });
    expect(calls()).toBe(1);
    expect(lane.state().window).toBe(16);
  });

  it('an answer by which the provider has no calls left pauses the lane', async () => {
    const { model, lane } = scene([{ ...good, exhaustedForMs: 3_000 }]);
    await model.complete(request);
    expect(lane.state().pausedMs).toBe(3_000);
  });

  it('gives its slot back whatever happens', async () => {
    const bug = new TypeError('a bug');
    const { model, lane } = scene([bug]);
    await expect(model.complete(request)).rejects.toBe(bug);
    expect(lane.state().open).toBe(0);
  });

  it('a call that hangs is ended by its own limit', async () => {
    const clock = new ManualClock();
    const hanging: Model = {
      id: 'm',
      provider: 'openai',
      complete: (_request, signal) =>
        new Promise((_resolve, reject) => {
          signal?.addEventListener('abort', () => reject(signal.reason));
        }),
    };
    const model = retryingModel(hanging, new Lane(clock), { callTimeoutMs: 5, maxAttempts: 1 }, { clock });
    await expect(model.complete(request)).rejects.toMatchObject({ code: 'TIMEOUT', message: /within 0.005 s/ });
  });

  it('an abort during a wait is passed on with its reason', async () => {
    const clock = new ManualClock();
    const stop = new AbortController();
    const reason = new Error('cancelled');
    const refusing: Model = { id: 'm', provider: 'openai', complete: () => Promise.reject(limited(1_000)) };
    const model = retryingModel(refusing, new Lane(clock), {}, { clock, sleep: clock.sleep });
    const running = model.complete(request, stop.signal);
    await new Promise((resolve) => setImmediate(resolve));
    stop.abort(reason);
    await expect(running).rejects.toBe(reason);
  });

  it('three calls into a standing limit cost twelve requests at most', async () => {
    const clock = new ManualClock();
    let calls = 0;
    const refusing: Model = {
      id: 'm',
      provider: 'openai',
      complete: () => {
        calls += 1;
        return Promise.reject(limited());
      },
    };
    const sleep = (ms: number): Promise<void> => (clock.advance(ms), Promise.resolve());
    const model = retryingModel(refusing, new Lane(clock), {}, { clock, sleep });
    const ends = await Promise.allSettled([1, 2, 3].map(() => model.complete(request)));
    expect(ends.every(({ status }) => status === 'rejected')).toBe(true);
    expect(calls).toBeLessThanOrEqual(12);
  });
});
