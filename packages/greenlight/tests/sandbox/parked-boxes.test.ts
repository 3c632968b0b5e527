import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Parkable, ParkedBoxes } from '../../src/sandbox/parked-boxes.ts';

class FakeBox implements Parkable {
  readonly #start = Promise.withResolvers<void>();
  readonly parked = this.#start.promise;
  isParked = false;
  isAlive = true;

  constructor() {
    this.parked.catch(() => undefined);
  }

  park(): void {
    this.isParked = true;
    this.#start.resolve();
  }

  fail(): void {
    this.isAlive = false;
    this.#start.reject(new Error('it did not start'));
  }

  async end(): Promise<void> {
    this.isAlive = false;
    this.isParked = false;
  }
}

function shelf(options: { atLeast?: number; atMost?: number; startsAtOnce?: number } = {}) {
  const started: FakeBox[] = [];
  const start = () => {
    const box = new FakeBox();
    started.push(box);
    return box;
  };
  const boxes = new ParkedBoxes<'python', FakeBox>({
    keys: ['python'],
    start,
    atLeast: () => options.atLeast ?? 1,
    atMost: options.atMost ?? 3,
    startsAtOnce: options.startsAtOnce ?? 2,
    idleMs: 60_000,
  });
  return { boxes, started, take: () => boxes.take('python', () => true, start) };
}

describe('parked boxes', () => {
  afterEach(() => void vi.useRealTimers());

  it('a box that was taken is never parked again (1)', async () => {
    const { boxes, started, take } = shelf();
    boxes.refill();
    started[0]?.park();
    const box = await take();
    expect(box).toBe(started[0]);
    expect(boxes.parked).toBe(0);
    boxes.refill();
    expect(started).toHaveLength(2);
    await boxes.close();
    expect(started.every((one) => !one.isAlive)).toBe(true);
  });

  it('one more waits each time that none was ready, up to the most (3)', async () => {
    const { boxes, started, take } = shelf({ atMost: 3, startsAtOnce: 10 });
    const taken = [take(), take(), take(), take(), take()];
    for (const box of started) box.park();
    await Promise.all(taken);
    boxes.refill();
    expect(started).toHaveLength(5 + 3);
    await boxes.close();
  });

  it('no more start at once than may (2)', async () => {
    const { boxes, started } = shelf({ atLeast: 3, startsAtOnce: 2 });
    boxes.refill();
    expect(started).toHaveLength(2);
    started[0]?.park();
    await vi.waitUntil(() => started.length === 3);
    await boxes.close();
  });

  it('what nobody asks for is let go, down to the least (3)', async () => {
    vi.useFakeTimers();
    const { boxes, started, take } = shelf({ atLeast: 1, atMost: 3, startsAtOnce: 10 });
    const taken = [take(), take()];
    for (const box of started) box.park();
    await Promise.all(taken);
    boxes.refill();
    for (const box of started) box.park();
    expect(boxes.parked).toBe(3);
    await vi.advanceTimersByTimeAsync(300_000);
    expect(boxes.parked).toBe(1);
    await boxes.close();
  });

  it('a start that fails is not tried again until somebody asks, who is told', async () => {
    const { boxes, started, take } = shelf({ startsAtOnce: 1 });
    boxes.refill();
    started[0]?.fail();
    await vi.waitUntil(() => boxes.parked === 0 && started.length === 1);
    const taken = take();
    started[1]?.fail();
    await expect(taken).rejects.toThrow('it did not start');
    await boxes.close();
  });

  it('a box that died while it waited is not handed out', async () => {
    const { boxes, started, take } = shelf();
    boxes.refill();
    const [first] = started;
    first?.park();
    await first?.end();
    const taken = take();
    started[1]?.park();
    expect(await taken).toBe(started[1]);
    await boxes.close();
  });
});
