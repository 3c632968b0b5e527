import { describe, expect, it } from 'vitest';
import type { Use } from './subject.ts';

export function nodeFacts(use: Use): void {
  describe('what nodes say of their arms', () => {
    it('counts together for as long as they live, and the last word of each counts', async () => {
      const { store } = use();
      const first = await use().openNode(201);
      const second = await use().openNode(202);
      await store.announce(first.identity, [{ arm: 'a', slots: 9, problem: 'starting' }]);
      await store.announce(first.identity, [
        { arm: 'a', slots: 2, problem: null },
        { arm: 'b', slots: 1, problem: 'no key' },
      ]);
      await store.announce(second.identity, [{ arm: 'a', slots: 3, problem: null }]);
      const byArm = async () => new Map((await store.armsAtWork()).map((one) => [one.arm, one]));
      expect((await byArm()).get('a')).toEqual({ arm: 'a', nodes: 2, slots: 5, problems: [] });
      expect((await byArm()).get('b')).toEqual({ arm: 'b', nodes: 1, slots: 1, problems: ['no key'] });
      await store.withdraw(first.identity);
      expect([...(await byArm()).keys()]).toEqual(['a']);
      await second.die();
      expect(await store.armsAtWork()).toEqual([]);
      await first.die();
    });
  });
}
