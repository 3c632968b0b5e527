import { describe, expect, it } from 'vitest';
import { listenForInterruption } from '../src/interruption.ts';
import { fakeIo } from './support/fake-io.ts';

describe('an interruption', () => {
  it('asks to stop at the first signal and ends the process at the second', () => {
    const io = fakeIo();
    let now = 0;
    const { signal } = listenForInterruption(io, () => now);
    io.send('SIGINT');
    expect(signal.reason).toMatchObject({ code: 'interrupted', message: 'interrupted (SIGINT)' });
    now = 2_000;
    io.send('SIGTERM');
    expect(io.exits).toEqual([130]);
  });

  it('takes a second signal within moments for the same, since a parent may pass it on', () => {
    const io = fakeIo();
    let now = 0;
    listenForInterruption(io, () => now);
    io.send('SIGINT');
    now = 499;
    io.send('SIGINT');
    expect(io.exits).toEqual([]);
  });

  it('leaves no listener behind', () => {
    const io = fakeIo();
    listenForInterruption(io).dispose();
    expect(io.listeners()).toBe(0);
  });
});
