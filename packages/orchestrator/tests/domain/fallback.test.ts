import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FallbackFacts, nextArmFor } from '../../src/domain/fallback.ts';
import { makeTask } from '../../testing/index.ts';

function arms(facts: { readonly [name: string]: Partial<FallbackFacts> }): ReadonlyMap<string, FallbackFacts> {
  const whole: FallbackFacts = { screening: 'enforce', checkInput: () => [] };
  return new Map(Object.entries(facts).map(([name, one]) => [name, { ...whole, ...one }]));
}

describe('the arm that is asked next', () => {
  it('is the first fallback of the arm that gave up, then the second; then there is none', () => {
    const known = arms({ a: { fallback: ['b', 'c'] }, b: {}, c: {} });
    expect(nextArmFor(makeTask({ arm: 'a' }), known)).toBe('b');
    expect(nextArmFor(makeTask({ arm: 'b', armsTried: ['a'] }), known)).toBe('c');
    expect(nextArmFor(makeTask({ arm: 'c', armsTried: ['a', 'b'] }), known)).toBeNull();
  });

  it('comes from the list of the first arm before those of its fallbacks', () => {
    const known = arms({ a: { fallback: ['b', 'c'] }, b: { fallback: ['d'] }, c: {}, d: {} });
    expect(nextArmFor(makeTask({ arm: 'b', armsTried: ['a'] }), known)).toBe('c');
    expect(nextArmFor(makeTask({ arm: 'c', armsTried: ['a', 'b'] }), known)).toBe('d');
  });

  it('is none that does not take the input, or that is not configured here', () => {
    const checkInput = () => [{ pointer: '', detail: 'no' }];
    const known = arms({ a: { fallback: ['b', 'gone', 'c'] }, b: { checkInput }, c: {} });
    expect(nextArmFor(makeTask({ arm: 'a' }), known)).toBe('c');
    expect(nextArmFor(makeTask({ arm: 'gone' }), known)).toBeNull();
  });

  it('takes what its subtasks made whatever its schema says of inputs', () => {
    const known = arms({ a: { fallback: ['b'] }, b: { checkInput: () => [{ pointer: '', detail: 'no' }] } });
    const parent = { aggregate: { by: 'all' }, onChildFailure: 'fail' } as const;
    const tree = { rootTaskId: 'root', index: null, parent };
    expect(nextArmFor(makeTask({ arm: 'a', tree }), known)).toBe('b');
  });

  it('enforces no screening that the task has not passed', () => {
    const known = arms({ a: { screening: 'report', fallback: ['b', 'c'] }, b: {}, c: { screening: 'report' } });
    expect(nextArmFor(makeTask({ arm: 'a' }), known)).toBe('c');
  });

  it('is never one that was asked, so that every task ends with some arm', () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    const fallback = fc.array(fc.constantFrom(...names), { maxLength: 5 });
    fc.assert(
      fc.property(fc.tuple(fallback, fallback, fallback, fallback, fallback), (lists) => {
        const known = arms(Object.fromEntries(names.map((name, index) => [name, { fallback: lists[index] ?? [] }])));
        const asked = ['a'];
        for (let turns = 0; turns < 10; turns += 1) {
          const next = nextArmFor(makeTask({ arm: asked.at(-1) ?? '', armsTried: asked.slice(0, -1) }), known);
          if (next !== null) asked.push(next);
        }
        expect(new Set(asked).size).toBe(asked.length);
      }),
    );
  });
});
