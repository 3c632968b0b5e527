import type { BudgetStore, CallUse, Meter } from '../src/ports/meter.ts';

/** Budgets without end. */
export const freeBudgets: BudgetStore = {
  hold: async () => ({ kind: 'held', holdId: '00000000-0000-4000-8000-000000000000' }),
  settle: async () => null,
  release: async () => undefined,
  used: async () => ({ tokens: 0, costUsd: 0 }),
  count: async () => undefined,
};

/** A meter that lets everything through, and remembers what it was told. */
export function createFreeMeter(used: CallUse[] = []): Meter {
  const record = async (use: CallUse): Promise<void> => void used.push(use);
  return { hold: async () => ({ settle: record, settleLast: record, release: async () => undefined }), record };
}
