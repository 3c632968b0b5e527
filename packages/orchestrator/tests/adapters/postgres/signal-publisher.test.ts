import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createSignalPublisher } from '../../../src/adapters/postgres/signal-publisher.ts';
import { silentLogger } from '../../../testing/index.ts';

const WINDOW_MS = 20;

/** A publisher on a clock of the test's own; what it sends is in `sent`. */
function openPublisher() {
  const sent: string[] = [];
  let under: PromiseWithResolvers<void> | null = null;
  const publisher = createSignalPublisher(
    { node: { id: 7 }, logger: silentLogger, elapsed: () => Date.now() },
    (payload) => {
      sent.push(payload);
      return under?.promise ?? Promise.resolve();
    },
  );
  const hold = (): PromiseWithResolvers<void> => {
    under = Promise.withResolvers();
    return under;
  };
  const release = (): void => {
    under?.resolve();
    under = null;
  };
  return { publisher, sent, hold, release };
}

const news = (key: string) => [{ topic: 'task', key } as const];

describe('signals on their way to other nodes', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  });
  afterEach(() => {
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  it('go at once where none has gone lately, and together what one turn brings', async () => {
    const { publisher, sent } = openPublisher();
    publisher.publish(news('a'));
    publisher.publish(news('b'));
    await vi.advanceTimersByTimeAsync(0);
    expect(sent).toEqual(['7 task:a task:b']);
    await publisher.close();
  });

  it('with news of tasks wait a while after the one before, and go together', async () => {
    const { publisher, sent } = openPublisher();
    publisher.publish(news('a'));
    await vi.advanceTimersByTimeAsync(1);
    publisher.publish(news('b'));
    publisher.publish(news('c'));
    await vi.advanceTimersByTimeAsync(WINDOW_MS - 2);
    expect(sent).toEqual(['7 task:a']);
    await vi.advanceTimersByTimeAsync(1);
    expect(sent).toEqual(['7 task:a', '7 task:b task:c']);
    await publisher.close();
  });

  it.each(['jobs', 'cancel'] as const)('with a %s do not wait, and take the news along', async (topic) => {
    const { publisher, sent } = openPublisher();
    publisher.publish(news('a'));
    await vi.advanceTimersByTimeAsync(1);
    publisher.publish(news('b'));
    publisher.publish([{ topic, key: 'x' }]);
    await vi.advanceTimersByTimeAsync(0);
    expect(sent).toEqual(['7 task:a', `7 task:b ${topic}:x`]);
    await publisher.close();
  });

  it('with a job follow as soon as what is under way has gone', async () => {
    const { publisher, sent, hold, release } = openPublisher();
    hold();
    publisher.publish(news('a'));
    await vi.advanceTimersByTimeAsync(0);
    publisher.publish([{ topic: 'jobs', key: 'x' }]);
    await vi.advanceTimersByTimeAsync(WINDOW_MS);
    expect(sent).toEqual(['7 task:a']);
    release();
    await vi.advanceTimersByTimeAsync(0);
    expect(sent).toEqual(['7 task:a', '7 jobs:x']);
    await publisher.close();
  });

  it('that still wait are sent when it closes', async () => {
    const { publisher, sent } = openPublisher();
    publisher.publish(news('a'));
    await vi.advanceTimersByTimeAsync(1);
    publisher.publish(news('b'));
    await publisher.close();
    expect(sent).toEqual(['7 task:a', '7 task:b']);
  });
});
