import { describe, expect, test } from 'vitest';
import { RetryBudget, RetryBudgets } from '../../src/resilience/retry-budget.ts';
import { ManualClock } from '../../testing/manual-clock.ts';

function taken(budget: RetryBudget, tries: number): number {
  return Array.from({ length: tries }, () => budget.tryTake()).filter(Boolean).length;
}

describe('retry budget', () => {
  test('pays for as many retries as it holds, then for none', () => {
    const budget = new RetryBudget({ capacity: 3, now: new ManualClock().now });
    expect(taken(budget, 5)).toBe(3);
    expect(budget.snapshot()).toEqual({ available: 0, refused: 2 });
  });

  test('fills by a share of the calls', () => {
    const budget = new RetryBudget({ capacity: 10, perCall: 0.25, now: new ManualClock().now });
    taken(budget, 10);
    for (let call = 0; call < 8; call += 1) budget.countCall();
    expect(taken(budget, 5)).toBe(2);
  });

  test('fills with time, up to its capacity', () => {
    const clock = new ManualClock();
    const budget = new RetryBudget({ capacity: 5, perSecond: 1, now: clock.now });
    taken(budget, 5);
    clock.advance(2_500);
    expect(budget.snapshot().available).toBe(2);
    clock.advance(60_000);
    expect(taken(budget, 10)).toBe(5);
  });

  test('is one for each host, and kept for a bounded number of them', () => {
    const budgets = new RetryBudgets({ capacity: 2, now: new ManualClock().now });
    const first = budgets.of('a:1');
    expect(budgets.of('a:1')).toBe(first);
    expect(budgets.of('b:1')).not.toBe(first);
    for (let host = 0; host < 1_000; host += 1) budgets.of(`host-${host}`);
    expect(budgets.of('a:1')).not.toBe(first);
  });
});
