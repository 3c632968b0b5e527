import { describe, expect, it } from 'vitest';
import { createCancel } from '../../src/app/cancel.ts';
import { TaskEnded, TaskNotFailed, TaskUnknown } from '../../src/app/errors.ts';
import { createRetry } from '../../src/app/retry.ts';
import { createHandDrivenStore, createLocalSignals, createRecordingMetrics, noTrees } from '../../testing/index.ts';

function open() {
  const store = createHandDrivenStore();
  const signals = createLocalSignals();
  const metrics = createRecordingMetrics();
  return {
    store,
    signals,
    metrics,
    cancel: createCancel(store, signals, metrics, noTrees),
    retry: createRetry(store, signals, noTrees),
  };
}

describe('cancelling', () => {
  it('ends a task that has not begun, and tells whoever watches', async () => {
    const { store, signals, metrics, cancel } = open();
    const { id } = store.add();
    expect(await cancel(id)).toBe('cancelled');
    expect(metrics.lines).toEqual(['reached cancelled']);
    expect(signals.published).toEqual([{ topic: 'task', key: id }]);
  });

  it('asks the node of a running task to stop it, and does not say that it is cancelled', async () => {
    const { store, signals, metrics, cancel } = open();
    const { id } = store.add({ status: 'processing' });
    expect(await cancel(id)).toBe('processing');
    expect(metrics.lines).toEqual([]);
    expect(signals.published).toEqual([
      { topic: 'cancel', key: id },
      { topic: 'task', key: id },
    ]);
  });

  it('is a conflict when the task has ended, and refused when there is none', async () => {
    const { store, cancel } = open();
    await expect(cancel(store.add({ status: 'completed' }).id)).rejects.toThrow(TaskEnded);
    await expect(cancel('nowhere')).rejects.toThrow(TaskUnknown);
  });
});

describe('retrying', () => {
  it('queues a failed task and wakes its arm', async () => {
    const { store, signals, retry } = open();
    const { id } = store.add({ status: 'failed' });
    await retry(id);
    expect(signals.published).toEqual([
      { topic: 'jobs', key: 'test' },
      { topic: 'task', key: id },
    ]);
  });

  it('is a conflict for a task that has not failed, and refused when there is none', async () => {
    const { store, retry } = open();
    await expect(retry(store.add({ status: 'completed' }).id)).rejects.toThrow(TaskNotFailed);
    await expect(retry('nowhere')).rejects.toThrow(TaskUnknown);
  });
});
