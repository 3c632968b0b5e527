import { describe, expect, it } from 'vitest';
import { createReadiness, type ReadinessOptions } from '../../src/app/readiness.ts';
import { createHandDrivenArm, createHandDrivenScreen, createHandDrivenStore } from '../../testing/index.ts';

const { signal } = new AbortController();

function checksOf(different: Partial<ReadinessOptions> = {}) {
  return createReadiness({
    store: createHandDrivenStore(),
    connection: { connected: true },
    queue: { problem: async () => null },
    screen: createHandDrivenScreen(),
    arms: [createHandDrivenArm()],
    ...different,
  });
}

describe('readiness', () => {
  it('is yes where every part works, and says what it is', async () => {
    const checks = checksOf();
    expect(await checks.database(signal)).toEqual({ ok: true, detail: 'answers' });
    expect(await checks.queue(signal)).toEqual({ ok: true, detail: 'answers' });
    expect(await checks.reflex_layer(signal)).toEqual({ ok: true, detail: 'by hand' });
    expect(await checks.arms(signal)).toEqual({ ok: true, detail: 'test' });
  });

  it('is no while the own connection is being made again', async () => {
    expect(await checksOf({ connection: { connected: false } }).database(signal)).toEqual({
      ok: false,
      detail: 'reconnecting',
    });
  });

  it('passes on why the database does not answer', async () => {
    const store = { ping: () => Promise.reject(new Error('away')) };
    await expect(checksOf({ store }).database(signal)).rejects.toThrow('away');
  });

  it('names the problem of the queue, of the screen and of each arm', async () => {
    const arm = createHandDrivenArm();
    const checks = checksOf({
      queue: { problem: async () => 'its schema is missing' },
      screen: { ...createHandDrivenScreen(), problem: async () => 'it answers 503' },
      arms: [arm, { ...arm, name: 'greenlight', problem: () => 'no box starts' }],
    });
    expect(await checks.queue(signal)).toEqual({ ok: false, detail: 'its schema is missing' });
    expect(await checks.reflex_layer(signal)).toEqual({ ok: false, detail: 'it answers 503' });
    expect(await checks.arms(signal)).toEqual({ ok: false, detail: 'greenlight: no box starts' });
  });

  it('is yes in a process that only takes tasks', async () => {
    expect(await checksOf({ arms: [] }).arms(signal)).toEqual({
      ok: true,
      detail: 'none in this process; workers do them',
    });
  });
});
