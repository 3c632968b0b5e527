import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ChunkedList } from '../../src/queue/chunked-list.ts';

test('a chunked list equals an array under random pushes and shifts', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -600, max: 600 }), { maxLength: 30 }), (steps) => {
      const list = new ChunkedList<number | undefined>();
      const model: (number | undefined)[] = [];
      let next = 0;
      for (const step of steps) {
        // A positive step pushes that many items, a negative one takes as many as there are.
        for (let count = 0; count < step; count += 1) {
          const item = next % 7 === 0 ? undefined : next;
          next += 1;
          list.push(item);
          model.push(item);
        }
        const taken = model.splice(0, Math.max(0, -step));
        expect(taken.map(() => list.shift())).toEqual(taken);
        expect(list.length).toBe(model.length);
      }
    }),
    { numRuns: 200 },
  );
});

test('an empty list has nothing to take', () => {
  const list = new ChunkedList<number>();
  expect(() => list.shift()).toThrow('empty list');
  list.push(1);
  list.shift();
  expect(() => list.shift()).toThrow('empty list');
});
