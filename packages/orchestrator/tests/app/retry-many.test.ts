import { describe, expect, it } from 'vitest';
import { createRetryMany } from '../../src/app/retry-many.ts';
import { createHandDrivenStore, createLocalSignals } from '../../testing/index.ts';

const NOW = Date.parse('2026-02-01T09:00:00Z');

function open(count: number) {
  const store = createHandDrivenStore();
  for (let index = 0; index < count; index += 1) {
    store.add({ id: `task-${index}`, status: 'failed', arm: 'test', error: { code: 'RATE_LIMIT', message: 'x' } });
  }
  const batches: number[] = [];
  const retrySome: typeof store.retrySome = async (filter, limit) => {
    batches.push(limit);
    return store.retrySome(filter, limit);
  };
  const signals = createLocalSignals();
  return { retryMany: createRetryMany({ ...store, retrySome }, signals, () => NOW), signals, batches };
}

describe('trying many again', () => {
  it('goes by batches of 500, up to 5,000 a call, and says what remains', async () => {
    const { retryMany, batches } = open(5_600);
    const first = await retryMany({ dryRun: false });
    expect(first).toEqual({ retried: 5_000, remaining: { RATE_LIMIT: 600 }, before: new Date(NOW) });
    expect(batches).toEqual(Array.from({ length: 10 }, () => 500));
    expect(await retryMany({ dryRun: false, before: first.before })).toMatchObject({ retried: 600, remaining: {} });
  });

  it('wakes each arm once a batch, and whoever watches a task', async () => {
    const { retryMany, signals } = open(2);
    await retryMany({ dryRun: false });
    expect(signals.published).toEqual([
      { topic: 'jobs', key: 'test' },
      { topic: 'task', key: 'task-0' },
      { topic: 'task', key: 'task-1' },
    ]);
  });

  it('only counts when asked to', async () => {
    const { retryMany, batches } = open(3);
    expect(await retryMany({ dryRun: true })).toMatchObject({ retried: 0, remaining: { RATE_LIMIT: 3 } });
    expect(batches).toEqual([]);
  });
});
