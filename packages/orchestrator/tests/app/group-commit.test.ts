import { SwitchyardError } from '@switchyard/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Overloaded } from '../../src/app/errors.ts';
import { createGroupCommit } from '../../src/app/group-commit.ts';
import { DatabaseUnavailable } from '../../src/ports/errors.ts';
import { turn } from '../../testing/index.ts';

interface Write {
  readonly items: readonly string[];
  answer(): void;
  fail(error: unknown): void;
}

/** A write that the test lets end; each item is answered with itself in capitals. */
function handDrivenWrite() {
  const writes: Write[] = [];
  const write = (items: readonly string[]): Promise<string[]> => {
    const { promise, resolve, reject } = Promise.withResolvers<string[]>();
    writes.push({ items, answer: () => resolve(items.map((item) => item.toUpperCase())), fail: reject });
    return promise;
  };
  return { writes, write, items: () => writes.map((one) => one.items.join('')) };
}

/** As long as it takes from an answer to the next write. */
async function turns(): Promise<void> {
  await turn();
  await turn();
}

describe('group commit', () => {
  it('writes a lone item at the end of its turn', async () => {
    const { writes, write } = handDrivenWrite();
    const commit = createGroupCommit(write);
    const answer = commit('a');
    await turn();
    expect(writes).toHaveLength(1);
    writes[0]?.answer();
    expect(await answer).toBe('A');
  });

  it('lets what comes during the writes wait together and share the next one, in the order of arrival', async () => {
    const { writes, write, items } = handDrivenWrite();
    const commit = createGroupCommit(write, { lanes: 1 });
    const answers = [commit('a'), commit('b')];
    await turn();
    expect(items()).toEqual(['ab']);
    answers.push(...'cde'.split('').map((item) => commit(item)));
    await turn();
    expect(items()).toEqual(['ab']);
    writes[0]?.answer();
    await turns();
    expect(items()).toEqual(['ab', 'cde']);
    writes[1]?.answer();
    expect(await Promise.all(answers)).toEqual(['A', 'B', 'C', 'D', 'E']);
  });

  it('has no more writes in flight than lanes, and no more items in one than the limit', async () => {
    const { writes, write, items } = handDrivenWrite();
    const commit = createGroupCommit(write, { lanes: 2, batchLimit: 3 });
    const answers = 'abcdefghij'.split('').map((item) => commit(item));
    await turn();
    expect(items()).toEqual(['abc', 'def']);
    writes[0]?.answer();
    await turns();
    expect(items()).toEqual(['abc', 'def', 'ghi']);
    for (const one of writes) one.answer();
    await turns();
    expect(items()).toEqual(['abc', 'def', 'ghi', 'j']);
    writes[3]?.answer();
    expect(await Promise.all(answers)).toHaveLength(10);
  });

  it('shares among the writes that may begin what is enough for more than one', async () => {
    const { writes, write } = handDrivenWrite();
    const commit = createGroupCommit(write, { lanes: 2 });
    const answers = Array.from({ length: 65 }, (_, index) => commit(String(index)));
    await turn();
    expect(writes.map((one) => one.items.length)).toEqual([33, 32]);
    for (const one of writes) one.answer();
    expect(await Promise.all(answers)).toHaveLength(65);
  });

  it('rejects with a write that fails only what that write carried', async () => {
    const { writes, write } = handDrivenWrite();
    const commit = createGroupCommit(write, { lanes: 1 });
    const away = new DatabaseUnavailable('gone');
    const first = commit('a');
    await turn();
    const answers = Promise.allSettled([first, commit('b'), commit('c')]);
    writes[0]?.answer();
    await turns();
    writes[1]?.fail(away);
    const later = Promise.allSettled([commit('d')]);
    await turns();
    writes[2]?.answer();
    const settled = [...(await answers), ...(await later)];
    expect(settled).toEqual([
      { status: 'fulfilled', value: 'A' },
      { status: 'rejected', reason: away },
      { status: 'rejected', reason: away },
      { status: 'fulfilled', value: 'D' },
    ]);
  });

  it('writes a refused batch again item by item: a bad item fails alone', async () => {
    const written: string[] = [];
    const commit = createGroupCommit(
      async (items: readonly string[]) => {
        await turn();
        if (items.includes('bad')) throw new SwitchyardError('refused', 'bug', 'a bad item');
        written.push(...items);
        return items;
      },
      { lanes: 1 },
    );
    const settled = await Promise.allSettled(['first', 'good', 'bad', 'fine'].map((item) => commit(item)));
    expect(settled.map((one) => one.status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    expect(written).toEqual(['first', 'good', 'fine']);
  });

  it('refuses at once what would wait behind too many, as overload, and goes on with the others', async () => {
    const { writes, write } = handDrivenWrite();
    const commit = createGroupCommit(write, { lanes: 1, waitingLimit: 2 });
    const answers = [commit('a')];
    await turn();
    answers.push(commit('b'), commit('c'));
    await expect(commit('d')).rejects.toThrow(Overloaded);
    writes[0]?.answer();
    await turns();
    writes[1]?.answer();
    expect(await Promise.all(answers)).toEqual(['A', 'B', 'C']);
  });

  it('rejects an item that the write left without an answer', async () => {
    const commit = createGroupCommit(async (): Promise<string[]> => []);
    await expect(commit('a')).rejects.toThrow('answered 0 of 1 items');
  });

  it('gives each item its own answer, whatever the timing, the limits and the failures', async () => {
    const cases = fc.record({
      items: fc.array(fc.record({ delay: fc.nat(3), bad: fc.boolean() }), { maxLength: 30 }),
      lanes: fc.integer({ min: 1, max: 3 }),
      batchLimit: fc.integer({ min: 1, max: 5 }),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ items, lanes, batchLimit }) => {
        const carried: number[] = [];
        const commit = createGroupCommit(
          async (batch: readonly number[]) => {
            for (let turns = batch.length % 3; turns > 0; turns -= 1) await turn();
            if (batch.some((index) => items[index]?.bad)) throw new Error(batch.join());
            carried.push(...batch);
            return batch.map((index) => `answer ${index}`);
          },
          { lanes, batchLimit },
        );
        const answers = items.map(async ({ delay }, index) => {
          for (let turns = delay; turns > 0; turns -= 1) await turn();
          return commit(index);
        });
        const settled = await Promise.allSettled(answers);
        settled.forEach((one, index) => {
          if (items[index]?.bad) expect(one).toMatchObject({ status: 'rejected', reason: { message: `${index}` } });
          else expect(one).toEqual({ status: 'fulfilled', value: `answer ${index}` });
        });
        expect(carried.toSorted((a, b) => a - b)).toEqual(items.flatMap(({ bad }, index) => (bad ? [] : [index])));
      }),
      { numRuns: 50 },
    );
  });
});
