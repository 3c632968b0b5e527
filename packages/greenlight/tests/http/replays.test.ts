import { describe, expect, test } from 'vitest';
import { Replays } from '../../src/http/replays.ts';
import type { AtomResult, RunAtomRequest } from '../../src/index.ts';
import { resultNamed, someAtom } from './fixtures.ts';

const atom = someAtom();

describe('Replays', () => {
  test('gives the first result of a key and runs once', async () => {
    const replays = new Replays();
    let runs = 0;
    const run = async (): Promise<AtomResult> => {
      runs += 1;
      return resultNamed(`run ${runs}`);
    };
    expect(await replays.get('k', atom, run)).toMatchObject({ feedback: 'run 1' });
    expect(await replays.get('k', atom, run)).toMatchObject({ feedback: 'run 1' });
    expect(await replays.get('other', atom, run)).toMatchObject({ feedback: 'run 2' });
  });

  test('a call with the key of one under way waits for its result', async () => {
    const replays = new Replays();
    const first = Promise.withResolvers<AtomResult>();
    const calls = [
      replays.get('k', atom, () => first.promise),
      replays.get('k', atom, () => Promise.reject(new Error())),
    ];
    first.resolve(resultNamed('once'));
    expect((await Promise.all(calls)).map(({ feedback }) => feedback)).toEqual(['once', 'once']);
  });

  test('refuses a key that came with another atom', async () => {
    const replays = new Replays();
    await replays.get('k', atom, async () => resultNamed('first'));
    const other: RunAtomRequest = { ...atom, back: 'def f(): return 2' };
    await expect(replays.get('k', other, async () => resultNamed('second'))).rejects.toThrow(/another atom/);
  });

  test('forgets what failed', async () => {
    const replays = new Replays();
    await expect(replays.get('k', atom, () => Promise.reject(new Error('saturated')))).rejects.toThrow('saturated');
    expect(await replays.get('k', atom, async () => resultNamed('later'))).toMatchObject({ feedback: 'later' });
  });

  test('forgets after its time, and the oldest when it is full by number or by size', async () => {
    let now = 0;
    const size = JSON.stringify(resultNamed('0')).length;
    const replays = new Replays({ mostEntries: 2, mostCharacters: 10 * size, keepMs: 100, now: () => now });
    const get = async (key: string, feedback: string): Promise<string> =>
      (await replays.get(key, atom, async () => resultNamed(feedback))).feedback;
    await get('a', '1');
    await get('b', '2');
    await get('c', '3');
    expect(await get('b', 'again')).toBe('2');
    expect(await get('a', 'again')).toBe('again');
    now = 101;
    expect(await get('c', 'again')).toBe('again');
    const small = new Replays({ mostCharacters: 2 * size });
    for (const key of ['a', 'b', 'c']) await small.get(key, atom, async () => resultNamed(key));
    expect(await small.get('a', atom, async () => resultNamed('again'))).toMatchObject({ feedback: 'again' });
  });
});
