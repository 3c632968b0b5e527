import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { patientWrite } from '../../src/app/patient-write.ts';
import { DatabaseUnavailable } from '../../src/ports/errors.ts';

describe('a patient write', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  });
  afterEach(() => {
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  it('repeats while the database is away, a second apart at most', async () => {
    let tries = 0;
    const written = patientWrite(async () => {
      tries += 1;
      if (tries < 10) throw new DatabaseUnavailable('gone');
      return 'written';
    }, new AbortController().signal);
    // 50 + 100 + 200 + 400 + 800 ms, then every second.
    await vi.advanceTimersByTimeAsync(1_549);
    expect(tries).toBe(5);
    await vi.advanceTimersByTimeAsync(4_001);
    expect(tries).toBe(10);
    expect(await written).toBe('written');
  });

  it('passes on any other error at once', async () => {
    let tries = 0;
    const write = async (): Promise<never> => {
      tries += 1;
      throw new Error('a constraint');
    };
    await expect(patientWrite(write, new AbortController().signal)).rejects.toThrow('a constraint');
    expect(tries).toBe(1);
  });

  it('gives up with the last failure when its patience ends, also in the middle of a wait', async () => {
    const patience = new AbortController();
    const away = new DatabaseUnavailable('gone');
    const given = patientWrite(() => Promise.reject(away), patience.signal);
    await vi.advanceTimersByTimeAsync(60);
    patience.abort();
    await expect(given).rejects.toBe(away);
  });

  it('still tries once without any patience', async () => {
    expect(await patientWrite(async () => 'written', AbortSignal.abort())).toBe('written');
  });
});
