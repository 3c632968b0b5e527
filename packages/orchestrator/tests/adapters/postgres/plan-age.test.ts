import { expect, it } from 'vitest';
import { createPlanAge } from '../../../src/adapters/postgres/plan-age.ts';

it('makes plans anew whenever the rows that passed have doubled', () => {
  const age = createPlanAge(() => 0);
  const renewedAt: number[] = [];
  let seen = age.current;
  for (let rows = 1; rows <= 1_000; rows += 1) {
    age.count(1);
    if (age.current !== seen) renewedAt.push(rows);
    seen = age.current;
  }
  expect(renewedAt).toEqual([32, 64, 128, 256, 512]);
});

it('makes them anew after ten seconds of fewer rows, and never for none', () => {
  let ms = 0;
  const age = createPlanAge(() => ms);
  age.count(1_000);
  const { current } = age;
  age.count(1);
  ms = 9_999;
  age.count(0);
  expect(age.current).toBe(current);
  ms = 10_000;
  age.count(0);
  expect(age.current).toBe(current + 1);
  ms = 60_000;
  age.count(0);
  expect(age.current).toBe(current + 1);
});
